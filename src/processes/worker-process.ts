import { writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { metricsTokenOf } from '../api/health/probes.ts';
import { PruneAuditHandler } from '../auth/audit/prune-audit.handler.ts';
import { PRUNE_AUDIT_CRON, pruneAuditJob } from '../auth/audit/prune-audit.job.ts';
import type { Config } from '../config.ts';
import { ExpireUploadsHandler } from '../datasets/upload-sessions/expire-uploads.handler.ts';
import { EXPIRE_UPLOADS_CRON, expireUploadsJob } from '../datasets/upload-sessions/expire-uploads.job.ts';
import { OrphanedJobRecovery } from '../jobs/workers/orphaned-job-recovery.ts';
import { openRegistryDatabases, WorkerRegistry } from '../jobs/workers/worker-registry.ts';
import { type JobWorker, openJobWorker } from '../platform/jobs/jobs.ts';
import type { Logger } from '../platform/monitoring/logger.ts';
import { type ObserveRun, ProcessMetrics } from '../platform/monitoring/process-metrics.ts';
import type { PartStore } from '../platform/part-store/part-store.ts';
import type { DatabaseAccess } from '../platform/postgres/database.ts';
import { openNotificationHub } from '../platform/postgres/notifications.ts';
import { poolSize } from '../platform/threads/pool-size.ts';
import { openBatchPredicting } from '../predictions/batch/worker/open-batch-predicting.ts';
import { LimitedModelWriter, ModelRemoval } from '../retention/models/model-removal.service.ts';
import { openTrainingHost } from '../training/distributed/hosts/open-training-host.ts';
import { PruneEventsHandler } from '../training/events/prune-events.handler.ts';
import { PRUNE_EVENTS_CRON, pruneEventsJob } from '../training/events/prune-events.job.ts';
import { TrainingDurations } from '../training/forecast/training-durations.ts';
import { TrainingRunService } from '../training/runs/training-run.service.ts';
import { requeueOrphanedRun } from '../training/worker/requeue-orphaned-run.ts';
import { type TrainingDependencies, TrainModelHandler } from '../training/worker/train-model.handler.ts';
import { trainModelJob } from '../training/worker/train-model.job.ts';
import { VERSION } from '../version.ts';
import { openHealthChecks } from './health-checks.ts';
import { startProbeServer } from './probe-server.ts';
import { handleRetentionJobs } from './retention-jobs.ts';
import { openSharedServices } from './services/shared-services.ts';
import { startTrainingThreads, trainingOnHosts } from './services/training-on-hosts.ts';

/** Share of the machine's memory for a training if free memory cannot be determined. */
const SHARE_OF_MEMORY = 0.75;

/** From -1,000, never, to 1,000, first; 0 is that of everyone else. */
const OOM_SCORE = '500';

/** A worker exits within ten seconds. */
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
  await raiseOomScore();
  const metrics = new ProcessMetrics(VERSION);
  // Files before connections, so that errors of the setup are reported before anything is open.
  const services = await openSharedServices(config, access, metrics);
  const [jobs, changes] = await Promise.all([
    openJobWorker(access, logger),
    openNotificationHub(access, logger, 'trainyard_commands'),
  ]);
  const { database, store, installation, datasets, blobs, artifacts } = services;
  metrics.monitor(database, store);
  const registryDatabases = openRegistryDatabases(access);
  const registry = new WorkerRegistry('TRAINING', registryDatabases, VERSION, logger);
  await registry.open();
  const { thread, shards } = startTrainingThreads();
  const durations = new TrainingDurations(database);
  const observeBoth: ObserveRun = (report) => {
    metrics.observeRun(report);
    observeRun(report);
  };
  const removal = new ModelRemoval({ database, blobs, observeRun: observeBoth });
  const models = new LimitedModelWriter(artifacts, removal, config.MAX_MODEL_ARTIFACTS);
  const dependencies = {
    ...{ database, datasets, blobs, models, jobs, registry, durations, changes, thread, limits: limitsOf(config) },
    ...{ storedModels: artifacts, observeRun: observeBoth },
    onHosts: trainingOnHosts({ database, blobs, changes, thread: shards }, config),
  };
  await handleJobs(config, dependencies, services.parts, jobs, logger);
  await handleRetentionJobs(config, dependencies, jobs, logger);
  const requeueing = { database, jobs, maxAttempts: config.MAX_ATTEMPTS, observeRun: observeBoth, logger };
  const orphanedRunRecovery = new OrphanedJobRecovery({
    ...{ jobs, registry, job: trainModelJob, logger },
    requeue: (orphan) => requeueOrphanedRun(orphan, requeueing),
  });
  const predicting = await openBatchPredicting({
    ...{ config, access, database, datasets, artifacts, blobs, jobs, changes, logger, version: VERSION },
    runs: new TrainingRunService(database),
  });
  const host = await openTrainingHost({ config, database, blobs, changes, logger });
  const healthChecks = openHealthChecks({ database, store, installation, queue: jobs }, logger);
  metrics.monitorParts(healthChecks);
  const probes =
    config.WORKER_PORT === null
      ? null
      : await startProbeServer(config.HOST, config.WORKER_PORT, {
          healthChecks,
          metrics: metrics.registry,
          metricsToken: metricsTokenOf(config),
        });
  const closeInOrder = async () => {
    probes?.markShuttingDown();
    await Promise.all([host?.close(), registry.leave(), predicting.leave(), jobs.close(), orphanedRunRecovery.close()]);
    await probes?.close();
    metrics.close();
    await Promise.all([registry.close(), predicting.close(), thread.close(), shards.close(), changes.close()]);
    await Promise.all([registryDatabases.own.close(), registryDatabases.others.close(), services.close()]);
  };
  return {
    probePort: probes?.port ?? null,
    // A hanging database must not delay the exit: other workers recover the run.
    close: () => Promise.race([closeInOrder(), delay(MAX_CLOSE_MILLISECONDS, undefined, { ref: false })]),
  };
}

/** Begins to take jobs: trainings, the nightly pruning of events and of the audit log, and the expiry of uploads. */
async function handleJobs(
  config: Config,
  dependencies: TrainingDependencies,
  parts: PartStore,
  jobs: JobWorker,
  logger: Logger,
): Promise<void> {
  const settings = {
    trainedBy: `Trainyard ${VERSION}, Node.js ${process.version}, ${process.platform} ${process.arch}`,
    threads: config.TRAINING_THREADS ?? poolSize(),
    maxAttempts: config.MAX_ATTEMPTS,
    maxConcurrentRuns: config.MAX_CONCURRENT_RUNS,
  };
  const training = new TrainModelHandler(dependencies, settings, logger);
  await jobs.work(trainModelJob, (payload, context) => training.handle(payload, context), config.MAX_CONCURRENT_RUNS);
  const pruning = new PruneEventsHandler(dependencies.database, config.EVENT_RETENTION_DAYS, logger);
  await jobs.work(pruneEventsJob, (payload, context) => pruning.handle(payload, context), 1);
  await jobs.schedule(pruneEventsJob, PRUNE_EVENTS_CRON, {});
  const pruningAudit = new PruneAuditHandler(dependencies.database, config.AUDIT_RETENTION_DAYS, logger);
  await jobs.work(pruneAuditJob, (payload, context) => pruningAudit.handle(payload, context), 1);
  await jobs.schedule(pruneAuditJob, PRUNE_AUDIT_CRON, {});
  const expiring = new ExpireUploadsHandler(dependencies.database, parts, logger);
  await jobs.work(expireUploadsJob, (payload, context) => expiring.handle(payload, context), 1);
  await jobs.schedule(expireUploadsJob, EXPIRE_UPLOADS_CRON, {});
}

function limitsOf({ MAX_TRAINING_SECONDS, MAX_TRAINING_MEMORY_BYTES }: Config): TrainingDependencies['limits'] {
  return { seconds: MAX_TRAINING_SECONDS, memoryBytes: MAX_TRAINING_MEMORY_BYTES ?? fallbackMemoryLimit() };
}

/** Linux tells what is left at any time; elsewhere a training may take a share of what the machine has. */
function fallbackMemoryLimit(): number | null {
  return process.platform === 'linux' ? null : SHARE_OF_MEMORY * totalmem();
}

/** Where the kernel runs out of memory all the same, it is to end the worker, whose run another takes over, and not the database. */
async function raiseOomScore(): Promise<void> {
  await writeFile('/proc/self/oom_score_adj', OOM_SCORE).catch(() => undefined);
}
