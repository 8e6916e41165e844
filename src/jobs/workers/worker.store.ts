import { and, eq, gt, inArray, type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../../platform/postgres/database.ts';
import { workers } from './worker.table.ts';

export type WorkerRow = typeof workers.$inferSelect;

export type WorkerKind = WorkerRow['kind'];

/** Any number that no other program on the same database is likely to use for its two-part advisory locks. */
const LOCK_CLASS = 724_021_196;

/** The state written with each heartbeat. */
export type WorkerState = Pick<WorkerRow, 'memoryBytes' | 'eventLoopSeconds' | 'jobId' | 'isLeaving'>;

/** Registers a worker. */
export async function insertWorker(
  tx: Transaction,
  worker: Pick<WorkerRow, 'id' | 'kind' | 'host' | 'processId' | 'version' | 'startedAt'> & WorkerState,
): Promise<void> {
  await tx.insert(workers).values({ ...worker, heartbeatAt: sql`clock_timestamp()` });
}

/** Writes a heartbeat. False if the worker is no longer registered, because it was considered dead. */
export async function beat(tx: Transaction, id: string, state: WorkerState): Promise<boolean> {
  const beaten = await tx
    .update(workers)
    .set({ ...state, heartbeatAt: sql`clock_timestamp()` })
    .where(eq(workers.id, id))
    .returning({ id: workers.id });
  return beaten.length > 0;
}

/** Acquires the worker's session-level lock on the connection of this transaction, unless it is held already. */
export async function holdWorkerLock(tx: Transaction, id: string): Promise<void> {
  await tx.execute(sql`
    select pg_try_advisory_lock(${LOCK_CLASS}::int, ${workers.number}) from ${workers}
    where ${workers.id} = ${id} and not ${isLocked(sql`and pid = pg_backend_pid()`)}`);
}

/**
 * Age of the connection of this transaction in seconds, since the first call. The time is stored in a setting of the session,
 * because `pg_stat_activity` shows the start of a session only to the role that signed in, which may be another one.
 */
export async function connectionSeconds(tx: Transaction): Promise<number> {
  const [row] = await tx.execute<{ seconds: number }>(sql`
    select extract(epoch from clock_timestamp())::float8 - coalesce(
      nullif(current_setting('trainyard.first_look', true), ''),
      set_config('trainyard.first_look', extract(epoch from clock_timestamp())::text, false))::float8 as seconds`);
  return row?.seconds ?? 0;
}

/** Heartbeat timeouts in seconds. */
export interface Timeouts {
  /** While its lock is released: its process is dead, or about to reconnect. */
  readonly unlocked: number;
  /** While its lock is held: its process is frozen, or its network connection is dead. */
  readonly locked: number;
}

/** A worker as seen by others. */
export interface ListedWorker extends Pick<WorkerRow, 'id' | 'jobId' | 'isLeaving'> {
  readonly alive: boolean;
}

/** All registered workers of a kind. Takes no locks. */
export async function listWorkerStates(tx: Transaction, kind: WorkerKind, timeouts: Timeouts): Promise<ListedWorker[]> {
  const { id, jobId, isLeaving } = workers;
  return await tx
    .select({ id, jobId, isLeaving, alive: sql<boolean>`${isAlive(timeouts)}` })
    .from(workers)
    .where(eq(workers.kind, kind));
}

export async function deleteWorkers(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.delete(workers).where(inArray(workers.id, [...ids]));
}

/** The workers of a kind with a recent heartbeat. */
export async function listWorkers(tx: Transaction, kind: WorkerKind, timeoutSeconds: number): Promise<WorkerRow[]> {
  return await tx
    .select()
    .from(workers)
    .where(and(eq(workers.kind, kind), hasBeatWithin(timeoutSeconds)))
    .orderBy(workers.number);
}

function isAlive({ unlocked, locked }: Timeouts): SQL {
  return sql`(${hasBeatWithin(unlocked)} or (${hasBeatWithin(locked)} and ${isLocked()}))`;
}

function hasBeatWithin(seconds: number): SQL {
  return gt(workers.heartbeatAt, sql`clock_timestamp() - make_interval(secs => ${seconds})`);
}

function isLocked(condition: SQL = sql``): SQL {
  return sql`exists (select from pg_locks where locktype = 'advisory' and granted
    and database = (select oid from pg_database where datname = current_database())
    and classid = ${LOCK_CLASS} and objid = ${workers.number} and objsubid = 2 ${condition})`;
}
