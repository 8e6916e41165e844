import { CachedHealthCheck, type HealthCheckIntervals } from '../api/health/cached-health-check.ts';
import type { HealthChecks } from '../api/health/health.resolver.ts';
import type { Installation } from '../installation/installation.service.ts';
import type { BlobStore } from '../platform/blob-store/blob-store.ts';
import { within } from '../platform/concurrency/with-timeout.ts';
import { FAULT_REMEDIES, FaultError } from '../platform/fault.ts';
import type { JobClient } from '../platform/jobs/jobs.ts';
import type { Logger } from '../platform/monitoring/logger.ts';
import type { Database } from '../platform/postgres/database.ts';

/** A file written, read and removed costs more than a row. */
const STORAGE_PACE: HealthCheckIntervals = { fresh: 5_000, refresh: 2_000 };

/** A write that has not come to an end by then waits for something. */
const WRITE_MILLISECONDS = 1_000;

/** A pool in which a transaction ended well so lately is busy, not broken. */
const PROGRESS_MILLISECONDS = 5_000;

interface Parts {
  readonly database: Database;
  readonly store: BlobStore;
  readonly installation: Installation;
  readonly queue: Pick<JobClient, 'check'>;
}

/** Looks at the parts that a process works with, by doing with each what the work does. */
export function openHealthChecks({ database, store, installation, queue }: Parts, logger: Logger): HealthChecks {
  const look = (part: string, check: () => Promise<void>, pace?: HealthCheckIntervals) =>
    new CachedHealthCheck(check, pace, (reason, error) => {
      if (reason === null) logger.info({ part }, 'ready again');
      else
        logger.error(
          { part, reason, ...(error === null ? {} : { err: error }) },
          `not ready: ${FAULT_REMEDIES[reason]}`,
        );
    });
  return {
    database: look('database', databaseCheck(database, installation)),
    storage: look('storage', () => checkStorage(store, installation), STORAGE_PACE),
    queue: look('queue', () => queue.check()),
  };
}

async function checkStorage(store: BlobStore, installation: Installation): Promise<void> {
  await installation.checkFolder();
  await store.check();
}

/**
 * Asks for a new connection, and writes through the pool that the work goes through. Where all of its connections are
 * taken the write waits for its turn; as long as others end meanwhile that is no fault: under load every process of an
 * installation would call itself DOWN, and the last one be gone.
 */
function databaseCheck(database: Database, installation: Installation): () => Promise<void> {
  let writing: Promise<void> | null = null;
  return async () => {
    await database.checkConnection();
    writing ??= installation.checkDatabase().finally(() => {
      writing = null;
    });
    const written = writing.then(() => true);
    if (await within(written, WRITE_MILLISECONDS, false)) return;
    if (performance.now() - database.stats().succeededAt > PROGRESS_MILLISECONDS) throw new FaultError('NO_ANSWER');
  };
}
