import { availableParallelism, totalmem } from 'node:os';
import type { Config } from '../config.ts';
import { openChangeHub } from '../platform/changes.ts';
import { type DatabaseAccess, openDatabase } from '../platform/database.ts';
import { openJobWorker } from '../platform/jobs.ts';
import type { Logger } from '../platform/logger.ts';
import { StandbyThread } from '../platform/standby-thread.ts';
import { threadFile } from '../platform/threads.ts';
import { LostRuns } from '../training/lost-runs.ts';
import { ThinEventsHandler } from '../training/thin-events.handler.ts';
import { THIN_EVENTS_CRON, thinEventsJob } from '../training/thin-events.job.ts';
import { TrainModelHandler } from '../training/train-model.handler.ts';
import { trainModelJob } from '../training/train-model.job.ts';
import type { TrainingMessage, TrainingOrder } from '../training/train-model.thread.ts';
import { TrainingPaces } from '../training/training-paces.ts';
import { VERSION } from '../version.ts';
import { WorkerRegistry } from '../workers/worker-registry.ts';
import { openSharedParts } from './shared.ts';

/** A training that took all of the memory would take its worker along before anybody could end it. */
const SHARE_OF_MEMORY = 0.75;

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
  const [parts, jobs, changes] = await Promise.all([
    openSharedParts(config, access),
    openJobWorker(access, logger),
    openChangeHub(access, logger),
  ]);
  const { database, datasets, blobs, artifacts } = parts;
  // Its one connection bears the lock by which others see that this process lives.
  const registryDatabase = openDatabase(access, 1);
  const registry = new WorkerRegistry(registryDatabase, VERSION, logger);
  await registry.open();
  const thread = new StandbyThread<TrainingOrder, TrainingMessage>(
    threadFile(import.meta.url, '../training/train-model.thread'),
    threadFile(import.meta.url, '../training/training-helper.thread'),
  );
  const limits = {
    seconds: config.MAX_TRAINING_SECONDS,
    memoryBytes: config.MAX_TRAINING_MEMORY_BYTES ?? SHARE_OF_MEMORY * usableMemory(),
  };
  const paces = new TrainingPaces(database);
  const handler = new TrainModelHandler(
    { database, datasets, blobs, models: artifacts, jobs, registry, paces, changes, thread, limits },
    {
      threads: config.TRAINING_THREADS ?? availableParallelism(),
      maxAttempts: config.MAX_ATTEMPTS,
      maxConcurrentRuns: config.MAX_CONCURRENT_RUNS,
    },
    logger,
  );
  await jobs.work(trainModelJob, (payload, context) => handler.handle(payload, context), config.MAX_CONCURRENT_RUNS);
  const thinEvents = new ThinEventsHandler(database, config.EVENT_RETENTION_DAYS, logger);
  await jobs.work(thinEventsJob, (payload, context) => thinEvents.handle(payload, context), 1);
  await jobs.schedule(thinEventsJob, THIN_EVENTS_CRON, {});
  const lostRuns = new LostRuns(database, jobs, registry, config.MAX_ATTEMPTS, logger);
  return {
    async close() {
      await Promise.all([jobs.close(), lostRuns.close()]);
      await Promise.all([registry.close(), thread.close(), changes.close()]);
      await Promise.all([registryDatabase.close(), parts.close()]);
    },
  };
}

/** Of this machine, or of the container where that has less. */
function usableMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
