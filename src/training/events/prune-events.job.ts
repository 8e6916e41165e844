import type { JobDefinition } from '../../platform/jobs/jobs.ts';

/** Empty: events are selected by their age. */
export type PruneEventsPayload = Record<string, never>;

/** Once a night, when the database has little load. */
export const PRUNE_EVENTS_CRON = '17 3 * * *';

export const pruneEventsJob: JobDefinition<PruneEventsPayload> = {
  name: 'thin-events',
  parse: () => ({}),
  // What one night leaves undone is done in the next.
  retryLimit: 0,
  retryDelaySeconds: 1,
  expireInSeconds: 60 * 60,
  keepSeconds: 7 * 24 * 60 * 60,
};
