import { and, asc, count, eq, gt, inArray, type SQL, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { announceChange } from '../platform/changes.ts';
import type { Transaction } from '../platform/database.ts';
import { isUuid } from '../platform/ids.ts';
import { newerFirst, olderThan, type PageOfRows } from '../platform/keyset.ts';
import { trainingEvents, trainingRuns } from './training-run.table.ts';
import { type RunStatus, statusesBefore } from './training-run-status.ts';

export type TrainingRunRow = typeof trainingRuns.$inferSelect;
export type TrainingEventRow = typeof trainingEvents.$inferSelect;

export interface TrainingRunQuery {
  readonly statuses: readonly RunStatus[] | null;
  readonly datasetId: string | null;
  readonly datasetName: string | null;
  readonly task: TrainingRunRow['task'] | null;
  readonly algorithm: TrainingRunRow['algorithm'] | null;
}

/** What an event says beside the state of the run that it is written with. */
export type EventNote = Pick<TrainingEventRow, 'kind'> & Partial<Pick<TrainingEventRow, 'message' | 'point'>>;

/** What may change in a run after it was made. */
export type RunChange = Partial<
  Pick<
    TrainingRunRow,
    | 'status'
    | 'stage'
    | 'progress'
    | 'etaSeconds'
    | 'endReason'
    | 'errorCode'
    | 'errorMessage'
    | 'errorHint'
    | 'trainRows'
    | 'testRows'
    | 'metrics'
    | 'baseline'
    | 'curve'
    | 'featureImportances'
    | 'warnings'
    | 'startedAt'
    | 'finishedAt'
  >
>;

/** Names what changes are announced about. */
export const RUN_TOPIC = 'training-run';

export async function insertRun(tx: Transaction, run: Omit<TrainingRunRow, 'lastSeq'>): Promise<void> {
  await tx.insert(trainingRuns).values({ ...run, lastSeq: 0 });
  await moveRun(tx, eq(trainingRuns.id, run.id), {}, { kind: 'STATUS' });
}

/**
 * Gives the run to a worker as its next attempt; null where it has ended or is gone. Progress begins again at 0. A run
 * that is still RUNNING was lost by the attempt before, and that is counted.
 */
export async function claimRun(tx: Transaction, id: string): Promise<TrainingRunRow | null> {
  const claim = {
    status: 'RUNNING',
    stage: 'LOADING',
    progress: 0,
    etaSeconds: null,
    attempt: sql`${trainingRuns.attempt} + 1`,
    lostAttempts: sql`${trainingRuns.lostAttempts} + (${trainingRuns.status} = 'RUNNING')::integer`,
    startedAt: sql`coalesce(${trainingRuns.startedAt}, now())`,
  } as const;
  const claimed = await moveRun(tx, and(eq(trainingRuns.id, id), isBefore('RUNNING')), claim, { kind: 'STATUS' });
  return claimed ? await findRun(tx, id) : null;
}

/**
 * Changes a run as the worker of `attempt`, together with the event that tells of it. False, and nothing written,
 * where the attempt is not the current one any more or the run has ended.
 */
export async function changeRun(
  tx: Transaction,
  id: string,
  attempt: number,
  change: RunChange,
  note: EventNote,
): Promise<boolean> {
  const movable = change.status === undefined ? eq(trainingRuns.status, 'RUNNING') : isBefore(change.status);
  return await moveRun(tx, and(eq(trainingRuns.id, id), eq(trainingRuns.attempt, attempt), movable), change, note);
}

const isBefore = (status: RunStatus) => inArray(trainingRuns.status, [...statusesBefore(status)]);

/**
 * The one statement that changes a run: it numbers the next event in the same update, whose row lock keeps the numbers
 * without a gap, and writes that event from the row as it now stands. False where the guard lets no row through.
 */
async function moveRun(
  tx: Transaction,
  guard: SQL | undefined,
  change: PgUpdateSetSource<typeof trainingRuns>,
  note: EventNote,
): Promise<boolean> {
  const { workspaceId, attempt, status, stage, progress, etaSeconds, errorCode, errorMessage, errorHint } =
    trainingRuns;
  const state = { workspaceId, attempt, status, stage, progress, etaSeconds, errorCode, errorMessage, errorHint };
  const [run] = await tx
    .update(trainingRuns)
    .set({ ...change, lastSeq: sql`${trainingRuns.lastSeq} + 1` })
    .where(guard)
    .returning({ runId: trainingRuns.id, seq: trainingRuns.lastSeq, ...state });
  if (run === undefined) return false;
  await tx.insert(trainingEvents).values({ ...run, ...note, at: new Date() });
  await announceChange(tx, { workspaceId: run.workspaceId, topic: RUN_TOPIC, id: run.runId });
  return true;
}

export async function findRun(tx: Transaction, id: string): Promise<TrainingRunRow | null> {
  const [run] = await tx.select().from(trainingRuns).where(eq(trainingRuns.id, id));
  return run ?? null;
}

/** How far a run is: enough to see whether it is worth while to read the whole row, which can be hundreds of kB. */
export type RunMark = Pick<TrainingRunRow, 'id' | 'lastSeq' | 'status'>;

export async function findRunMark(tx: Transaction, id: string): Promise<RunMark | null> {
  const { lastSeq, status } = trainingRuns;
  const [mark] = await tx
    .select({ id: trainingRuns.id, lastSeq, status })
    .from(trainingRuns)
    .where(eq(trainingRuns.id, id));
  return mark ?? null;
}

export async function findRuns(tx: Transaction, ids: readonly string[]): Promise<TrainingRunRow[]> {
  return await tx
    .select()
    .from(trainingRuns)
    .where(inArray(trainingRuns.id, [...ids]));
}

/** Newest first; one row more than the page holds, so that the caller sees whether there is a next page. */
export async function listRuns(tx: Transaction, query: TrainingRunQuery, page: PageOfRows): Promise<TrainingRunRow[]> {
  return await tx
    .select()
    .from(trainingRuns)
    .where(and(...conditions(query), olderThan(trainingRuns, page.after)))
    .orderBy(...newerFirst(trainingRuns))
    .limit(page.first + 1);
}

export async function countRuns(tx: Transaction, query: TrainingRunQuery): Promise<number> {
  const [row] = await tx
    .select({ count: count() })
    .from(trainingRuns)
    .where(and(...conditions(query)));
  return row?.count ?? 0;
}

/** How many runs of the workspace have not ended: what its next one queues up behind. */
export async function countUnfinishedRuns(tx: Transaction): Promise<number> {
  return await countRuns(tx, {
    statuses: ['QUEUED', 'RUNNING'],
    datasetId: null,
    datasetName: null,
    task: null,
    algorithm: null,
  });
}

/** Runs that changed at or after a moment, for those who may have missed a notification. */
export async function listRunsChangedSince(tx: Transaction, since: Date, limit: number): Promise<TrainingRunRow[]> {
  const changed = tx
    .selectDistinct({ id: trainingEvents.runId })
    .from(trainingEvents)
    .where(gt(trainingEvents.at, since));
  return await tx.select().from(trainingRuns).where(inArray(trainingRuns.id, changed)).limit(limit);
}

/** A run's events after a number, in order. */
export async function listEvents(
  tx: Transaction,
  runId: string,
  afterSeq: number,
  first: number,
): Promise<TrainingEventRow[]> {
  return await tx
    .select()
    .from(trainingEvents)
    .where(and(eq(trainingEvents.runId, runId), gt(trainingEvents.seq, afterSeq)))
    .orderBy(asc(trainingEvents.seq))
    .limit(first);
}

/** Notes that the run's model was removed. */
export async function markArtifactRemoved(tx: Transaction, runId: string, at: Date): Promise<void> {
  await tx.update(trainingRuns).set({ artifactRemovedAt: at }).where(eq(trainingRuns.id, runId));
}

function isDataset(id: string): SQL {
  return isUuid(id) ? eq(trainingRuns.datasetId, id) : sql`false`;
}

function conditions(query: TrainingRunQuery): (SQL | undefined)[] {
  return [
    query.statuses === null ? undefined : inArray(trainingRuns.status, [...query.statuses]),
    query.datasetId === null ? undefined : isDataset(query.datasetId),
    query.datasetName === null ? undefined : eq(trainingRuns.datasetName, query.datasetName),
    query.task === null ? undefined : eq(trainingRuns.task, query.task),
    query.algorithm === null ? undefined : eq(trainingRuns.algorithm, query.algorithm),
  ];
}
