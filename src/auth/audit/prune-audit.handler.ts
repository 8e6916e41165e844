import type { JobContext } from '../../platform/jobs/jobs.ts';
import { pruneOldRows } from '../../platform/jobs/prune-old-rows.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { deleteOldAuditEntries } from './audit.store.ts';

/** Deletes old entries of the audit log. */
export class PruneAuditHandler {
  readonly #database: Database;
  readonly #retentionDays: number;
  readonly #logger: Logger;

  /** `retentionDays`: at least 30; row-level security hides younger entries from maintenance. */
  constructor(database: Database, retentionDays: number, logger: Logger) {
    this.#database = database;
    this.#retentionDays = retentionDays;
    this.#logger = logger;
  }

  async handle(_payload: object, { signal }: Pick<JobContext, 'signal'>): Promise<void> {
    const pruned = await pruneOldRows(this.#database, this.#retentionDays, signal, deleteOldAuditEntries);
    this.#logger.info(pruned, 'old entries of the audit log deleted');
  }
}
