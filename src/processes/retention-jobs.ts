import type { BlobService } from '../blobs/blob.service.ts';
import type { Config } from '../config.ts';
import { TokenBucket } from '../platform/concurrency/token-bucket.ts';
import { type JobWorker, openJobClient } from '../platform/jobs/jobs.ts';
import type { Logger } from '../platform/monitoring/logger.ts';
import type { ObserveRun } from '../platform/monitoring/process-metrics.ts';
import type { Database, DatabaseAccess } from '../platform/postgres/database.ts';
import { BatchExpiry } from '../retention/batches/batch-expiry.service.ts';
import { DatasetRemoval } from '../retention/datasets/dataset-removal.service.ts';
import { RemoveDatasetHandler } from '../retention/datasets/remove-dataset.handler.ts';
import { removeDatasetJob } from '../retention/datasets/remove-dataset.job.ts';
import { ExpireDatasetsHandler } from '../retention/expiry/expire-datasets.handler.ts';
import { EXPIRE_DATASETS_CRON, expireDatasetsJob } from '../retention/expiry/expire-datasets.job.ts';
import { Expiry } from '../retention/expiry/expiry.service.ts';
import { RunExpiry } from '../retention/runs/run-expiry.service.ts';
import { SWEEP_CRON, sweepJob } from '../retention/sweep/sweep.job.ts';
import { Sweep } from '../retention/sweep/sweep.service.ts';
import { removeWorkspaceJob } from '../retention/workspaces/remove-workspace.job.ts';
import { WorkspaceRemoval } from '../retention/workspaces/workspace-removal.service.ts';
import { TrainingFiles } from '../training/distributed/files/training-files.service.ts';
import { RunArchive } from '../training/runs/run-archive.service.ts';
import { openSharedServices } from './services/shared-services.ts';

/** What the jobs work on. */
interface Parts {
  readonly database: Database;
  readonly blobs: BlobService;
  readonly observeRun: ObserveRun;
}

/** Begins to take the jobs that remove things: unfinished deletions, and what has expired. */
export async function handleRetentionJobs(
  config: Config,
  { database, blobs, observeRun }: Parts,
  jobs: JobWorker,
  logger: Logger,
): Promise<void> {
  const rate = new TokenBucket(config.MAX_FILE_REMOVALS_PER_SECOND);
  const removal = new DatasetRemoval({ database, blobs, jobs, observeRun, rate, logger });
  const removing = new RemoveDatasetHandler(removal);
  await jobs.work(removeDatasetJob, (payload, context) => removing.handle(payload, context), 1);
  const workspaces = new WorkspaceRemoval({ database, blobs, rate, observeRun, logger });
  await jobs.work(
    removeWorkspaceJob,
    async ({ workspaceId }, { signal }) => void (await workspaces.carryOut(workspaceId, signal)),
    1,
  );
  const expiry = new Expiry({ database, jobs, removal, settings: config });
  const batchExpiry = new BatchExpiry({ database, blobs, observeRun, rate, settings: config });
  const expiring = new ExpireDatasetsHandler(database, expiry, batchExpiry, logger);
  await jobs.work(expireDatasetsJob, (payload, context) => expiring.handle(payload, context), 1);
  await jobs.schedule(expireDatasetsJob, EXPIRE_DATASETS_CRON, {});
  const graceHours = config.ORPHAN_GRACE_HOURS;
  const runExpiry = runExpiryOf(config, { database, blobs, observeRun }, rate);
  const trainingFiles = new TrainingFiles(database, blobs);
  const sweep = new Sweep({
    database,
    blobs,
    removal,
    workspaces,
    runExpiry,
    trainingFiles,
    observeRun,
    rate,
    logger,
    graceHours,
  });
  await jobs.work(sweepJob, async (_payload, { signal }) => void (await sweep.run(false, signal)), 1);
  await jobs.schedule(sweepJob, SWEEP_CRON, {});
}

/** Sweeps once, and logs what was found. */
export async function runSweep(
  config: Config,
  access: DatabaseAccess,
  isDryRun: boolean,
  logger: Logger,
): Promise<void> {
  const observeRun: ObserveRun = () => undefined;
  const services = await openSharedServices(config, access, null);
  try {
    const jobs = await openJobClient(access, logger);
    try {
      const { database, blobs } = services;
      const rate = new TokenBucket(config.MAX_FILE_REMOVALS_PER_SECOND);
      const removal = new DatasetRemoval({ database, blobs, jobs, observeRun, rate, logger });
      const workspaces = new WorkspaceRemoval({ database, blobs, rate, observeRun, logger });
      const graceHours = config.ORPHAN_GRACE_HOURS;
      const runExpiry = runExpiryOf(config, { database, blobs, observeRun }, rate);
      const sweep = new Sweep({
        database,
        blobs,
        removal,
        workspaces,
        runExpiry,
        trainingFiles: new TrainingFiles(database, blobs),
        observeRun,
        rate,
        logger,
        graceHours,
      });
      await sweep.run(isDryRun);
    } finally {
      await jobs.close();
    }
  } finally {
    await services.close();
  }
}

function runExpiryOf(settings: Config, parts: Parts, rate: TokenBucket): RunExpiry {
  return new RunExpiry({ ...parts, archive: new RunArchive(parts.database), rate, settings });
}
