import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import postgres from 'postgres';
import { expect, inject, test } from 'vitest';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres/embedded-postgres.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';
import { embeddedAccess } from '../../src/processes/database-access.ts';
import { JOBS } from '../../src/processes/jobs.ts';
import { endsWithTest } from '../support/ends-with-test.ts';

test('changes that the app role made to itself, as PostgreSQL allows every role, end with the next start', async () => {
  const directory = await mkdtemp(join(inject('temporaryDirectory'), 'altered-'));
  await chmod(directory, 0o755);
  const embedded = await startEmbeddedPostgres({ directory, durable: false });
  const { access, appPassword } = embeddedAccess(embedded.ownerUrl);
  const use = async () => {
    const database = openDatabase(access, 1);
    try {
      await database.transaction({}, (tx) => tx.execute(sql`select 1`));
    } finally {
      await database.close();
    }
  };
  try {
    await migrate(access, JOBS, appPassword);
    const app = endsWithTest(postgres(access.appUrl, { max: 1 }), 'end');
    await app.unsafe(
      `alter role current_user set search_path = 'elsewhere'; alter role current_user password 'another'`,
    );
    await app.end();
    await expect(use()).rejects.toThrow(/password authentication failed|not available/);
    await migrate(access, JOBS, appPassword);
    await use();
    const owner = endsWithTest(postgres(embedded.ownerUrl, { max: 1 }), 'end');
    expect([...(await owner`select rolconfig from pg_roles where rolname = 'trainyard_app'`)]).toEqual([
      { rolconfig: null },
    ]);
    await owner.end();
  } finally {
    await embedded.stop();
  }
});
