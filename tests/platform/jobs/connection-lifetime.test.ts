import { PgBoss } from 'pg-boss';
import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { createTestDatabase } from '../../support/test-database.ts';

// pg-boss's types do not have the option, so nothing but this test would tell that an upgrade no longer passes it on.
test('pg-boss passes maxLifetimeSeconds on to its pool, which replaces old connections', async () => {
  const database = await createTestDatabase();
  const boss = new PgBoss({
    connectionString: database.access.appUrl,
    ...{ maxLifetimeSeconds: 1 },
    max: 1,
    schedule: false,
    supervise: false,
    migrate: false,
    createSchema: false,
    registerInstance: false,
  });
  await boss.start();
  try {
    const backend = async () =>
      (await boss.getDb().executeSql('select pg_backend_pid() as pid', [])).rows[0].pid as number;
    const first = await backend();
    await eventually(async () => expect(await backend()).not.toBe(first));
  } finally {
    await boss.stop({ graceful: false });
    await database.drop();
  }
});
