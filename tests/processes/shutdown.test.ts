import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { type Command, start } from './command.ts';

let database: TestDatabase;
let directory: string;
const started: Command[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trainyard-shutdown-'));
  database = await createTestDatabase();
});

afterAll(async () => {
  for (const { process, ended } of started) {
    process.kill('SIGKILL');
    await ended;
  }
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

/** An API process that would answer for an hour after SIGTERM. */
async function startApi(): Promise<{ command: Command; url: string }> {
  const { appUrl, ownerUrl } = database.access;
  const command = start(['api'], {
    ...{ DATABASE_URL: appUrl, DATABASE_OWNER_URL: ownerUrl, DATA_DIRECTORY: directory, PORT: '0', LOG_LEVEL: 'info' },
    SHUTDOWN_GRACE_SECONDS: '3600',
  });
  started.push(command);
  const url = await command.printed(/"url":"([^"]+)"/);
  // It prints that before it listens to signals.
  await fetch(`${url}/healthz`);
  return { command, url };
}

test('after SIGTERM a process tells its load balancer first, and still serves requests', async () => {
  const { command, url } = await startApi();
  command.process.kill('SIGTERM');
  await eventually(async () => {
    const ready = await fetch(`${url}/readyz`);
    expect(await ready.json()).toMatchObject({ status: 'ENDING' });
    expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close']);
  });
  const query = encodeURIComponent('{ health { status } }');
  await eventually(async () => {
    const answer = await fetch(`${url}/graphql?query=${query}`, { headers: { 'apollo-require-preflight': 'true' } });
    expect(await answer.json()).toEqual({ data: { health: { status: 'UP' } } });
    expect(answer.headers.get('connection')).toBe('close');
  });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('Ctrl-C does not wait for a load balancer', async () => {
  const { command } = await startApi();
  command.process.kill('SIGINT');
  expect(await command.ended).toBe(0);
});
