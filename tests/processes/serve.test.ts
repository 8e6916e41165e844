import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { eventually } from '../support/eventually.ts';
import { expectUp } from '../support/expect-up.ts';
import { train, uploadDataset } from '../support/operations.ts';
import { TestClient } from '../support/test-client.ts';
import { type Command, processesWith, serve, start } from './command.ts';

const started: Command[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const { process, ended } of started.splice(0)) {
    process.kill('SIGINT');
    await ended;
  }
});

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-serve-'));
  await chmod(folder, 0o755);
  folders.push(folder);
  return folder;
}

async function served(settings: Record<string, string>) {
  const command = await serve(settings);
  started.push(command);
  return command;
}

const ACCOUNT = { email: 'ada@example.com', password: 'correct horse battery' };

test('the first start works on an empty folder, and a second one finds everything again', async () => {
  const DATA_DIRECTORY = await newFolder();
  const first = await served({ DATA_DIRECTORY });
  const client = new TestClient(first.url, null);
  await expectUp(client);
  const { signUp } = await client.execute<{ signUp: { accessToken: string } }>(
    'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }',
    { input: ACCOUNT },
  );
  first.process.kill('SIGINT');
  expect(await first.ended).toBe(0);

  const second = await served({ DATA_DIRECTORY });
  const again = new TestClient(second.url, signUp.accessToken);
  expect(await again.execute('{ viewer { user { email } } }')).toEqual({ viewer: { user: { email: ACCOUNT.email } } });
});

test.runIf(process.platform === 'linux')('Ctrl-C ends everything, PostgreSQL and the worker included', async () => {
  const DATA_DIRECTORY = await newFolder();
  const command = await served({ DATA_DIRECTORY });
  expect((await processesWith(DATA_DIRECTORY)).length).toBeGreaterThan(1);
  command.process.kill('SIGINT');
  expect(await command.ended).toBe(0);
  expect(await processesWith(DATA_DIRECTORY)).toEqual([]);
});

test('the metrics of serve include the runs that ended in its worker', async () => {
  const { url } = await served({ DATA_DIRECTORY: await newFolder() });
  const { signUp } = await new TestClient(url, null).execute<{ signUp: { accessToken: string } }>(
    'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }',
    { input: ACCOUNT },
  );
  const client = new TestClient(url, signUp.accessToken);
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  await train(client, { datasetId, algorithm: 'BASELINE' });
  await eventually(async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('trainyard_run_seconds_count{algorithm="BASELINE",status="SUCCEEDED"} 1\n');
    expect(metrics).toContain('trainyard_workers 1\n');
  });
});

test('a start after kill -9 recovers, and finds everything again', async () => {
  const DATA_DIRECTORY = await newFolder();
  const first = await served({ DATA_DIRECTORY });
  await new TestClient(first.url, null).execute(
    'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }',
    { input: ACCOUNT },
  );
  first.process.kill('SIGKILL');
  await first.ended;
  const second = await served({ DATA_DIRECTORY });
  const { signIn } = await new TestClient(second.url, null).execute<{ signIn: { viewer: object } }>(
    'mutation ($input: SignInInput!) { signIn(input: $input) { viewer { user { email } } } }',
    { input: ACCOUNT },
  );
  expect(signIn.viewer).toEqual({ user: { email: ACCOUNT.email } });
});

test('a second server on the same folder is refused with the reason', async () => {
  const DATA_DIRECTORY = await newFolder();
  const first = await served({ DATA_DIRECTORY });
  const second = start(['serve'], { DATA_DIRECTORY, PORT: '0' });
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(String(first.process.pid));
});

test('all invalid settings are reported in one message', async () => {
  const command = start(['serve'], {
    PORT: 'eighty',
    LOG_LEVEL: 'loud',
    MAX_EMPTY_RATIO: '2',
    DATABASE_URL: 'mysql://x',
  });
  expect(await command.ended).toBe(1);
  for (const name of ['PORT', 'LOG_LEVEL', 'MAX_EMPTY_RATIO', 'DATABASE_URL']) expect(command.output()).toContain(name);
});

test('a port that is taken is reported, and nothing is left running', async () => {
  const first = await served({ DATA_DIRECTORY: await newFolder() });
  const DATA_DIRECTORY = await newFolder();
  const second = start(['serve'], { DATA_DIRECTORY, PORT: new URL(first.url).port });
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain('PORT');
  expect(await processesWith(DATA_DIRECTORY)).toEqual([]);
});

test('an unknown command prints the usage', async () => {
  const command = start(['train'], {});
  expect(await command.ended).toBe(2);
  expect(command.output()).toContain('Usage');
});
