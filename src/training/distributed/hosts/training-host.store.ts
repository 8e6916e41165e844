import { and, asc, eq, exists, getTableColumns, gt, inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../../../platform/postgres/database.ts';
import { trainingRanks } from '../gangs/training-rank.table.ts';
import { trainingHosts } from './training-host.table.ts';

/** A host as it is stored. */
export type TrainingHostRow = typeof trainingHosts.$inferSelect;

/** What a host tells of itself. */
export type TrainingHostState = Omit<TrainingHostRow, 'heartbeatAt'>;

/** A host without a heartbeat for this long does not count, whether it is dead or will return. */
const HEARTBEAT_TIMEOUT_SECONDS = 5;

/** Registers a host, or writes its heartbeat. */
export async function beatHost(tx: Transaction, host: TrainingHostState): Promise<void> {
  const row = { ...host, heartbeatAt: sql`clock_timestamp()` };
  await tx.insert(trainingHosts).values(row).onConflictDoUpdate({ target: trainingHosts.id, set: row });
}

export async function deleteHost(tx: Transaction, id: string): Promise<void> {
  await tx.delete(trainingHosts).where(eq(trainingHosts.id, id));
}

/** Forgets the hosts that have been silent for this many seconds. */
export async function deleteSilentHosts(tx: Transaction, seconds: number): Promise<void> {
  await tx.delete(trainingHosts).where(lt(trainingHosts.heartbeatAt, secondsAgo(seconds)));
}

/** A live host, whatever it lacks. */
export interface LiveHost extends TrainingHostRow {
  /** Whether it takes part in a training. */
  readonly isBusy: boolean;
  /** How long ago its last heartbeat was, by the clock of the database. */
  readonly silentSeconds: number;
}

export async function listLiveHosts(tx: Transaction): Promise<LiveHost[]> {
  const isBusy = sql<boolean>`${exists(
    tx
      .select({ rank: trainingRanks.rank })
      .from(trainingRanks)
      .where(and(eq(trainingRanks.hostId, trainingHosts.id), inArray(trainingRanks.state, ['ASSIGNED', 'RUNNING']))),
  )}`;
  const silentSeconds = sql<number>`extract(epoch from clock_timestamp() - ${trainingHosts.heartbeatAt})::float8`;
  return await tx
    .select({ ...getTableColumns(trainingHosts), isBusy, silentSeconds })
    .from(trainingHosts)
    .where(gt(trainingHosts.heartbeatAt, secondsAgo(HEARTBEAT_TIMEOUT_SECONDS)))
    .orderBy(asc(trainingHosts.id));
}

/** Until the transaction ends, no other training is given hosts: each of two might get only a part of what it needs. */
export async function lockHosts(tx: Transaction): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('training hosts', 0))`);
}

function secondsAgo(seconds: number): SQL {
  return sql`clock_timestamp() - make_interval(secs => ${seconds})`;
}
