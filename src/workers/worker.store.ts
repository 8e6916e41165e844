import { eq, gt, inArray, type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../platform/postgres/database.ts';
import { workers } from './worker.table.ts';

export type WorkerRow = typeof workers.$inferSelect;

/** Any number that no other program on the same database is likely to use for its two-part advisory locks. */
const LOCK_CLASS = 724_021_196;

/** What a worker says of itself with each heartbeat. */
export type WorkerState = Pick<WorkerRow, 'memoryBytes' | 'eventLoopSeconds' | 'jobId' | 'isLeaving'>;

/** Puts a worker on the list. */
export async function insertWorker(
  tx: Transaction,
  worker: Pick<WorkerRow, 'id' | 'host' | 'processId' | 'version' | 'startedAt'> & WorkerState,
): Promise<void> {
  await tx.insert(workers).values({ ...worker, heartbeatAt: sql`clock_timestamp()` });
}

/** Writes a worker's heartbeat. False where it is not on the list any more: it was taken for dead. */
export async function beat(tx: Transaction, id: string, state: WorkerState): Promise<boolean> {
  const beaten = await tx
    .update(workers)
    .set({ ...state, heartbeatAt: sql`clock_timestamp()` })
    .where(eq(workers.id, id))
    .returning({ id: workers.id });
  return beaten.length > 0;
}

/** Holds the worker's lock on the connection of this transaction, until that ends; again on the same one is nothing new. */
export async function holdWorkerLock(tx: Transaction, id: string): Promise<void> {
  await tx.execute(sql`
    select pg_try_advisory_lock(${LOCK_CLASS}::int, ${workers.number}) from ${workers}
    where ${workers.id} = ${id} and not ${isLocked(sql`and pid = pg_backend_pid()`)}`);
}

/**
 * For how long the connection of this transaction has stood, in seconds: since it was first asked. The session itself keeps that
 * moment, because `pg_stat_activity` shows when a session began only to the role that signed in, and this one may have been
 * changed to after that.
 */
export async function connectionSeconds(tx: Transaction): Promise<number> {
  const [row] = await tx.execute<{ seconds: number }>(sql`
    select extract(epoch from clock_timestamp())::float8 - coalesce(
      nullif(current_setting('trainyard.first_look', true), ''),
      set_config('trainyard.first_look', extract(epoch from clock_timestamp())::text, false))::float8 as seconds`);
  return row?.seconds ?? 0;
}

/** How a worker must be heard of to be taken for alive, in seconds. */
export interface Timeouts {
  /** While its lock is free: its process is dead, or it is about to connect again. */
  readonly unlocked: number;
  /** While its lock is held: its process is frozen, or its line is cut and nobody knows. */
  readonly locked: number;
}

/** A worker as the others see it. */
export interface ListedWorker extends Pick<WorkerRow, 'id' | 'jobId' | 'isLeaving'> {
  readonly alive: boolean;
}

/** Every worker on the list. Waits for no lock, and takes none. */
export async function listWorkerStates(tx: Transaction, patience: Timeouts): Promise<ListedWorker[]> {
  const { id, jobId, isLeaving } = workers;
  return await tx.select({ id, jobId, isLeaving, alive: sql<boolean>`${isAlive(patience)}` }).from(workers);
}

export async function deleteWorkers(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.delete(workers).where(inArray(workers.id, [...ids]));
}

/** The workers that were heard of lately. */
export async function listWorkers(tx: Transaction, heardWithinSeconds: number): Promise<WorkerRow[]> {
  return await tx.select().from(workers).where(wasHeardOf(heardWithinSeconds)).orderBy(workers.number);
}

function isAlive({ unlocked, locked }: Timeouts): SQL {
  return sql`(${wasHeardOf(unlocked)} or (${wasHeardOf(locked)} and ${isLocked()}))`;
}

function wasHeardOf(seconds: number): SQL {
  return gt(workers.heartbeatAt, sql`clock_timestamp() - make_interval(secs => ${seconds})`);
}

function isLocked(condition: SQL = sql``): SQL {
  return sql`exists (select from pg_locks where locktype = 'advisory' and granted
    and database = (select oid from pg_database where datname = current_database())
    and classid = ${LOCK_CLASS} and objid = ${workers.number} and objsubid = 2 ${condition})`;
}
