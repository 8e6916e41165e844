import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import connect from 'postgres';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';
import { embeddedAccess } from '../../src/processes/database-access.ts';
import { JOBS } from '../../src/processes/jobs.ts';
import { buildDist } from './build-dist.ts';
import { offerS3Server } from './offered-s3-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The owner's URL of a migrated database that is only ever copied. */
    templateUrl: string;
    /** A folder that is removed after the tests. */
    temporaryDirectory: string;
    /** The socket at which the process that runs the tests tells of their object store. */
    s3Socket: string;
  }
}

/** One PostgreSQL for all tests, with a migrated database of which every test file gets a copy of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Every upload and every training starts a thread from source: with this it need not strip and compile it each time.
  process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'trainyard-tests-compiled');
  await buildDist();
  const directory = await mkdtemp(join(tmpdir(), 'trainyard-tests-'));
  // mkdtemp makes it 0700, which the user that PostgreSQL runs as for root could not enter.
  await chmod(directory, 0o755);
  const postgres = await startEmbeddedPostgres({ directory, durable: false });
  // A database of its own: PostgreSQL copies only one that nobody is connected to.
  const template = new URL(postgres.ownerUrl);
  template.pathname = 'trainyard_template';
  const owner = connect(postgres.ownerUrl, { max: 1 });
  await owner.unsafe('create database trainyard_template');
  await owner.end();
  const { access, appPassword } = embeddedAccess(template.href);
  await migrate(access, JOBS, appPassword);
  project.provide('templateUrl', template.href);
  project.provide('temporaryDirectory', directory);
  const s3Socket = join(directory, 's3.sock');
  project.provide('s3Socket', s3Socket);
  const endS3Server = await offerS3Server(s3Socket);
  return async () => {
    await Promise.all([endS3Server(), postgres.stop()]);
    await rm(directory, { recursive: true, force: true });
  };
}
