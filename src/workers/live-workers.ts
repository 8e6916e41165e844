import type { Database } from '../platform/postgres/database.ts';
import { listWorkers, type WorkerRow } from './worker.store.ts';

/** A worker that was not heard of for so long does no work now, whether it is dead or will come back. */
const HEARD_WITHIN_SECONDS = 5;

/** The worker processes that live, as whoever is not one of them sees it. */
export class LiveWorkers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(): Promise<WorkerRow[]> {
    return this.#database.transaction({ maintenance: true }, (tx) => listWorkers(tx, HEARD_WITHIN_SECONDS));
  }
}
