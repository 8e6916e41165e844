import type { Config } from '../../../config.ts';
import { OrphanedJobRecovery } from '../../../jobs/workers/orphaned-job-recovery.ts';
import { openRegistryDatabases, WorkerRegistry } from '../../../jobs/workers/worker-registry.ts';
import type { JobWorker } from '../../../platform/jobs/jobs.ts';
import type { Logger } from '../../../platform/monitoring/logger.ts';
import type { DatabaseAccess } from '../../../platform/postgres/database.ts';
import { type ReadingDependencies, ReadUploadHandler } from './read-upload.handler.ts';
import { readUploadJob } from './read-upload.job.ts';
import { requeueOrphanedUpload } from './requeue-orphaned-upload.ts';

/** Completed uploads of one workspace that are read at once, by however many processes: the others get their turn. */
const MAX_OF_WORKSPACE = 2;

/** The processes that read watch over each other less often than those that train: there are few uploads, and many APIs. */
const RECOVERY_MILLISECONDS = 1_000;

/** What an API process needs to read completed uploads. */
export interface UploadReadingOptions extends Omit<ReadingDependencies, 'registry' | 'jobs'> {
  readonly config: Pick<Config, 'MAX_ATTEMPTS'>;
  readonly access: DatabaseAccess;
  readonly jobs: JobWorker;
  /** Of the program, for the registry. */
  readonly version: string;
  readonly logger: Logger;
}

/** Completed uploads are read by API processes, one at a time in each: see docs/adr/0020. */
export interface UploadReading {
  /** Takes no more uploads; one that is being read is queued for another process. Also ends the queue's client. */
  close(): Promise<void>;
}

export async function openUploadReading(options: UploadReadingOptions): Promise<UploadReading> {
  const { config, access, version, logger, ...dependencies } = options;
  const { database, jobs, parts, observeUpload } = dependencies;
  const registryDatabases = openRegistryDatabases(access);
  const registry = new WorkerRegistry('READING', registryDatabases, version, logger);
  await registry.open();
  const handler = new ReadUploadHandler({ ...dependencies, registry }, config.MAX_ATTEMPTS, logger);
  await jobs.work(readUploadJob, (payload, context) => handler.handle(payload, context), MAX_OF_WORKSPACE);
  const requeueing = { database, jobs, parts, observeUpload, logger, maxAttempts: config.MAX_ATTEMPTS };
  const recovery = new OrphanedJobRecovery({
    jobs,
    registry,
    job: readUploadJob,
    logger,
    pollMilliseconds: RECOVERY_MILLISECONDS,
    requeue: (orphan) => requeueOrphanedUpload(orphan, requeueing),
  });
  return {
    async close() {
      await Promise.all([registry.leave(), jobs.close(), recovery.close()]);
      await registry.close();
      await Promise.all([registryDatabases.own.close(), registryDatabases.others.close()]);
    },
  };
}
