import { and, eq, getTableColumns, inArray, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { sendNotification } from '../../platform/postgres/notifications.ts';
import { expectedOfResumed } from '../forecast/eta.ts';
import { type CheckpointRow, deleteCheckpoint } from '../worker/training-checkpoint.store.ts';
import { trainingEvents, trainingRuns } from './training-run.table.ts';
import { isEnded, type RunStatus, statusesBefore } from './training-run-status.ts';

/** A run as it is stored. */
export type StoredRun = typeof trainingRuns.$inferSelect;

/** A run as read. */
export interface TrainingRunRow extends Omit<StoredRun, 'features' | 'featureImportances'> {
  readonly featureCount: number;
  /** Null where they are many: then they are read where they are shown, as many as are asked for. */
  readonly features: StoredRun['features'] | null;
  readonly featureImportances: StoredRun['featureImportances'] | null;
}

/** A run with all of its features, to be trained or repeated. */
export interface PlannedRun extends TrainingRunRow {
  readonly features: StoredRun['features'];
}

export type TrainingEventRow = typeof trainingEvents.$inferSelect;

/** What an event says beside the state of the run that it is written with. */
export type EventNote = Pick<TrainingEventRow, 'kind'> &
  Partial<Pick<TrainingEventRow, 'message' | 'point' | 'queuePosition'>>;

/** What may change in a run after it was made. */
export type RunChange = Partial<
  Pick<
    StoredRun,
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
    | 'jobId'
    | 'lostAttempts'
    | 'lastLostAttempt'
    | 'cancelRequestedAt'
    | 'stopRequestedAt'
    | 'cpuSeconds'
    | 'peakMemoryBytes'
    | 'rowsPerSecond'
  >
>;

/** Names what changes are announced about. */
export const RUN_TOPIC = 'training-run';

/** Announced beside a change that the worker of the run must hear of at once: it was cancelled, or is to stop. */
export const RUN_COMMAND_TOPIC = 'training-run-command';

/** Makes all who queue or claim runs of a workspace wait for one another until the transaction ends: they count first. */
export async function lockQueueOf(tx: Transaction, workspaceId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`queue of ${workspaceId}`}, 0))`);
}

/** Adds a run that waits at this place of the queue. */
export async function insertRun(
  tx: Transaction,
  run: Omit<StoredRun, 'lastSeq'>,
  queuePosition: number,
): Promise<void> {
  await tx.insert(trainingRuns).values({ ...ownRow(tx, run), lastSeq: 0 });
  await moveRun(tx, run.id, undefined, {}, { kind: 'STATUS', queuePosition });
}

/** What a worker may begin with; the attempt is the run's new one. */
export interface ClaimedRun extends PlannedRun {
  /** Where an earlier attempt got to. */
  readonly checkpoint: CheckpointRow | null;
  /** This claim has found that the attempt before lost its worker, and counted that. */
  readonly countsLoss: boolean;
}

/**
 * Gives the run to a worker as its next attempt; null where it has ended, is gone, or belongs to another job. Progress begins
 * again at that of the checkpoint, its own, or at 0. A run that is still RUNNING was lost by the attempt before, and that is counted.
 */
export async function claimRun(
  tx: Transaction,
  id: string,
  jobId: string,
  checkpoint: ClaimedRun['checkpoint'],
): Promise<ClaimedRun | null> {
  const progress = checkpoint?.progress ?? 0;
  const claim = {
    status: 'RUNNING',
    stage: 'LOADING',
    progress,
    etaSeconds: sql`coalesce(${expectedOfResumed(null, checkpoint)}::double precision, ${trainingRuns.expectedSeconds}) * (1 - ${progress}::double precision)`,
    attempt: sql`${trainingRuns.attempt} + 1`,
    lostAttempts: sql`${trainingRuns.lostAttempts} + (${trainingRuns.status} = 'RUNNING')::integer`,
    lastLostAttempt: sql`case when ${trainingRuns.status} = 'RUNNING' then ${trainingRuns.attempt} else ${trainingRuns.lastLostAttempt} end`,
    startedAt: sql`coalesce(${trainingRuns.startedAt}, now())`,
  } as const;
  const guard = and(isBefore('RUNNING'), isJob(jobId));
  const before = await lockRun(tx, id);
  const run = (await moveRun(tx, id, guard, claim, { kind: 'STATUS' })) ? await findPlannedRun(tx, id) : null;
  return run && { ...run, checkpoint, countsLoss: before?.status === 'RUNNING' };
}

/** Runs that were queued by a version before jobs were noted belong to whichever job comes. */
const isJob = (jobId: string) => or(eq(trainingRuns.jobId, jobId), isNull(trainingRuns.jobId));

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
  const isRunning = and(eq(trainingRuns.status, 'RUNNING'), isBefore(change.status ?? 'RUNNING'));
  return await moveRun(tx, id, and(eq(trainingRuns.attempt, attempt), isRunning), change, note);
}

/** Changes a run on behalf of its user, whoever works on it, where it is in one of these states. */
export async function changeRunOf(
  tx: Transaction,
  { id, workspaceId }: Pick<TrainingRunRow, 'id' | 'workspaceId'>,
  statuses: readonly RunStatus[],
  change: RunChange,
  note: EventNote,
): Promise<boolean> {
  const isInState = inArray(trainingRuns.status, [...statuses]);
  const changed = await moveRun(tx, id, isInState, change, note);
  if (changed) await sendNotification(tx, { scope: workspaceId, topic: RUN_COMMAND_TOPIC, id }, 'trainyard_commands');
  return changed;
}

/** Puts a run that its worker has lost, or never claimed, back into the queue as another job, or ends it. */
export async function changeRunOfJob(
  tx: Transaction,
  id: string,
  jobId: string,
  change: RunChange,
  note: EventNote,
): Promise<boolean> {
  const guard = and(eq(trainingRuns.jobId, jobId), inArray(trainingRuns.status, ['QUEUED', 'RUNNING']));
  return await moveRun(tx, id, guard, change, note);
}

/**
 * The worker of an attempt that was counted as lost says that it lives: then it was not, and does not count against the run.
 * True where it had been counted, and the run has not ended meanwhile.
 */
export async function contradictLoss(
  tx: Transaction,
  { id, attempt }: Pick<TrainingRunRow, 'id' | 'attempt'>,
): Promise<boolean> {
  const contradicted = await tx
    .update(trainingRuns)
    .set({ lostAttempts: sql`${trainingRuns.lostAttempts} - 1`, lastLostAttempt: null })
    .where(and(isRun(tx, id), eq(trainingRuns.lastLostAttempt, attempt), isNull(trainingRuns.finishedAt)))
    .returning({ id: trainingRuns.id });
  return contradicted.length > 0;
}

const isRun = (tx: Transaction, id: string) => and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.id, id));

const isBefore = (status: RunStatus) => inArray(trainingRuns.status, [...statusesBefore(status)]);

/**
 * The one statement that changes a run: it numbers the next event in the same update, whose row lock keeps the numbers
 * without a gap, and writes that event from the row as it now stands. False where the guard lets no row through.
 */
async function moveRun(
  tx: Transaction,
  id: string,
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
    .where(and(isRun(tx, id), guard))
    .returning({ runId: trainingRuns.id, seq: trainingRuns.lastSeq, ...state });
  if (run === undefined) return false;
  await Promise.all([
    tx.insert(trainingEvents).values({ ...ownRow(tx, run), ...note, at: new Date() }),
    isEnded(run.status) ? deleteCheckpoint(tx, run.runId) : null,
    sendNotification(tx, { scope: run.workspaceId, topic: RUN_TOPIC, id: run.runId }),
  ]);
  return true;
}

/**
 * Puts an ended run away, at a moment, or takes it out again (null). That is no event of the run, whose last one was its
 * end; but its lists are told. Nothing is written where it has not ended.
 */
export async function setArchived(
  tx: Transaction,
  { id, workspaceId }: Pick<TrainingRunRow, 'id' | 'workspaceId'>,
  archivedAt: Date | null,
): Promise<void> {
  await tx
    .update(trainingRuns)
    .set({ archivedAt })
    .where(and(isRun(tx, id), isNotNull(trainingRuns.finishedAt)));
  await sendNotification(tx, { scope: workspaceId, topic: RUN_TOPIC, id });
}

/** More features or importances than this are a matter of their own: those of 100,000 columns are 15 MB. */
const FEW = 1_000;

/** An array of a run, or null where it is long. */
function whereFew<T>(array: PgColumn): SQL<T | null> {
  return sql<T | null>`case when jsonb_array_length(${array}) <= ${sql.raw(String(FEW))} then ${array} end`;
}

/** What is read of a run, whose size does not depend on its columns. */
export const RUN = {
  ...getTableColumns(trainingRuns),
  featureCount: sql<number>`jsonb_array_length(${trainingRuns.features})`.as('feature_count'),
  features: whereFew<StoredRun['features']>(trainingRuns.features).as('few_features'),
  featureImportances: whereFew<StoredRun['featureImportances']>(trainingRuns.featureImportances).as(
    'few_feature_importances',
  ),
};

export async function findRun(tx: Transaction, id: string): Promise<TrainingRunRow | null> {
  const [run] = await tx.select(RUN).from(trainingRuns).where(isRun(tx, id));
  return run ?? null;
}

export async function findPlannedRun(tx: Transaction, id: string): Promise<PlannedRun | null> {
  const { features } = trainingRuns;
  const [run] = await tx
    .select({ ...RUN, features })
    .from(trainingRuns)
    .where(isRun(tx, id));
  return run ?? null;
}

export async function findRuns(tx: Transaction, ids: readonly string[]): Promise<TrainingRunRow[]> {
  return await tx
    .select(RUN)
    .from(trainingRuns)
    .where(and(ofWorkspace(tx, trainingRuns), isAmong(trainingRuns.id, ids)));
}

/** How many runs of the workspace wait and how many are worked on. */
export async function countUnfinishedRuns(tx: Transaction): Promise<{ queued: number; running: number }> {
  const [row] = await tx
    .select({
      queued: sql<number>`count(*) filter (where ${trainingRuns.status} = 'QUEUED')::integer`,
      running: sql<number>`count(*) filter (where ${trainingRuns.status} = 'RUNNING')::integer`,
    })
    .from(trainingRuns)
    .where(and(ofWorkspace(tx, trainingRuns), isNull(trainingRuns.finishedAt)));
  return row ?? { queued: 0, running: 0 };
}

/** Gives a run that waits another job in place of this one, which changes nothing that anybody sees. */
export async function setJob(tx: Transaction, id: string, formerJobId: string, jobId: string): Promise<void> {
  await tx
    .update(trainingRuns)
    .set({ jobId })
    .where(and(isRun(tx, id), isJob(formerJobId)));
}

/** The run as it is, with nobody changing it until the transaction ends; what refers to it may be added meanwhile. */
export async function lockRun(tx: Transaction, id: string): Promise<TrainingRunRow | null> {
  const [run] = await tx.select(RUN).from(trainingRuns).where(isRun(tx, id)).for('no key update');
  return run ?? null;
}

/** The run that was made by a request with this key. */
export async function findRunByKey(tx: Transaction, idempotencyKey: string): Promise<TrainingRunRow | null> {
  const isKey = and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.idempotencyKey, idempotencyKey));
  const [run] = await tx.select(RUN).from(trainingRuns).where(isKey);
  return run ?? null;
}

/** Gives a key up, for the next request that bears it. */
export async function forgetKey(tx: Transaction, id: string): Promise<void> {
  await tx.update(trainingRuns).set({ idempotencyKey: null, idempotencyFingerprint: null }).where(isRun(tx, id));
}

/** The run that was made to repeat this one. */
export async function findRetryOf(tx: Transaction, id: string): Promise<TrainingRunRow | null> {
  const isRetry = and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.retryOf, id));
  const [run] = await tx.select(RUN).from(trainingRuns).where(isRetry);
  return run ?? null;
}

/** Who may write to a run, and whether that one is to stop. */
export type RunClaim = Pick<TrainingRunRow, 'status' | 'attempt' | 'stopRequestedAt'>;

export async function findRunClaim(tx: Transaction, id: string): Promise<RunClaim | null> {
  const { status, attempt, stopRequestedAt } = trainingRuns;
  const [claim] = await tx.select({ status, attempt, stopRequestedAt }).from(trainingRuns).where(isRun(tx, id));
  return claim ?? null;
}

/** Removes steps of trainings, of all workspaces, from before a moment; at most so many. Gives how many. */
export async function deleteOldSteps(tx: Transaction, before: Date, limit: number): Promise<number> {
  const { runId, seq, at, kind } = trainingEvents;
  const old = tx
    .select({ runId, seq })
    .from(trainingEvents)
    .where(and(lt(at, before), inArray(kind, ['PROGRESS', 'METRIC'])))
    .limit(limit);
  const deleted = await tx
    .delete(trainingEvents)
    .where(inArray(sql`(${runId}, ${seq})`, old))
    .returning({ seq });
  return deleted.length;
}

/** Notes that the run's model was removed. */
export async function markArtifactRemoved(tx: Transaction, runId: string, at: Date): Promise<void> {
  await tx.update(trainingRuns).set({ artifactRemovedAt: at }).where(isRun(tx, runId));
}
