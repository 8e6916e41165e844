import { CachedHealthCheck, type HealthCheckIntervals } from '../api/health/cached-health-check.ts';
import type { HealthChecks } from '../api/health/health.resolver.ts';
import type { Installation } from '../installation/installation.service.ts';
import type { BlobStore } from '../platform/blob-store/blob-store.ts';
import { withTimeout } from '../platform/concurrency/with-timeout.ts';
import { FAULT_REMEDIES, FaultError } from '../platform/fault.ts';
import type { JobClient } from '../platform/jobs/jobs.ts';
import type { Logger } from '../platform/monitoring/logger.ts';
import type { Database } from '../platform/postgres/database.ts';

/** Storage checks are more expensive than database checks. */
const STORAGE_INTERVALS: HealthCheckIntervals = { fresh: 5_000, refresh: 2_000 };

/** Timeout of the write. */
const WRITE_MILLISECONDS = 1_000;

/** A pool with a successful transaction this recently is busy, not broken. */
const PROGRESS_MILLISECONDS = 5_000;

interface Parts {
  readonly database: Database;
  readonly store: BlobStore;
  readonly installation: Installation;
  readonly queue: Pick<JobClient, 'check'>;
}

/** Health checks of the parts of a process, which use each part the way the real work does. */
export function openHealthChecks({ database, store, installation, queue }: Parts, logger: Logger): HealthChecks {
  const createCheck = (part: string, check: () => Promise<void>, intervals?: HealthCheckIntervals) =>
    new CachedHealthCheck(check, intervals, (reason, error) => {
      if (reason === null) logger.info({ part }, 'ready again');
      else {
        logger.error(
          { part, reason, ...(error === null ? {} : { err: error }) },
          `not ready: ${FAULT_REMEDIES[reason]}`,
        );
      }
    });
  return {
    database: createCheck('database', databaseCheck(database, installation)),
    storage: createCheck('storage', () => checkStorage(store, installation), STORAGE_INTERVALS),
    queue: createCheck('queue', () => queue.check()),
  };
}

async function checkStorage(store: BlobStore, installation: Installation): Promise<void> {
  await installation.checkStore();
  await store.check();
}

/**
 * Opens a new connection, and writes through the pool. If all connections of the pool are busy, the write waits; as long as
 * other transactions succeed meanwhile, that is not a fault: otherwise all processes would become DOWN under load.
 */
function databaseCheck(database: Database, installation: Installation): () => Promise<void> {
  let writing: Promise<void> | null = null;
  return async () => {
    await database.checkConnection();
    writing ??= installation.checkDatabase().finally(() => {
      writing = null;
    });
    const written = writing.then(() => true);
    if (await withTimeout(written, WRITE_MILLISECONDS, false)) return;
    if (performance.now() - database.stats().succeededAt > PROGRESS_MILLISECONDS) throw new FaultError('NO_ANSWER');
  };
}
