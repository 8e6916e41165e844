import { availableParallelism } from 'node:os';
import type { Config } from '../config.ts';
import type { DatabaseAccess } from '../platform/database.ts';
import { openJobWorker } from '../platform/jobs.ts';
import type { Logger } from '../platform/logger.ts';
import { TrainModelHandler } from '../training/train-model.handler.ts';
import { trainModelJob } from '../training/train-model.job.ts';
import { openSharedParts } from './shared.ts';

/** A running worker process. */
export interface WorkerProcess {
  close(): Promise<void>;
}

/** Starts a worker, which trains one run at a time, on a database that has been migrated. */
export async function startWorkerProcess(
  config: Config,
  access: DatabaseAccess,
  logger: Logger,
): Promise<WorkerProcess> {
  const [parts, jobs] = await Promise.all([openSharedParts(config, access), openJobWorker(access, logger)]);
  const { database, datasets, blobs, artifacts } = parts;
  const handler = new TrainModelHandler(
    database,
    datasets,
    blobs,
    artifacts,
    logger,
    config.TRAINING_THREADS ?? availableParallelism(),
  );
  await jobs.work(trainModelJob, (payload, context) => handler.handle(payload, context));
  return {
    async close() {
      await jobs.close();
      await parts.close();
    },
  };
}
