import type { Viewer } from '../../auth/viewer.ts';
import { badInput } from '../../errors.ts';
import type { Database } from '../../platform/postgres/database.ts';
import {
  type HistoryPoint,
  type HistoryQuery,
  type HistorySummary,
  listNewestSuccesses,
  summarizeNewestSuccesses,
} from './history.store.ts';

const MAX_RUNS = 1_000;

/** The metrics of a workspace's runs over time. */
export class HistoryService {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The newest successful runs that are not archived, newest first; `limit` is 1 to 1,000. */
  async trends(viewer: Viewer, query: HistoryQuery, limit: number): Promise<readonly HistoryPoint[]> {
    checkLimit(limit);
    return await this.#database.transaction(viewer, (tx) => listNewestSuccesses(tx, query, limit));
  }

  /** The same runs, with their statistics. */
  async summary(viewer: Viewer, query: HistoryQuery, limit: number): Promise<HistorySummary> {
    checkLimit(limit);
    return await this.#database.transaction(viewer, (tx) => summarizeNewestSuccesses(tx, query, limit));
  }
}

function checkLimit(limit: number): void {
  if (limit >= 1 && limit <= MAX_RUNS) return;
  throw badInput('limit', `limit must be a whole number from 1 to ${MAX_RUNS}; got ${limit}.`);
}
