import type { JobDefinition } from '../../platform/jobs/jobs.ts';

/** Empty: it goes through everything. */
export type SweepPayload = Record<string, never>;

/** Once a night, when the database has little load. */
export const SWEEP_CRON = '41 3 * * *';

export const sweepJob: JobDefinition<SweepPayload> = {
  name: 'sweep',
  parse: () => ({}),
  // What one night leaves undone is done in the next.
  retryLimit: 0,
  retryDelaySeconds: 1,
  expireInSeconds: 6 * 60 * 60,
  keepSeconds: 7 * 24 * 60 * 60,
};
