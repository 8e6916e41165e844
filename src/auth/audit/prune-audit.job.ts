import type { JobDefinition } from '../../platform/jobs/jobs.ts';

/** Empty: entries are selected by their age. */
export type PruneAuditPayload = Record<string, never>;

/** Once a night, when the database has little load. */
export const PRUNE_AUDIT_CRON = '29 3 * * *';

export const pruneAuditJob: JobDefinition<PruneAuditPayload> = {
  name: 'prune-audit-log',
  parse: () => ({}),
  // What one night leaves undone is done in the next.
  retryLimit: 0,
  retryDelaySeconds: 1,
  expireInSeconds: 60 * 60,
  keepSeconds: 7 * 24 * 60 * 60,
};
