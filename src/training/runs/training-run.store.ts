import { and, eq, getTableColumns, inArray, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { type RunStatus, statusesBefore } from '../../jobs/job-status.ts';
import { expectedOfResumed } from '../../jobs/progress/eta.ts';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { sendNotification } from '../../platform/postgres/notifications.ts';
import { changeWithEvent, type EventDetails, RUN_TOPIC } from '../events/training-event.store.ts';
import type { CheckpointRow } from '../worker/training-checkpoint.store.ts';
import { trainingRuns } from './training-run.table.ts';

/** A run as it is stored. */
export type StoredRun = typeof trainingRuns.$inferSelect;

/** A run as read by most queries. */
export interface TrainingRunRow extends Omit<StoredRun, 'features' | 'featureImportances'> {
  readonly featureCount: number;
  /** Null for long lists: these are read by their own queries. */
  readonly features: StoredRun['features'] | null;
  readonly featureImportances: StoredRun['featureImportances'] | null;
}

/** A run with all of its features, to be trained or retried. */
export interface PlannedRun extends TrainingRunRow {
  readonly features: StoredRun['features'];
}

/** The mutable columns of a run. */
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
    | 'refitted'
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
    | 'executedPlan'
    | 'hosts'
  >
>;

/** Topic of notifications for the worker of a run: it was cancelled, or is to stop. */
export const RUN_COMMAND_TOPIC = 'training-run-command';

/** Serializes queueing and claiming runs of a workspace until the transaction ends: both count the runs first. */
export async function lockQueueOf(tx: Transaction, workspaceId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`queue of ${workspaceId}`}, 0))`);
}

/** Inserts a run with its position in the queue; null: it is not queued. */
export async function insertRun(
  tx: Transaction,
  run: Omit<StoredRun, 'lastSeq' | 'score'>,
  queuePosition: number | null,
): Promise<void> {
  await tx.insert(trainingRuns).values({ ...ownRow(tx, run), lastSeq: 0 });
  await changeWithEvent(tx, run.id, undefined, {}, { kind: 'STATUS', queuePosition });
}

/** A claimed run; `attempt` is that of the claim. */
export interface ClaimedRun extends PlannedRun {
  /** The checkpoint of an earlier attempt. */
  readonly checkpoint: CheckpointRow | null;
  /** This claim has found that the previous attempt lost its worker, and counted the loss. */
  readonly countsLoss: boolean;
}

/**
 * Claims the run for a worker as its next attempt; null if it has ended, is gone, or belongs to another job. Progress restarts
 * at that of the checkpoint, or at 0. If the run is still RUNNING, the previous attempt was lost, which is counted.
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
  const run = (await changeWithEvent(tx, id, guard, claim, { kind: 'STATUS' })) ? await findPlannedRun(tx, id) : null;
  return run && { ...run, checkpoint, countsLoss: before?.status === 'RUNNING' };
}

/** Runs queued by versions that did not store the job belong to any job. */
const isJob = (jobId: string) => or(eq(trainingRuns.jobId, jobId), isNull(trainingRuns.jobId));

/**
 * Changes a run as the worker of `attempt`, and writes the event. False, and nothing written, if the attempt is no longer the
 * current one or the run has ended.
 */
export async function changeRun(
  tx: Transaction,
  id: string,
  attempt: number,
  change: RunChange,
  details: EventDetails,
): Promise<boolean> {
  const isRunning = and(eq(trainingRuns.status, 'RUNNING'), isBefore(change.status ?? 'RUNNING'));
  return await changeWithEvent(tx, id, and(eq(trainingRuns.attempt, attempt), isRunning), change, details);
}

/** Changes a run on behalf of its user if it has one of these statuses, and notifies its worker. */
export async function changeRunOf(
  tx: Transaction,
  { id, workspaceId }: Pick<TrainingRunRow, 'id' | 'workspaceId'>,
  statuses: readonly RunStatus[],
  change: RunChange,
  details: EventDetails,
): Promise<boolean> {
  const isInState = inArray(trainingRuns.status, [...statuses]);
  const changed = await changeWithEvent(tx, id, isInState, change, details);
  if (changed) await sendNotification(tx, { scope: workspaceId, topic: RUN_COMMAND_TOPIC, id }, 'trainyard_commands');
  return changed;
}

/** Requeues an orphaned run as another job, or ends it. */
export async function changeRunOfJob(
  tx: Transaction,
  id: string,
  jobId: string,
  change: RunChange,
  details: EventDetails,
): Promise<boolean> {
  const guard = and(eq(trainingRuns.jobId, jobId), inArray(trainingRuns.status, ['QUEUED', 'RUNNING']));
  return await changeWithEvent(tx, id, guard, change, details);
}

/**
 * Revokes the loss of an attempt whose worker turns out to be alive, so that it does not count against the run. True if it had
 * been counted, and the run has not ended meanwhile.
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
 * Archives an ended run, or restores it (null). This is not an event of the run, whose last event was its end, but its
 * followers are notified. Nothing is written if it has not ended.
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

/** Names and tags a run. As archiving, this is not an event of the run, but its followers are notified. */
export async function setLabels(
  tx: Transaction,
  { id, workspaceId }: Pick<TrainingRunRow, 'id' | 'workspaceId'>,
  labels: Pick<StoredRun, 'name' | 'tags' | 'labelledAt'>,
): Promise<void> {
  await tx.update(trainingRuns).set(labels).where(isRun(tx, id));
  await sendNotification(tx, { scope: workspaceId, topic: RUN_TOPIC, id });
}

/** Longer lists of features or importances are read by their own queries: those of 100,000 columns are 15 MB. */
const FEW = 1_000;

/** A list of a run, or null if it is long. */
function whereFew<T>(array: PgColumn): SQL<T | null> {
  return sql<T | null>`case when jsonb_array_length(${array}) <= ${sql.raw(String(FEW))} then ${array} end`;
}

/** The selection of a run, whose size does not depend on its number of features. */
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

/** The number of queued and of running runs of the workspace. */
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

/** Replaces the job of a queued run, which is not visible to users. */
export async function setJob(tx: Transaction, id: string, formerJobId: string, jobId: string): Promise<void> {
  await tx
    .update(trainingRuns)
    .set({ jobId })
    .where(and(isRun(tx, id), isJob(formerJobId)));
}

/** Reads and locks a run until the transaction ends; rows that refer to it may still be inserted. */
export async function lockRun(tx: Transaction, id: string): Promise<TrainingRunRow | null> {
  const [run] = await tx.select(RUN).from(trainingRuns).where(isRun(tx, id)).for('no key update');
  return run ?? null;
}

/** The run that was created by a request with this key. */
export async function findRunByKey(tx: Transaction, idempotencyKey: string): Promise<TrainingRunRow | null> {
  const isKey = and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.idempotencyKey, idempotencyKey));
  const [run] = await tx.select(RUN).from(trainingRuns).where(isKey);
  return run ?? null;
}

/** Releases a key for the next request that uses it. */
export async function forgetKey(tx: Transaction, id: string): Promise<void> {
  await tx.update(trainingRuns).set({ idempotencyKey: null, idempotencyFingerprint: null }).where(isRun(tx, id));
}

/** The run that retries this one. */
export async function findRetryOf(tx: Transaction, id: string): Promise<TrainingRunRow | null> {
  const isRetry = and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.retryOf, id));
  const [run] = await tx.select(RUN).from(trainingRuns).where(isRetry);
  return run ?? null;
}

/** Which attempt may write to a run, and whether it is to stop. */
export type RunClaim = Pick<TrainingRunRow, 'status' | 'attempt' | 'stopRequestedAt'>;

export async function findRunClaim(tx: Transaction, id: string): Promise<RunClaim | null> {
  const { status, attempt, stopRequestedAt } = trainingRuns;
  const [claim] = await tx.select({ status, attempt, stopRequestedAt }).from(trainingRuns).where(isRun(tx, id));
  return claim ?? null;
}

/** Records when the model of a run was removed. */
export async function markArtifactRemoved(tx: Transaction, runId: string, at: Date): Promise<void> {
  await tx.update(trainingRuns).set({ artifactRemovedAt: at }).where(isRun(tx, runId));
}
