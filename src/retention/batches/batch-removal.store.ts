import { and, asc, eq, inArray, isNotNull, lt } from 'drizzle-orm';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, ofWorkspaceWithDeleted, type Transaction } from '../../platform/postgres/database.ts';
import type { BatchRow } from '../../predictions/batch/batch-prediction.store.ts';
import { batchPredictions } from '../../predictions/batch/batch-prediction.table.ts';

/** The file that a removed batch prediction referred to. */
export interface RemovedBatchFile {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** Reads a batch prediction and locks it until the transaction ends. */
export async function lockRemovableBatch(tx: Transaction, id: string): Promise<Pick<BatchRow, 'id' | 'status'> | null> {
  const { status } = batchPredictions;
  const [row] = await tx
    .select({ id: batchPredictions.id, status })
    .from(batchPredictions)
    .where(and(ofWorkspace(tx, batchPredictions), eq(batchPredictions.id, id)))
    .for('update');
  return row ?? null;
}

/** Removes a batch prediction; gives its file, if it has one. */
export async function removeBatch(tx: Transaction, id: string): Promise<RemovedBatchFile[]> {
  return filesOf(
    await tx
      .delete(batchPredictions)
      .where(and(ofWorkspace(tx, batchPredictions), eq(batchPredictions.id, id)))
      .returning({ sha256: batchPredictions.sha256, sizeBytes: batchPredictions.sizeBytes }),
  );
}

/** Removes those that ended before then, the oldest first and at most `limit`; gives how many, and their files. */
export async function removeOldBatches(
  tx: Transaction,
  endedBefore: Date,
  limit: number,
): Promise<{ readonly batches: number; readonly files: RemovedBatchFile[] }> {
  const old = tx
    .select({ id: batchPredictions.id })
    .from(batchPredictions)
    .where(and(ofWorkspace(tx, batchPredictions), lt(batchPredictions.finishedAt, endedBefore)))
    .orderBy(asc(batchPredictions.finishedAt), asc(batchPredictions.id))
    .limit(limit)
    .for('update');
  const rows = await tx
    .delete(batchPredictions)
    .where(and(ofWorkspace(tx, batchPredictions), inArray(batchPredictions.id, old)))
    .returning({ sha256: batchPredictions.sha256, sizeBytes: batchPredictions.sizeBytes });
  return { batches: rows.length, files: filesOf(rows) };
}

/** Marks the batch predictions of a dataset as deleted. Those that have not ended are cancelled before. */
export async function markBatchesOfDataset(tx: Transaction, datasetId: string, deletedAt: Date): Promise<void> {
  await tx
    .update(batchPredictions)
    .set({ deletedAt, idempotencyKey: null, idempotencyFingerprint: null })
    .where(and(ofWorkspace(tx, batchPredictions), eq(batchPredictions.datasetId, datasetId)));
}

/** Takes the mark from the batch predictions of a dataset. */
export async function unmarkBatchesOfDataset(tx: Transaction, datasetId: string): Promise<void> {
  await tx
    .update(batchPredictions)
    .set({ deletedAt: null })
    .where(and(ofWorkspaceWithDeleted(tx, batchPredictions), eq(batchPredictions.datasetId, datasetId)));
}

/** Removes the batch predictions of a dataset that are marked as deleted; gives their files. */
export async function removeBatchesOfDataset(tx: Transaction, datasetId: string): Promise<RemovedBatchFile[]> {
  return filesOf(
    await tx
      .delete(batchPredictions)
      .where(
        and(
          ofWorkspaceWithDeleted(tx, batchPredictions),
          eq(batchPredictions.datasetId, datasetId),
          isNotNull(batchPredictions.deletedAt),
        ),
      )
      .returning({ sha256: batchPredictions.sha256, sizeBytes: batchPredictions.sizeBytes }),
  );
}

/** The batch predictions by these models name none from now on. */
export async function forgetModelsOfBatches(tx: Transaction, artifactIds: readonly string[]): Promise<void> {
  await tx
    .update(batchPredictions)
    .set({ artifactId: null })
    .where(and(ofWorkspaceWithDeleted(tx, batchPredictions), isAmong(batchPredictions.artifactId, artifactIds)));
}

/** Removes all batch predictions of a workspace. */
export async function removeAllBatches(tx: Transaction): Promise<void> {
  await tx.delete(batchPredictions).where(ofWorkspaceWithDeleted(tx, batchPredictions));
}

function filesOf(rows: readonly Pick<BatchRow, 'sha256' | 'sizeBytes'>[]): RemovedBatchFile[] {
  return rows.flatMap(({ sha256, sizeBytes }) => (sha256 === null ? [] : [{ sha256, sizeBytes: sizeBytes ?? 0 }]));
}
