import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.ts';
import type { DatabaseAccess } from '../../src/platform/postgres/database.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';
import { embeddedAccess } from '../../src/processes/database-access.ts';
import { JOBS } from '../../src/processes/jobs.ts';

/** A migrated database of the benchmark's own, as durable as that of `npm start`. */
export interface BenchmarkDatabase {
  readonly access: DatabaseAccess;
  /** A folder that is removed at the end. */
  readonly directory: string;
  stop(): Promise<void>;
}

/** Starts it on an empty folder. */
export async function startDatabase(): Promise<BenchmarkDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'trainyard-benchmark-'));
  // mkdtemp makes it 0700, which the user that PostgreSQL runs as for root could not enter.
  await chmod(directory, 0o755);
  const postgres = await startEmbeddedPostgres({ directory });
  const { access, appPassword } = embeddedAccess(postgres.ownerUrl);
  await migrate(access, JOBS, appPassword);
  return {
    access,
    directory,
    async stop() {
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
