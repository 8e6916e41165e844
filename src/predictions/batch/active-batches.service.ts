import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { Transaction } from '../../platform/postgres/database.ts';
import { type BatchRow, changeActiveBatch, lockActiveBatches, lockBatchesOf } from './batch-prediction.store.ts';
import { predictBatchJob } from './worker/predict-batch.job.ts';

/**
 * The batch predictions of a dataset (null: of the workspace) that have not ended, locked until the transaction ends. Until then
 * none of the workspace is queued or claimed either.
 */
export async function holdActiveBatches(
  tx: Transaction,
  workspaceId: string,
  datasetId: string | null,
): Promise<readonly BatchRow[]> {
  await lockBatchesOf(tx, workspaceId);
  return await lockActiveBatches(tx, datasetId);
}

/** Cancels a locked one that has not ended: nothing of it is kept, and its worker is notified. */
export async function cancelBatch(
  tx: Transaction,
  jobs: Pick<JobSender, 'remove'>,
  batch: BatchRow,
): Promise<BatchRow> {
  const now = new Date();
  const end = { status: 'CANCELLED', stage: 'DONE', etaSeconds: null, finishedAt: now } as const;
  const cancelled = await changeActiveBatch(tx, batch, { ...end, cancelRequestedAt: now });
  if (batch.status === 'QUEUED' && batch.jobId !== null) await jobs.remove(tx, predictBatchJob, batch.jobId);
  return cancelled ?? batch;
}
