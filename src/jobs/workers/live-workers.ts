import type { Database } from '../../platform/postgres/database.ts';
import { listWorkers, type WorkerRow } from './worker.store.ts';

/** A worker without a heartbeat for this long does not count, whether it is dead or will return. */
const HEARTBEAT_TIMEOUT_SECONDS = 5;

/** The live processes that train, as seen by other processes. */
export class LiveWorkers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(): Promise<WorkerRow[]> {
    return this.#database.transaction({ maintenance: true }, (tx) =>
      listWorkers(tx, 'TRAINING', HEARTBEAT_TIMEOUT_SECONDS),
    );
  }
}
