import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { ENDLESS, endlessCsv } from '../support/endless.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { eventually } from '../support/eventually.ts';
import { startTraining, train, uploadDataset } from '../support/operations.ts';
import { TestClient } from '../support/test-client.ts';
import { killProcessesWith, serve, start } from './command.ts';

let admin: postgres.Sql;
let folder: string;
const databases: string[] = [];
const roles: string[] = [];

beforeAll(async () => {
  admin = postgres(inject('templateUrl').replace(/\/[^/]*$/, '/template1'), { max: 1, onnotice: () => undefined });
  folder = await mkdtemp(join(tmpdir(), 'trainyard-own-'));
});

afterEach(() => killProcessesWith(folder));

afterAll(async () => {
  for (const name of databases) await admin.unsafe(`drop database ${name} with (force)`);
  for (const name of roles) await admin.unsafe(`drop role ${name}`);
  await admin.end();
  await rm(folder, { recursive: true, force: true });
});

/** An empty database of an operator, owned by a role that is no superuser. */
async function operatorsDatabase({ mayCreateRoles }: { mayCreateRoles: boolean }) {
  const name = `own_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  await admin.unsafe(`create role ${name} login password 'operator' ${mayCreateRoles ? 'createrole' : ''}`);
  await admin.unsafe(`create database ${name} owner ${name}`);
  roles.unshift(name);
  databases.push(name);
  const url = new URL(inject('templateUrl'));
  url.pathname = name;
  url.username = name;
  url.password = 'operator';
  return { name, url };
}

const query = `select count(*)::int as count from pg_tables where schemaname = $1 and tablename = 'training_runs'`;

test('with one URL the owner migrates, and the server works under a role that owns nothing', async () => {
  const { name, url } = await operatorsDatabase({ mayCreateRoles: true });
  // Roles belong to the whole cluster, and the tests' own database has made this one already.
  await admin.unsafe(`grant trainyard_app to ${name} with admin option`);
  const command = await serve({ DATABASE_URL: url.href, DATA_DIRECTORY: folder });
  const client = new TestClient(command.url, null);
  await client.execute('mutation { signUp(input: { email: "a@example.com", password: "12345678" }) { accessToken } }');
  const owner = endsWithTest(postgres(url.href, { max: 1 }), 'end');
  expect((await owner.unsafe(query, ['public']))[0]).toMatchObject({ count: 1 });
  const users =
    await owner`select usename, query from pg_stat_activity where datname = ${name} and application_name like 'trainyard%'`;
  expect(users.length).toBeGreaterThan(0);
  await owner.end();
  command.process.kill('SIGTERM');
  expect(await command.ended).toBe(0);
});

test('with one URL the run of a killed worker is resumed', async () => {
  const { name, url } = await operatorsDatabase({ mayCreateRoles: true });
  await admin.unsafe(`grant trainyard_app to ${name} with admin option`);
  const command = await serve({ DATABASE_URL: url.href, DATA_DIRECTORY: folder });
  const { signUp } = await new TestClient(command.url, null).execute<{ signUp: { accessToken: string } }>(
    'mutation { signUp(input: { email: "a@example.com", password: "12345678" }) { accessToken } }',
  );
  const client = new TestClient(command.url, signUp.accessToken);
  const datasetId = (await uploadDataset(client, endlessCsv())).id;
  const id = await startTraining(client, { datasetId, parameters: ENDLESS });
  const attempt = async (): Promise<number> => {
    const { trainingRun } = await client.execute<{ trainingRun: { attempt: number } }>(
      'query ($id: ID!) { trainingRun(id: $id) { attempt } }',
      { id },
    );
    return trainingRun.attempt;
  };
  await eventually(async () => expect(await attempt()).toBe(1));
  const inDatabase = new URL(inject('templateUrl'));
  inDatabase.pathname = name;
  const superuser = endsWithTest(postgres(inDatabase.href, { max: 1 }), 'end');
  const [worker] = await superuser<{ processId: number }[]>`select process_id as "processId" from workers
    where kind = 'TRAINING'`;
  await superuser.end();
  process.kill(worker?.processId ?? Number.NaN, 'SIGKILL');
  await eventually(async () => expect(await attempt()).toBe(2));
  await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });
  command.process.kill('SIGTERM');
  expect(await command.ended).toBe(0);
});

test('with two URLs the server signs in as a role of its own', async () => {
  const { name, url } = await operatorsDatabase({ mayCreateRoles: false });
  const app = `${name}_app`;
  await admin.unsafe(`create role ${app} login password 'app'`);
  roles.push(app);
  const appUrl = new URL(url);
  appUrl.username = app;
  appUrl.password = 'app';
  const command = await serve({ DATABASE_URL: appUrl.href, DATABASE_OWNER_URL: url.href, DATA_DIRECTORY: folder });
  const client = new TestClient(command.url, null);
  await client.execute('mutation { signUp(input: { email: "a@example.com", password: "12345678" }) { accessToken } }');
  command.process.kill('SIGTERM');
  expect(await command.ended).toBe(0);
});

test('a role that bypasses row-level security is refused', async () => {
  const { url } = await operatorsDatabase({ mayCreateRoles: false });
  const command = start(['serve'], {
    DATABASE_URL: url.href,
    DATABASE_OWNER_URL: url.href,
    DATA_DIRECTORY: folder,
    PORT: '0',
  });
  expect(await command.ended).toBe(1);
  expect(command.output()).toContain('DATABASE_OWNER_URL');
});

test('a role that is a member of the owner’s is refused, and accepted once it is no longer', async () => {
  const { name, url } = await operatorsDatabase({ mayCreateRoles: false });
  const app = `${name}_app`;
  await admin.unsafe(`create role ${app} login password 'app' in role ${name}`);
  roles.unshift(app);
  const appUrl = new URL(url);
  appUrl.username = app;
  appUrl.password = 'app';
  const settings = { DATABASE_URL: appUrl.href, DATABASE_OWNER_URL: url.href, DATA_DIRECTORY: folder };
  const refused = start(['migrate'], settings);
  expect(await refused.ended).toBe(1);
  const { msg } = JSON.parse(refused.output()) as { msg: string };
  expect(msg).toContain(`The role "${app}" of this connection owns tables or is a member of their owner`);
  await admin.unsafe(`revoke ${name} from ${app}`);
  expect(await start(['migrate'], settings).ended).toBe(0);
  const owner = endsWithTest(postgres(url.href, { max: 1 }), 'end');
  // Not even the owner looks behind the wall without taking it away first.
  await expect(owner`set row_security = off; select from training_runs`.simple()).rejects.toThrow('row-level security');
  await owner.end();
});

test('an owner that may not create roles is told what to run', async () => {
  const { url } = await operatorsDatabase({ mayCreateRoles: false });
  const command = start(['migrate'], { DATABASE_URL: url.href, DATA_DIRECTORY: folder });
  expect(await command.ended).toBe(1);
  const { msg } = JSON.parse(command.output()) as { msg: string };
  const remedy = /As a superuser run "(.*)", or/.exec(msg)?.[1] ?? 'nothing';
  expect(remedy).toContain('grant trainyard_app to');
  // What is printed is what helps: the role is there already, as all tests share it.
  await admin.unsafe(remedy);
  expect(await start(['migrate'], { DATABASE_URL: url.href, DATA_DIRECTORY: folder }).ended).toBe(0);
});

test.each([
  ['SQL_ASCII', 'has the encoding SQL_ASCII; Trainyard needs UTF8'],
  ['LATIN1', 'has the encoding LATIN1; Trainyard needs UTF8'],
])('a database with the encoding %s is refused', async (encoding, reason) => {
  const { name, url } = await operatorsDatabase({ mayCreateRoles: true });
  await admin.unsafe(
    `create database ${name}_2 owner ${name} encoding '${encoding}' locale_provider libc lc_collate 'C' lc_ctype 'C' template template0`,
  );
  databases.push(`${name}_2`);
  url.pathname = `${name}_2`;
  const command = start(['migrate'], { DATABASE_URL: url.href, DATA_DIRECTORY: folder });
  expect(await command.ended).toBe(1);
  expect(command.output()).toContain(reason);
});

test('dates are read correctly, whatever DateStyle the database has', async () => {
  const { name, url } = await operatorsDatabase({ mayCreateRoles: true });
  await admin.unsafe(`grant trainyard_app to ${name} with admin option`);
  await admin.unsafe(
    `alter database ${name} set DateStyle = 'German'; alter database ${name} set TimeZone = 'Asia/Tokyo'`,
  );
  const command = await serve({ DATABASE_URL: url.href, DATA_DIRECTORY: folder });
  const anonymous = new TestClient(command.url, null);
  const { signUp } = await anonymous.execute<{ signUp: { accessToken: string } }>(
    'mutation { signUp(input: { email: "a@example.com", password: "12345678" }) { accessToken } }',
  );
  const client = new TestClient(command.url, signUp.accessToken);
  const before = Date.now();
  const dataset = await uploadDataset(client, flowersCsv());
  const run = await train(client, { datasetId: dataset.id, algorithm: 'BASELINE' });
  const { trainingRun } = await client.execute<{ trainingRun: { createdAt: string; finishedAt: string } }>(
    'query ($id: ID!) { trainingRun(id: $id) { createdAt finishedAt } }',
    { id: run.id },
  );
  for (const timestamp of [trainingRun.createdAt, trainingRun.finishedAt]) {
    expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(before - 1);
    expect(Date.parse(timestamp)).toBeLessThanOrEqual(Date.now() + 1);
  }
  command.process.kill('SIGTERM');
  expect(await command.ended).toBe(0);
});

test('several processes that start at once migrate once', async () => {
  const { name, url } = await operatorsDatabase({ mayCreateRoles: true });
  await admin.unsafe(`grant trainyard_app to ${name} with admin option`);
  const settings = { DATABASE_URL: url.href, DATA_DIRECTORY: folder };
  const ends = await Promise.all([0, 1, 2].map(() => start(['migrate'], settings).ended));
  expect(ends).toEqual([0, 0, 0]);
});

test('api and worker require a database that outlives them', async () => {
  for (const name of ['api', 'worker', 'migrate']) {
    const command = start([name], { DATA_DIRECTORY: folder });
    expect(await command.ended).toBe(1);
    expect(command.output()).toContain('DATABASE_URL');
  }
});
