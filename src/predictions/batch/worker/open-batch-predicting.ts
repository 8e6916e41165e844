import type { Config } from '../../../config.ts';
import { OrphanedJobRecovery } from '../../../jobs/workers/orphaned-job-recovery.ts';
import { openRegistryDatabases, WorkerRegistry } from '../../../jobs/workers/worker-registry.ts';
import type { JobWorker } from '../../../platform/jobs/jobs.ts';
import type { Logger } from '../../../platform/monitoring/logger.ts';
import type { DatabaseAccess } from '../../../platform/postgres/database.ts';
import { poolSize } from '../../../platform/threads/pool-size.ts';
import { threadFile } from '../../../platform/threads/threads.ts';
import { WarmWorker } from '../../../platform/threads/warm-worker.ts';
import type { BatchInput, BatchMessage } from '../rows/predict-batch.thread.ts';
import { type BatchHandlerDependencies, PredictBatchHandler } from './predict-batch.handler.ts';
import { predictBatchJob } from './predict-batch.job.ts';
import { requeueOrphanedBatch } from './requeue-orphaned-batch.ts';

/** What a worker process needs to make batch predictions. */
export interface BatchPredictingOptions
  extends Omit<BatchHandlerDependencies, 'registry' | 'jobs' | 'thread' | 'threads'> {
  readonly config: Pick<Config, 'MAX_ATTEMPTS' | 'MAX_CONCURRENT_RUNS' | 'TRAINING_THREADS'>;
  readonly access: DatabaseAccess;
  readonly jobs: JobWorker;
  /** Of the program, for the registry. */
  readonly version: string;
  readonly logger: Logger;
}

/** Batch predictions are made by worker processes, one at a time in each, beside its training. */
export interface BatchPredicting {
  /** To be called before the queue's client is closed: what is then left unfinished is queued for another worker. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

export async function openBatchPredicting(options: BatchPredictingOptions): Promise<BatchPredicting> {
  const { config, access, version, logger, ...dependencies } = options;
  const { database, jobs } = dependencies;
  const registryDatabases = openRegistryDatabases(access);
  const registry = new WorkerRegistry('PREDICTING', registryDatabases, version, logger);
  await registry.open();
  const thread = new WarmWorker<BatchInput, BatchMessage>(
    threadFile(import.meta.url, '../rows/predict-batch.thread'),
    threadFile(import.meta.url, '../rows/predict-chunks.thread'),
  );
  const threads = config.TRAINING_THREADS ?? poolSize();
  const settings = { maxAttempts: config.MAX_ATTEMPTS, maxConcurrent: config.MAX_CONCURRENT_RUNS };
  const handler = new PredictBatchHandler({ ...dependencies, registry, thread, threads }, settings, logger);
  await jobs.work(predictBatchJob, (payload, context) => handler.handle(payload, context), config.MAX_CONCURRENT_RUNS);
  const requeueing = { database, jobs, logger, maxAttempts: config.MAX_ATTEMPTS };
  const recovery = new OrphanedJobRecovery({
    ...{ jobs, registry, job: predictBatchJob, logger },
    requeue: (orphan) => requeueOrphanedBatch(orphan, requeueing),
  });
  return {
    leave: () => registry.leave(),
    async close() {
      await Promise.all([recovery.close(), thread.close()]);
      await registry.close();
      await Promise.all([registryDatabases.own.close(), registryDatabases.others.close()]);
    },
  };
}
