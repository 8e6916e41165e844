import { and, asc, eq, gt, inArray, lt, notExists, type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../../../platform/postgres/database.ts';
import { sendNotification } from '../../../platform/postgres/notifications.ts';
import { trainingHosts } from '../hosts/training-host.table.ts';
import type { TrackerAddress } from './gang-order.ts';
import type { RankReport } from './rank-report.ts';
import { trainingRankReports, trainingRanks } from './training-rank.table.ts';

/** A rank as it is stored. */
export type TrainingRankRow = typeof trainingRanks.$inferSelect;

/** Names a rank. */
export type RankKey = Pick<TrainingRankRow, 'runId' | 'attempt' | 'rank'>;

/** Names all ranks of an attempt. */
export type GangKey = Pick<TrainingRankRow, 'runId' | 'attempt'>;

/** Topic of notifications of hosts, in the scope of their ids: they have a rank to begin, or to end. */
export const HOST_TOPIC = 'training-host';

/** Topic of notifications of runs' workers, in the scope of the runs: a rank has told something. */
export const GANG_TOPIC = 'training-gang';

/** Assigns the ranks of an attempt to their hosts. */
export async function insertRanks(
  tx: Transaction,
  ranks: readonly Omit<TrainingRankRow, 'state' | 'tracker' | 'failure' | 'isStopped' | 'heartbeatAt'>[],
): Promise<void> {
  const rest = { state: 'ASSIGNED', heartbeatAt: sql`clock_timestamp()` } as const;
  await tx.insert(trainingRanks).values(ranks.map((rank) => ({ ...rank, ...rest })));
  for (const { hostId, runId } of ranks) await notify(tx, hostId, HOST_TOPIC, runId);
}

/** A rank as its run's worker watches it. */
export interface WatchedRank extends Pick<TrainingRankRow, 'rank' | 'state' | 'failure'> {
  /** How long it has given no sign of life, by the clock of the database. */
  readonly silentSeconds: number;
}

/** The ranks of an attempt, in their order. */
export async function listRanks(tx: Transaction, gang: GangKey): Promise<WatchedRank[]> {
  const { rank, state, failure, heartbeatAt } = trainingRanks;
  const silentSeconds = sql<number>`extract(epoch from clock_timestamp() - ${heartbeatAt})::float8`;
  return await tx
    .select({ rank, state, failure, silentSeconds })
    .from(trainingRanks)
    .where(isOfGang(gang))
    .orderBy(asc(trainingRanks.rank));
}

/** The ranks that a host has to do, or is doing. */
export async function listRanksOfHost(tx: Transaction, hostId: string): Promise<TrainingRankRow[]> {
  return await tx
    .select()
    .from(trainingRanks)
    .where(and(eq(trainingRanks.hostId, hostId), inArray(trainingRanks.state, ['ASSIGNED', 'RUNNING'])));
}

/** Where the tracker of an attempt listens; null until it does. */
export async function findTracker(tx: Transaction, gang: GangKey): Promise<TrackerAddress | null> {
  const [row] = await tx
    .select({ tracker: trainingRanks.tracker })
    .from(trainingRanks)
    .where(isRank({ ...gang, rank: 0 }));
  return row?.tracker ?? null;
}

/** What a host is to do with a rank that it has begun. */
export type RankCommandRow = Pick<TrainingRankRow, 'isStopped'>;

/** Changes a rank as its host, and says that it lives. Null, and nothing written, if it is gone: its attempt is over. */
export async function changeRank(
  tx: Transaction,
  key: RankKey,
  change: Partial<Pick<TrainingRankRow, 'state' | 'tracker' | 'failure'>>,
): Promise<RankCommandRow | null> {
  const [changed] = await tx
    .update(trainingRanks)
    .set({ ...change, heartbeatAt: sql`clock_timestamp()` })
    .where(isRank(key))
    .returning({ isStopped: trainingRanks.isStopped });
  if (changed !== undefined && Object.keys(change).length > 0) await notify(tx, key.runId, GANG_TOPIC, key.runId);
  return changed ?? null;
}

/** The same without a sign of life. */
export async function findRankCommand(tx: Transaction, key: RankKey): Promise<RankCommandRow | null> {
  const [row] = await tx.select({ isStopped: trainingRanks.isStopped }).from(trainingRanks).where(isRank(key));
  return row ?? null;
}

/** Asks the ranks of an attempt to end with the best rounds so far. */
export async function stopRanks(tx: Transaction, gang: GangKey): Promise<void> {
  const asked = await tx
    .update(trainingRanks)
    .set({ isStopped: true })
    .where(and(isOfGang(gang), eq(trainingRanks.isStopped, false)))
    .returning({ hostId: trainingRanks.hostId });
  for (const { hostId } of asked) await notify(tx, hostId, HOST_TOPIC, gang.runId);
}

/** Adds to what a rank tells its run's worker. */
export async function insertReports(
  tx: Transaction,
  key: RankKey,
  seq: number,
  reports: readonly RankReport[],
): Promise<void> {
  await tx.insert(trainingRankReports).values({ ...key, seq, reports });
  await notify(tx, key.runId, GANG_TOPIC, key.runId);
}

/** What a rank has told after `seq`, in its order. */
export async function listReports(
  tx: Transaction,
  { runId, attempt, rank }: RankKey,
  seq: number,
): Promise<{ readonly seq: number; readonly reports: readonly RankReport[] }[]> {
  return await tx
    .select({ seq: trainingRankReports.seq, reports: trainingRankReports.reports })
    .from(trainingRankReports)
    .where(
      and(
        ...[eq(trainingRankReports.runId, runId), eq(trainingRankReports.attempt, attempt)],
        ...[eq(trainingRankReports.rank, rank), gt(trainingRankReports.seq, seq)],
      ),
    )
    .orderBy(asc(trainingRankReports.seq));
}

/** Removes the ranks of a run up to an attempt, and all they have told; their hosts end them. */
export async function deleteRanks(tx: Transaction, { runId, attempt }: GangKey): Promise<void> {
  const removed = await tx
    .delete(trainingRanks)
    .where(and(eq(trainingRanks.runId, runId), sql`${trainingRanks.attempt} <= ${attempt}`))
    .returning({ hostId: trainingRanks.hostId });
  await tx
    .delete(trainingRankReports)
    .where(and(eq(trainingRankReports.runId, runId), sql`${trainingRankReports.attempt} <= ${attempt}`));
  for (const { hostId } of removed) await notify(tx, hostId, HOST_TOPIC, runId);
}

/** Removes a rank whose attempt is over. */
export async function deleteRank(tx: Transaction, key: RankKey): Promise<void> {
  await tx.delete(trainingRanks).where(isRank(key));
}

/** Removes the ranks of hosts that are gone, and what is left of attempts without ranks, once they are an hour old. */
export async function deleteLostRanks(tx: Transaction): Promise<void> {
  const host = tx
    .select({ id: trainingHosts.id })
    .from(trainingHosts)
    .where(eq(trainingHosts.id, trainingRanks.hostId));
  await tx
    .delete(trainingRanks)
    .where(and(notExists(host), lt(trainingRanks.heartbeatAt, sql`clock_timestamp() - interval '1 hour'`)));
  const gang = tx
    .select({ rank: trainingRanks.rank })
    .from(trainingRanks)
    .where(
      and(eq(trainingRanks.runId, trainingRankReports.runId), eq(trainingRanks.attempt, trainingRankReports.attempt)),
    );
  await tx.delete(trainingRankReports).where(notExists(gang));
}

function isRank({ rank, ...gang }: RankKey): SQL | undefined {
  return and(isOfGang(gang), eq(trainingRanks.rank, rank));
}

function isOfGang({ runId, attempt }: GangKey): SQL | undefined {
  return and(eq(trainingRanks.runId, runId), eq(trainingRanks.attempt, attempt));
}

async function notify(tx: Transaction, scope: string, topic: string, id: string): Promise<void> {
  await sendNotification(tx, { scope, topic, id }, 'trainyard_commands');
}
