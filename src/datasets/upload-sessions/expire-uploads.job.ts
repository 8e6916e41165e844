import type { JobDefinition } from '../../platform/jobs/jobs.ts';

/** Empty: sessions are selected by their age. */
export type ExpireUploadsPayload = Record<string, never>;

/** Often, so that the parts of abandoned uploads do not take space for long. */
export const EXPIRE_UPLOADS_CRON = '*/15 * * * *';

export const expireUploadsJob: JobDefinition<ExpireUploadsPayload> = {
  name: 'expire-uploads',
  parse: () => ({}),
  // What is left undone is done the next time.
  retryLimit: 0,
  retryDelaySeconds: 1,
  expireInSeconds: 60 * 60,
  keepSeconds: 24 * 60 * 60,
};
