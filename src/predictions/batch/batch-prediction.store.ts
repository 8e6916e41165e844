import { and, count, desc, eq, gt, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import { datasets } from '../../datasets/dataset.table.ts';
import { isEnded, type RunStatus, statusesBefore } from '../../jobs/job-status.ts';
import type { JobCursor } from '../../jobs/live/followed-job.ts';
import { isUuid } from '../../platform/ids.ts';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { newerFirst, olderThan, type PageOfRows } from '../../platform/postgres/keyset.ts';
import { sendNotification } from '../../platform/postgres/notifications.ts';
import { batchPredictions } from './batch-prediction.table.ts';

/** A batch prediction as it is stored. */
export type BatchRow = typeof batchPredictions.$inferSelect;

/** The head of its row. */
export type BatchHead = Pick<BatchRow, 'id' | 'lastSeq' | 'status'>;

/** The columns that change. */
export type BatchChange = Partial<
  Omit<
    BatchRow,
    | 'id'
    | 'workspaceId'
    | 'createdBy'
    | 'createdAt'
    | 'contributions'
    | 'lastSeq'
    | 'attempt'
    | 'deletedAt'
    | 'startedAt'
  >
>;

/** Which of them are listed; null: all. */
export interface BatchFilter {
  readonly artifactId: string | null;
  readonly datasetId: string | null;
  readonly statuses: readonly RunStatus[] | null;
}

/** Topic of notifications about batch predictions. */
export const BATCH_TOPIC = 'batch-prediction';

/** Topic of notifications for the worker of one: it was cancelled. */
export const BATCH_COMMAND_TOPIC = 'batch-prediction-command';

const isBatch = (tx: Transaction, id: string) => and(ofWorkspace(tx, batchPredictions), eq(batchPredictions.id, id));

/** Serializes queueing and claiming those of a workspace until the transaction ends: both count them first. */
export async function lockBatchesOf(tx: Transaction, workspaceId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`batch predictions of ${workspaceId}`}, 0))`);
}

export async function insertBatch(tx: Transaction, batch: BatchRow): Promise<void> {
  await tx.insert(batchPredictions).values(ownRow(tx, batch));
  await sendNotification(tx, { scope: batch.workspaceId, topic: BATCH_TOPIC, id: batch.id });
}

/**
 * The pace of the last batch prediction of the workspace that succeeded, one of the model rather than of another; null for none.
 */
export async function findBatchPace(
  tx: Transaction,
  artifactId: string,
): Promise<{ readonly secondsPerRow: number } | null> {
  const { artifactId: model, startedAt, finishedAt, rowCount, status } = batchPredictions;
  const secondsPerRow = sql<number>`(extract(epoch from ${finishedAt} - ${startedAt}) / ${rowCount})::float8`;
  const [row] = await tx
    .select({ secondsPerRow })
    .from(batchPredictions)
    .where(and(ofWorkspace(tx, batchPredictions), eq(status, 'SUCCEEDED'), gt(rowCount, 0)))
    .orderBy(sql`(${model} = ${artifactId}) desc nulls last`, desc(finishedAt))
    .limit(1);
  return row ?? null;
}

export async function findBatch(tx: Transaction, id: string): Promise<BatchRow | null> {
  const [row] = await tx.select().from(batchPredictions).where(isBatch(tx, id));
  return row ?? null;
}

/** Reads one and locks it until the transaction ends. */
export async function lockBatch(tx: Transaction, id: string): Promise<BatchRow | null> {
  const [row] = await tx.select().from(batchPredictions).where(isBatch(tx, id)).for('update');
  return row ?? null;
}

/** The one that a request with this key began. */
export async function findBatchByKey(tx: Transaction, idempotencyKey: string): Promise<BatchRow | null> {
  const isKey = and(ofWorkspace(tx, batchPredictions), eq(batchPredictions.idempotencyKey, idempotencyKey));
  const [row] = await tx.select().from(batchPredictions).where(isKey);
  return row ?? null;
}

/** Releases a key for the next request that uses it. */
export async function forgetBatchKey(tx: Transaction, id: string): Promise<void> {
  await tx.update(batchPredictions).set({ idempotencyKey: null, idempotencyFingerprint: null }).where(isBatch(tx, id));
}

/** The number of queued and of running ones of the workspace. */
export async function countUnfinishedBatches(tx: Transaction): Promise<{ queued: number; running: number }> {
  const [row] = await tx
    .select({
      queued: sql<number>`count(*) filter (where ${batchPredictions.status} = 'QUEUED')::integer`,
      running: sql<number>`count(*) filter (where ${batchPredictions.status} = 'RUNNING')::integer`,
    })
    .from(batchPredictions)
    .where(and(ofWorkspace(tx, batchPredictions), isNull(batchPredictions.finishedAt)));
  return row ?? { queued: 0, running: 0 };
}

/** The bytes of the files of all of the workspace; one that has not ended counts as its dataset, which its file holds. */
export async function sumBatchBytes(tx: Transaction): Promise<number> {
  const { sizeBytes, finishedAt, datasetId } = batchPredictions;
  const expected = sql`case when ${finishedAt} is null then ${datasets.sizeBytes} else 0 end`;
  const [row] = await tx
    .select({ bytes: sql<number>`coalesce(sum(coalesce(${sizeBytes}, ${expected}, 0)), 0)::float8` })
    .from(batchPredictions)
    .leftJoin(datasets, and(ofWorkspace(tx, datasets), eq(datasets.id, datasetId)))
    .where(ofWorkspace(tx, batchPredictions));
  return row?.bytes ?? 0;
}

/** Newest first, with one row more than the page holds. */
export async function listBatches(tx: Transaction, filter: BatchFilter, page: PageOfRows): Promise<BatchRow[]> {
  return await tx
    .select()
    .from(batchPredictions)
    .where(and(...conditions(tx, filter), olderThan(batchPredictions, page.after)))
    .orderBy(...newerFirst(batchPredictions))
    .limit(page.first + 1);
}

export async function countBatches(tx: Transaction, filter: BatchFilter): Promise<number> {
  const [row] = await tx
    .select({ count: count() })
    .from(batchPredictions)
    .where(and(...conditions(tx, filter)));
  return row?.count ?? 0;
}

/** Those that have not ended, of one dataset or (null) of all, locked until the transaction ends. */
export async function lockActiveBatches(tx: Transaction, datasetId: string | null): Promise<BatchRow[]> {
  const ofDataset = datasetId === null ? undefined : eq(batchPredictions.datasetId, datasetId);
  return await tx
    .select()
    .from(batchPredictions)
    .where(and(ofWorkspace(tx, batchPredictions), isNull(batchPredictions.finishedAt), ofDataset))
    .for('update');
}

/** Claims one for a worker as its next attempt; null if it has ended, is gone, or belongs to another job. */
export async function claimBatch(tx: Transaction, id: string, jobId: string): Promise<BatchRow | null> {
  const guard = and(
    inArray(batchPredictions.status, [...statusesBefore('RUNNING')]),
    eq(batchPredictions.jobId, jobId),
  );
  return await moveBatch(tx, id, guard, {
    status: 'RUNNING',
    stage: 'LOADING',
    progress: 0,
    etaSeconds: null,
    attempt: sql`${batchPredictions.attempt} + 1`,
    lostAttempts: sql`${batchPredictions.lostAttempts} + (${batchPredictions.status} = 'RUNNING')::integer`,
    startedAt: sql`coalesce(${batchPredictions.startedAt}, now())`,
  });
}

/** Changes one as the worker of `attempt`. False, and nothing written, if another attempt has it or it has ended. */
export async function changeBatch(tx: Transaction, id: string, attempt: number, change: BatchChange): Promise<boolean> {
  const guard = and(eq(batchPredictions.attempt, attempt), eq(batchPredictions.status, 'RUNNING'));
  return (await moveBatch(tx, id, guard, change)) !== null;
}

/** Changes one that has not ended on behalf of its users, and notifies its worker. */
export async function changeActiveBatch(
  tx: Transaction,
  { id, workspaceId }: Pick<BatchRow, 'id' | 'workspaceId'>,
  change: BatchChange,
): Promise<BatchRow | null> {
  const changed = await moveBatch(tx, id, isNull(batchPredictions.finishedAt), change);
  if (changed === null) return null;
  await sendNotification(tx, { scope: workspaceId, topic: BATCH_COMMAND_TOPIC, id }, 'trainyard_commands');
  return changed;
}

/** Requeues one whose worker was lost, or ends it. */
export async function changeBatchOfJob(
  tx: Transaction,
  id: string,
  jobId: string,
  change: BatchChange,
): Promise<boolean> {
  const guard = and(eq(batchPredictions.jobId, jobId), isNull(batchPredictions.finishedAt));
  return (await moveBatch(tx, id, guard, change)) !== null;
}

/** The only statement that changes one: the same update counts the change. Null if the guard matches no row. */
async function moveBatch(
  tx: Transaction,
  id: string,
  guard: SQL | undefined,
  change: PgUpdateSetSource<typeof batchPredictions>,
): Promise<BatchRow | null> {
  const [row] = await tx
    .update(batchPredictions)
    .set({ ...change, lastSeq: sql`${batchPredictions.lastSeq} + 1` })
    .where(and(isBatch(tx, id), guard))
    .returning();
  if (row === undefined) return null;
  await sendNotification(tx, { scope: row.workspaceId, topic: BATCH_TOPIC, id: row.id });
  return row;
}

/** The heads of these; none for one that is gone. */
export async function findBatchHeads(tx: Transaction, ids: readonly string[]): Promise<BatchHead[]> {
  const { id, lastSeq, status } = batchPredictions;
  return await tx
    .select({ id, lastSeq, status })
    .from(batchPredictions)
    .where(and(ofWorkspace(tx, batchPredictions), isAmong(id, ids)));
}

/** The rows of those that have changed after their cursor. */
export async function findBatchesChangedAfter(tx: Transaction, cursors: readonly JobCursor[]): Promise<BatchRow[]> {
  const { id, lastSeq } = batchPredictions;
  const requested = sql`json_to_recordset(${JSON.stringify(cursors)}::json) as requested (id uuid, "afterSeq" integer)`;
  const rows = await tx
    .select({ batch: batchPredictions })
    .from(requested)
    .innerJoin(
      batchPredictions,
      and(ofWorkspace(tx, batchPredictions), eq(id, sql`requested.id`), gt(lastSeq, sql`requested."afterSeq"`)),
    );
  return rows.map(({ batch }) => batch);
}

function conditions(tx: Transaction, { artifactId, datasetId, statuses }: BatchFilter): (SQL | undefined)[] {
  const isOf = (column: typeof batchPredictions.artifactId | typeof batchPredictions.datasetId, id: string | null) =>
    id === null ? undefined : isUuid(id) ? eq(column, id) : sql`false`;
  return [
    ofWorkspace(tx, batchPredictions),
    isOf(batchPredictions.artifactId, artifactId),
    isOf(batchPredictions.datasetId, datasetId),
    statuses === null ? undefined : inArray(batchPredictions.status, [...statuses]),
    // Redundant, but it makes the index of unfinished ones usable.
    statuses === null || statuses.some(isEnded) ? undefined : isNull(batchPredictions.finishedAt),
  ];
}
