import type { Database, Transaction } from '../postgres/database.ts';

/** Small enough for short transactions. */
const ROWS_AT_A_TIME = 5_000;

const MILLISECONDS_PER_DAY = 24 * 60 * 60 * 1000;

/** What was deleted: how many rows, and those of before which time. */
export interface Pruned {
  readonly removed: number;
  readonly before: Date;
}

/**
 * Deletes the rows that are older than `retentionDays`, a part in each transaction, until there are no more or `signal`
 * aborts. `deleteOldRows` deletes at most `limit` of them and returns how many. Row-level security hides younger rows
 * than its policy allows from maintenance, whatever `retentionDays` says.
 */
export async function pruneOldRows(
  database: Database,
  retentionDays: number,
  signal: AbortSignal,
  deleteOldRows: (tx: Transaction, before: Date, limit: number) => Promise<number>,
): Promise<Pruned> {
  const before = new Date(Date.now() - retentionDays * MILLISECONDS_PER_DAY);
  let removed = 0;
  for (let last = ROWS_AT_A_TIME; last === ROWS_AT_A_TIME && !signal.aborted; removed += last) {
    last = await database.transaction({ maintenance: true }, (tx) => deleteOldRows(tx, before, ROWS_AT_A_TIME));
  }
  return { removed, before };
}
