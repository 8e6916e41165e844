import type { OrphanedJob } from '../../../jobs/workers/orphaned-job-recovery.ts';
import type { JobSender } from '../../../platform/jobs/jobs.ts';
import type { Logger } from '../../../platform/monitoring/logger.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import { batchWorkerLost } from '../batch-error.ts';
import { changeBatchOfJob, lockBatch } from '../batch-prediction.store.ts';
import { type PredictBatchPayload, predictBatchJob } from './predict-batch.job.ts';

/** What requeuing needs. */
export interface BatchRequeueDependencies {
  readonly database: Database;
  readonly jobs: JobSender;
  /** After this many lost workers it fails. */
  readonly maxAttempts: number;
  readonly logger: Logger;
}

/** Requeues the batch prediction of an orphaned job as another job, or fails it after too many attempts. */
export async function requeueOrphanedBatch(
  { jobId, payload, priority, group, wasShutDown }: OrphanedJob<PredictBatchPayload>,
  { database, jobs, maxAttempts, logger }: BatchRequeueDependencies,
): Promise<void> {
  const { workspaceId, batchId } = payload;
  await database.transaction({ workspaceId }, async (tx) => {
    const batch = await lockBatch(tx, batchId);
    await jobs.remove(tx, predictBatchJob, jobId);
    // Another worker was faster, or it had already ended.
    if (batch?.jobId !== jobId || batch.finishedAt !== null) return;
    const isLoss = batch.status === 'RUNNING' && !wasShutDown;
    const lostAttempts = batch.lostAttempts + (isLoss ? 1 : 0);
    logger.warn(
      { batchId, attempt: batch.attempt, lostAttempts, wasShutDown },
      'the worker of a batch prediction was lost',
    );
    if (isLoss && lostAttempts >= maxAttempts) {
      const end = { status: 'FAILED', stage: 'DONE', etaSeconds: null, finishedAt: new Date() } as const;
      await changeBatchOfJob(tx, batchId, jobId, { ...batchWorkerLost(lostAttempts), ...end, lostAttempts });
      return;
    }
    const sent = await jobs.send(tx, predictBatchJob, payload, { priority, group });
    const queued = { status: 'QUEUED', stage: 'WAITING', etaSeconds: null, lostAttempts, jobId: sent.jobId } as const;
    await changeBatchOfJob(tx, batchId, jobId, queued);
  });
}
