import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Config, readConfig } from '../../../src/config.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { type ApiProcess, startApiProcess } from '../../../src/processes/api-process.ts';
import { start } from '../../processes/command.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { eventually } from '../../support/eventually.ts';
import { completeUpload, createUpload, followUpload, readUpload, sendParts } from '../../support/part-upload.ts';
import { SECRETS } from '../../support/secrets.ts';
import { TestClient } from '../../support/test-client.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

const FILE = new TextEncoder().encode(String(flowersCsv(400).content));

let directory: string;
let database: TestDatabase;
let config: Config;
const apis: ApiProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trainyard-test-'));
  database = await createTestDatabase();
  // The same as those of the other process, whose tokens it is to accept.
  config = readConfig({
    ...SECRETS,
    DATA_DIRECTORY: directory,
    PORT: '0',
    UPLOAD_PART_BYTES: '1000',
    MAX_ATTEMPTS: '3',
  });
});

afterEach(async () => {
  await Promise.all(apis.splice(0).map((api) => api.close()));
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

async function startApi(): Promise<ApiProcess> {
  const api = await startApiProcess(config, database.access, createLogger('fatal', 'test'));
  apis.push(api);
  return api;
}

async function stop(api: ApiProcess): Promise<void> {
  apis.splice(apis.indexOf(api), 1);
  await api.close();
}

async function signUp(url: string): Promise<TestClient> {
  const { signUp: session } = await new TestClient(url, null).execute<{ signUp: { accessToken: string } }>(
    'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }',
    { input: { email: 'reader@example.com', password: 'correct horse battery' } },
  );
  return new TestClient(url, session.accessToken);
}

/** No upload can be stored until it is released. */
async function holdStores(): Promise<() => Promise<void>> {
  const sql = await database.owner.reserve();
  await sql`begin`;
  await sql`lock table blobs in share mode`;
  return async () => {
    await sql`rollback`;
    sql.release();
  };
}

const untilRead = (client: TestClient, id: string) =>
  eventually(async () => expect((await readUpload(client, id))?.status).toBe('READING'));

async function expectOneDataset(client: TestClient): Promise<void> {
  const { datasets } = await client.execute<{ datasets: { totalCount: number } }>('{ datasets { totalCount } }');
  expect(datasets.totalCount).toBe(1);
}

const attemptsOf = async (id: string) =>
  (await database.owner`select attempt, lost_attempts from upload_sessions where id = ${id}`)[0];

test('a file whose reader is killed is read by another process, and stored once', async () => {
  const { appUrl, ownerUrl } = database.access;
  const command = start(['api'], {
    ...{ DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, DATA_DIRECTORY: directory, PORT: '0' },
    ...{ UPLOAD_PART_BYTES: '1000', MAX_ATTEMPTS: '3', LOG_LEVEL: 'info' },
  });
  const release = await holdStores();
  try {
    const client = await signUp(await command.printed(/"address":"(http[^"]+)"/));
    const session = await createUpload(client, 'flowers.csv', FILE.length);
    await sendParts(client, session, FILE);
    await completeUpload(client, session.id);
    await untilRead(client, session.id);
    command.process.kill('SIGKILL');
    await command.ended;
    const other = new TestClient((await startApi()).url, client.token);
    await eventually(async () => expect(await attemptsOf(session.id)).toEqual({ attempt: 2, lost_attempts: 1 }));
    await release();
    expect((await followUpload(other, session.id)).at(-1)).toMatchObject({ status: 'DONE', progress: 1 });
    await expectOneDataset(other);
  } finally {
    command.process.kill('SIGKILL');
    await release().catch(() => undefined);
  }
});

test('a session outlives the server that began it: its parts stay, and the others are sent to the next one', async () => {
  const first = await startApi();
  const client = await signUp(first.url);
  const session = await createUpload(client, 'flowers.csv', FILE.length);
  await sendParts(client, { ...session, sizeBytes: 3_000 }, FILE);
  await stop(first);
  const second = await startApi();
  const other = new TestClient(second.url, client.token);
  expect(await readUpload(other, session.id)).toMatchObject({ status: 'RECEIVING', receivedParts: [1, 2, 3] });
  await sendParts(other, session, FILE);
  await completeUpload(other, session.id);
  expect((await followUpload(other, session.id)).at(-1)).toMatchObject({ status: 'DONE' });
  await expectOneDataset(other);
});

test('a server that is told to end while it reads loses nothing, whichever of both comes first', async () => {
  const first = await startApi();
  const client = await signUp(first.url);
  const session = await createUpload(client, 'flowers.csv', FILE.length);
  await sendParts(client, session, FILE);
  const release = await holdStores();
  await completeUpload(client, session.id);
  await untilRead(client, session.id);
  const stopped = stop(first);
  await release();
  await stopped;
  const other = new TestClient((await startApi()).url, client.token);
  expect((await followUpload(other, session.id)).at(-1)).toMatchObject({ status: 'DONE' });
  expect(await attemptsOf(session.id)).toMatchObject({ lost_attempts: 0 });
  await expectOneDataset(other);
});

test('a file whose readers are lost again and again fails, and says so', async () => {
  const first = await startApi();
  const client = await signUp(first.url);
  const session = await createUpload(client, 'flowers.csv', FILE.length);
  await sendParts(client, session, FILE);
  // As if three readers had died of it.
  await database.owner`update upload_sessions set lost_attempts = 3 where id = ${session.id}`;
  await completeUpload(client, session.id);
  const last = (await followUpload(client, session.id)).at(-1);
  expect(last).toMatchObject({ status: 'FAILED', error: { code: 'WORKER_LOST' }, payload: null });
});

test('an attempt that has lost its claim stores nothing', async () => {
  const client = await signUp((await startApi()).url);
  const session = await createUpload(client, 'flowers.csv', FILE.length);
  await sendParts(client, session, FILE);
  const release = await holdStores();
  await completeUpload(client, session.id);
  await untilRead(client, session.id);
  // Another attempt has begun, as after a mistaken judgement; its reader is gone.
  await database.owner`update upload_sessions set attempt = attempt + 1 where id = ${session.id}`;
  await release();
  await eventually(async () => {
    const [row] = await database.owner`select count(*)::int as active from pgboss.job
      where name = 'read-upload' and state in ('created', 'retry', 'active')`;
    expect(row?.['active']).toBe(0);
  });
  expect(await readUpload(client, session.id)).toMatchObject({ status: 'READING' });
  const { datasets } = await client.execute<{ datasets: { totalCount: number } }>('{ datasets { totalCount } }');
  expect(datasets.totalCount).toBe(0);
});
