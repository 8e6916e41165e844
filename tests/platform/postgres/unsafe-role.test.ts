import { sql } from 'drizzle-orm';
import { PgBoss } from 'pg-boss';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openJobWorker } from '../../../src/platform/jobs/jobs.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { APP_ROLE } from '../../../src/platform/postgres/app-role.ts';
import { type Database, type DatabaseAccess, openDatabase } from '../../../src/platform/postgres/database.ts';
import { openNotificationHub } from '../../../src/platform/postgres/notifications.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { expectError } from '../../support/expect-error.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { startTestServer } from '../../support/test-server.ts';

const logger = createLogger('silent', 'test');

let testDatabase: TestDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});

afterAll(() => testDatabase.drop());

/** Ways into the database that see, or could see, every workspace's rows, and what is said of them. */
const UNSAFE: readonly [string, RegExp, () => Promise<DatabaseAccess>][] = [
  ['has BYPASSRLS', /is a superuser or has BYPASSRLS/, () => testDatabase.accessAs('bypassrls')],
  ['is the owner, since a pooler dropped the role', /is a superuser/, async () => asOwner()],
  ['is a member of the owner’s role', /is a member of their owner/, () => memberOfOwner('inherit')],
  ['may take on the owner’s role', /is a member of their owner/, () => memberOfOwner('noinherit')],
  ['meets a table whose row-level security is off', /whose row-level security is off/, () => turnedOff()],
];

function asOwner(): DatabaseAccess {
  return { ...testDatabase.access, appUrl: testDatabase.access.ownerUrl };
}

/** The tables' owner must be no superuser, or being its member would be another thing. */
async function memberOfOwner(kind: string): Promise<DatabaseAccess> {
  const { owner } = testDatabase;
  const { role: tableOwner } = await testDatabase.accessAs();
  const member = await testDatabase.accessAs(kind);
  await owner.unsafe(`alter table artifacts owner to ${tableOwner}; grant ${tableOwner} to ${member.role}`);
  return member;
}

async function turnedOff(): Promise<DatabaseAccess> {
  const access = await testDatabase.accessAs();
  await testDatabase.owner.unsafe('alter table artifacts disable row level security');
  return access;
}

/** The reason why a transaction failed. */
async function reasonOf(database: Database): Promise<string> {
  const error = await database
    .transaction({}, (tx) => tx.execute(sql`select count(*) from users`))
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  return String((error as Error).cause);
}

describe.each(UNSAFE)('a connection whose role %s', (_, reason, accessOf) => {
  let access: DatabaseAccess;

  beforeAll(async () => {
    access = await accessOf();
  });

  afterAll(() => testDatabase.owner.unsafe('alter table artifacts enable row level security'));

  test('an unsafe role is not used for queries', async () => {
    const database = endsWithTest(openDatabase(access, 1));
    expect(await reasonOf(database)).toMatch(reason);
    // And again: a refused connection does not count as checked.
    expect(await reasonOf(database)).toMatch(reason);
  });

  test('a database with an unsafe role is not UP', async () => {
    const database = endsWithTest(openDatabase(access, 1));
    await expect(database.checkConnection()).rejects.toMatchObject({ code: 'TY001' });
  });

  test('an unsafe role does not listen for notifications', async () => {
    await expect(openNotificationHub(access, logger)).rejects.toThrow(reason);
  });

  test('an unsafe role takes no jobs and sends none', async () => {
    await expect(openJobWorker(access, logger)).rejects.toThrow(reason);
  });
});

test('a role that begins to bypass row-level security while the server runs is refused from then on', async () => {
  const access = await testDatabase.accessAs();
  const database = endsWithTest(openDatabase(access, 1));
  await database.transaction({}, (tx) => tx.execute(sql`select 1`));
  await testDatabase.owner.unsafe(`alter role ${access.role} bypassrls`);
  expect(await reasonOf(database)).toMatch(/BYPASSRLS/);
  await testDatabase.owner.unsafe(`alter role ${access.role} nobypassrls`);
  await database.transaction({}, (tx) => tx.execute(sql`select 1`));
});

test('a server whose role bypasses row-level security is not ready, and serves nobody', async () => {
  let role = '';
  const accessOf = async (database: TestDatabase) => {
    const access = await database.accessAs();
    role = access.role;
    return access;
  };
  const server = endsWithTest(await startTestServer({}, { worker: false, access: accessOf }));
  const client = await server.signUp();
  await server.database.owner.unsafe(`alter role ${role} bypassrls`);
  await eventually(async () => {
    const ready = await fetch(`${server.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(JSON.stringify(await ready.json())).toContain('UNSAFE_ROLE');
  });
  const { errors } = await client.request('{ datasets { totalCount } }');
  expectError(errors, 'SERVICE_UNAVAILABLE');
});

test('in migrated databases the app role may not create temporary tables', async () => {
  const template = new URL(inject('templateUrl')).pathname.slice(1);
  const [right] = await testDatabase.owner`select has_database_privilege(${APP_ROLE}, ${template}, 'temporary') as may`;
  expect(right).toEqual({ may: false });
});

test('the permissions on the queue’s schema suffice for its maintenance', async () => {
  const errors: Error[] = [];
  const boss = new PgBoss({
    ...{ connectionString: testDatabase.access.appUrl, schema: 'pgboss', migrate: false, createSchema: false },
    ...{ registerInstance: false, reindex: false, supervise: true, schedule: true, useListenNotify: true },
  });
  boss.on('error', (error) => errors.push(error));
  await boss.start();
  for (const name of ['train-model', 'thin-events']) {
    await boss.send(name, {});
    await boss.schedule(name, '0 0 * * *', {});
    const [job] = await boss.fetch(name);
    if (job === undefined) throw new Error('A job that was sent is not there.');
    if (name === 'train-model') await boss.complete(name, job.id);
    else await boss.fail(name, job.id, {});
    await boss.supervise(name);
    await boss.deleteJob(name, job.id);
    await boss.unschedule(name);
  }
  await boss.supervise();
  await boss.stop({ graceful: true });
  expect(errors).toEqual([]);
});

describe('the app role', () => {
  let app: postgres.Sql;

  beforeAll(() => {
    app = postgres(testDatabase.access.appUrl, { max: 1, onnotice: () => undefined });
  });

  afterAll(() => app.end());

  test.each([
    'create table public.users_of_mine ()',
    'create table pgboss.job_of_mine ()',
    'create schema mine',
    'create function public.refuse_unsafe_role(int) returns void language sql as $$ $$',
    `create or replace function public.refuse_unsafe_role() returns void language sql as ''`,
    'create role another',
    'alter role trainyard_app bypassrls',
    'alter role trainyard_app createrole',
    'alter table public.users disable row level security',
    'drop table pgboss.job',
    'truncate pgboss.job',
    'alter table pgboss.job add column mine int',
    `select pgboss.create_queue('mine', '{"policy": "standard", "partition": true}')`,
    `select pgboss.delete_queue('train-model')`,
    'delete from pgboss.queue',
    'delete from pgboss.version',
    'insert into pgboss.version values (99)',
    `insert into pgboss.bam (name, version, table_name, command) values ('a', 1, 'job', 'drop table job')`,
    `select pgboss.job_table_run('drop table pgboss.job')`,
    'insert into pgboss.instance default values',
    'select * from drizzle.__drizzle_migrations',
  ])('the app role may not %s', async (statement) => {
    await expect(app.unsafe(statement)).rejects.toMatchObject({
      message: expect.stringMatching(/permission denied|must be owner|Only roles with/),
    });
  });
});
