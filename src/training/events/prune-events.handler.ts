import type { JobContext } from '../../platform/jobs/jobs.ts';
import { pruneOldRows } from '../../platform/jobs/prune-old-rows.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { deleteOldSteps } from './training-event.store.ts';

/** Deletes progress events of old trainings; their status and stage events stay. */
export class PruneEventsHandler {
  readonly #database: Database;
  readonly #retentionDays: number;
  readonly #logger: Logger;

  /** `retentionDays`: at least 30; row-level security hides younger events from maintenance. */
  constructor(database: Database, retentionDays: number, logger: Logger) {
    this.#database = database;
    this.#retentionDays = retentionDays;
    this.#logger = logger;
  }

  async handle(_payload: object, { signal }: Pick<JobContext, 'signal'>): Promise<void> {
    const pruned = await pruneOldRows(this.#database, this.#retentionDays, signal, deleteOldSteps);
    this.#logger.info(pruned, 'old progress events deleted');
  }
}
