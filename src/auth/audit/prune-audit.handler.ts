import type { JobContext } from '../../platform/jobs/jobs.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { deleteOldAuditEntries } from './audit.store.ts';

/** Small enough for short transactions. */
const ENTRIES_AT_A_TIME = 5_000;

const MILLISECONDS_PER_DAY = 24 * 60 * 60 * 1000;

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
    const before = new Date(Date.now() - this.#retentionDays * MILLISECONDS_PER_DAY);
    let removed = 0;
    for (let last = ENTRIES_AT_A_TIME; last === ENTRIES_AT_A_TIME && !signal.aborted; removed += last) {
      last = await this.#database.transaction({ maintenance: true }, (tx) =>
        deleteOldAuditEntries(tx, before, ENTRIES_AT_A_TIME),
      );
    }
    this.#logger.info({ removed, before }, 'old entries of the audit log deleted');
  }
}
