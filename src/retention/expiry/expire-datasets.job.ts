import type { JobDefinition } from '../../platform/jobs/jobs.ts';

/** Empty: datasets are selected by their age. */
export type ExpireDatasetsPayload = Record<string, never>;

/** Every ten minutes. */
export const EXPIRE_DATASETS_CRON = '*/10 * * * *';

export const expireDatasetsJob: JobDefinition<ExpireDatasetsPayload> = {
  name: 'expire-datasets',
  parse: () => ({}),
  // The next one does what this one leaves.
  retryLimit: 0,
  retryDelaySeconds: 1,
  expireInSeconds: 6 * 60 * 60,
  keepSeconds: 24 * 60 * 60,
};
