import { writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { metricsTokenOf } from '../api/health/probes.ts';
import type { Config } from '../config.ts';
import { openJobWorker } from '../platform/jobs/jobs.ts';
import type { Logger } from '../platform/monitoring/logger.ts';
import { type ObserveRun, ProcessMetrics } from '../platform/monitoring/process-metrics.ts';
import { type DatabaseAccess, openDatabase } from '../platform/postgres/database.ts';
import { openNotificationHub } from '../platform/postgres/notifications.ts';
import { threadFile } from '../platform/threads/threads.ts';
import { WarmWorker } from '../platform/threads/warm-worker.ts';
import { TrainingDurations } from '../training/forecast/training-durations.ts';
import { PruneEventsHandler } from '../training/live/prune-events.handler.ts';
import { PRUNE_EVENTS_CRON, pruneEventsJob } from '../training/live/prune-events.job.ts';
import { OrphanedRunRecovery } from '../training/worker/orphaned-run-recovery.ts';
import { TrainModelHandler } from '../training/worker/train-model.handler.ts';
import { trainModelJob } from '../training/worker/train-model.job.ts';
import type { TrainingMessage, TrainingOrder } from '../training/worker/train-model.thread.ts';
import { VERSION } from '../version.ts';
import { WorkerRegistry } from '../workers/worker-registry.ts';
import { openHealthChecks } from './health-checks.ts';
import { startProbeServer } from './probe-server.ts';
import { openSharedParts } from './shared.ts';

/** What a training may take of the machine's memory where the system does not tell how much of it is left. */
const SHARE_OF_MEMORY = 0.75;

/** From -1,000, never, to 1,000, first; 0 is that of everyone else. */
const OOM_SCORE = '500';

/** A worker is gone within ten seconds of being told. */
const MAX_CLOSE_MILLISECONDS = 9_500;

/** A running worker process. */
export interface WorkerProcess {
  /** Where it answers probes; null where it does not. */
  readonly probePort: number | null;
  close(): Promise<void>;
}

/**
 * Starts a worker, which trains one run at a time, on a database that has been migrated. `observeRun` is told of what
 * becomes of runs, beside its own metrics.
 */
export async function startWorkerProcess(
  config: Config,
  access: DatabaseAccess,
  logger: Logger,
  observeRun: ObserveRun = () => undefined,
): Promise<WorkerProcess> {
  await offerToTheKernel();
  const metrics = new ProcessMetrics(VERSION);
  // Files before connections: what an operator must mend there is told before anything is open.
  const parts = await openSharedParts(config, access, metrics.observeWait);
  const [jobs, changes] = await Promise.all([
    openJobWorker(access, logger),
    openNotificationHub(access, logger, 'trainyard_commands'),
  ]);
  const { database, store, installation, datasets, blobs, artifacts } = parts;
  metrics.watch(database, store);
  const registryDatabases = { own: openDatabase(access, 1), others: openDatabase(access, 1) };
  const registry = new WorkerRegistry(registryDatabases, VERSION, logger);
  await registry.open();
  const thread = new WarmWorker<TrainingOrder, TrainingMessage>(
    threadFile(import.meta.url, '../training/worker/train-model.thread'),
    threadFile(import.meta.url, '../training/worker/pool-worker.thread'),
  );
  const limits = {
    seconds: config.MAX_TRAINING_SECONDS,
    memoryBytes: config.MAX_TRAINING_MEMORY_BYTES ?? memoryWhereNoneIsRead(),
  };
  const paces = new TrainingDurations(database);
  const tellBoth: ObserveRun = (report) => {
    metrics.observeRun(report);
    observeRun(report);
  };
  const tools = { database, datasets, blobs, models: artifacts, jobs, registry, paces, changes, thread, limits };
  const handler = new TrainModelHandler(
    { ...tools, observeRun: tellBoth },
    {
      trainedBy: `Trainyard ${VERSION}, Node.js ${process.version}, ${process.platform} ${process.arch}`,
      threads: config.TRAINING_THREADS ?? availableParallelism(),
      maxAttempts: config.MAX_ATTEMPTS,
      maxConcurrentRuns: config.MAX_CONCURRENT_RUNS,
    },
    logger,
  );
  await jobs.work(trainModelJob, (payload, context) => handler.handle(payload, context), config.MAX_CONCURRENT_RUNS);
  const pruneEvents = new PruneEventsHandler(database, config.EVENT_RETENTION_DAYS, logger);
  await jobs.work(pruneEventsJob, (payload, context) => pruneEvents.handle(payload, context), 1);
  await jobs.schedule(pruneEventsJob, PRUNE_EVENTS_CRON, {});
  const orphanedRunRecovery = new OrphanedRunRecovery(database, jobs, registry, config.MAX_ATTEMPTS, logger, tellBoth);
  const looks = openHealthChecks({ database, store, installation, queue: jobs }, logger);
  metrics.watchParts(looks);
  const probes =
    config.WORKER_PORT === null
      ? null
      : await startProbeServer(config.HOST, config.WORKER_PORT, {
          looks,
          metrics: metrics.registry,
          metricsToken: metricsTokenOf(config),
        });
  const closeInOrder = async () => {
    probes?.markShuttingDown();
    await Promise.all([registry.leave(), jobs.close(), orphanedRunRecovery.close()]);
    await probes?.close();
    metrics.close();
    await Promise.all([registry.close(), thread.close(), changes.close()]);
    await Promise.all([registryDatabases.own.close(), registryDatabases.others.close(), parts.close()]);
  };
  return {
    probePort: probes?.port ?? null,
    // A database that hangs holds up nobody who wants this process to end: others find its run.
    close: () => Promise.race([closeInOrder(), delay(MAX_CLOSE_MILLISECONDS, undefined, { ref: false })]),
  };
}

/** Linux tells what is left at any time; elsewhere a training may take a share of what the machine has. */
function memoryWhereNoneIsRead(): number | null {
  return process.platform === 'linux' ? null : SHARE_OF_MEMORY * totalmem();
}

/** Where the kernel runs out of memory all the same, it is to end the worker, whose run another takes over, and not the database. */
async function offerToTheKernel(): Promise<void> {
  await writeFile('/proc/self/oom_score_adj', OOM_SCORE).catch(() => undefined);
}
