import type { JobDefinition } from '../../platform/jobs/jobs.ts';

/** Carries nothing: what is old is seen by its age. */
export type PruneEventsPayload = Record<string, never>;

/** Once a night, when the fewest people wait for the database. */
export const PRUNE_EVENTS_CRON = '17 3 * * *';

export const pruneEventsJob: JobDefinition<PruneEventsPayload> = {
  name: 'thin-events',
  parse: () => ({}),
  // What one night does not come to is left to the next.
  retryLimit: 0,
  retryDelaySeconds: 1,
  expireInSeconds: 60 * 60,
  keepSeconds: 7 * 24 * 60 * 60,
};
