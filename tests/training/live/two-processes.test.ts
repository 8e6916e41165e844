import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { type Database, openDatabase } from '../../../src/platform/postgres/database.ts';
import { type ApiProcess, startApiProcess } from '../../../src/processes/api-process.ts';
import { changeRun } from '../../../src/training/runs/training-run.store.ts';
import { claimAsItsJob } from '../../support/claim-run.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { eventually } from '../../support/eventually.ts';
import { startTraining, uploadDataset, workspaceIdOf } from '../../support/operations.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

interface Event {
  readonly seq: number;
  readonly status: string;
}

const EVENTS =
  'subscription ($id: ID!, $afterSeq: Int! = 0) { trainingEvents(runId: $id, afterSeq: $afterSeq) { seq status } }';
const PROGRESS = 'subscription ($id: ID!) { trainingProgress(runId: $id) { status progress } }';

let server: TestServer;
let second: ApiProcess;
let clients: readonly [TestClient, TestClient];
let workspaceId: string;
let datasetId: string;
let database: Database;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  second = await startApiProcess(server.config, server.database.access, createLogger('fatal', 'test'));
  const client = await server.signUp();
  clients = [client, new TestClient(second.url, client.token)];
  workspaceId = await workspaceIdOf(client);
  datasetId = (await uploadDataset(client, flowersCsv())).id;
  database = openDatabase(server.database.access, 4);
});

afterAll(async () => {
  await Promise.all([database.close(), second.close()]);
  await server.close();
});

/** Takes a new run up, as a worker does. */
async function startRun(): Promise<string> {
  const id = await startTraining(clients[0], { datasetId, algorithm: 'BASELINE' });
  await database.transaction({ workspaceId }, (tx) => claimAsItsJob(tx, id));
  return id;
}

const write = (id: string, progress: number) =>
  database.transaction({ workspaceId }, (tx) =>
    changeRun(tx, id, 1, { stage: 'FITTING', progress }, { kind: 'PROGRESS' }),
  );

const FAILED = {
  status: 'FAILED',
  stage: 'DONE',
  endReason: 'FAILED',
  errorCode: 'SPLIT_IMPOSSIBLE',
  errorMessage: 'no rows',
} as const;

const end = (id: string) =>
  database.transaction({ workspaceId }, (tx) =>
    changeRun(tx, id, 1, { ...FAILED, finishedAt: new Date() }, { kind: 'STATUS' }),
  );

async function follow(client: TestClient, id: string, seen: Event[] = [], afterSeq = 0): Promise<Event[]> {
  const stream = client.subscribe<{ trainingEvents: Event }>(EVENTS, { id, afterSeq });
  for await (const { trainingEvents } of stream) seen.push(trainingEvents);
  return seen;
}

test('followers on both processes get the same events, each once, in order', async () => {
  const id = await startRun();
  const seen: Event[] = [];
  const followers = [...clients, ...clients].map((client) => follow(client, id));
  const late = follow(clients[1], id, seen);
  for (let step = 1; step <= 100; step++) await write(id, step / 100);
  // One who has some goes on from there on the other process.
  await eventually(() => expect(seen.length).toBeGreaterThan(0));
  const resumed = follow(clients[0], id, [], seen.at(-1)?.seq);
  await end(id);
  const [first, ...others] = await Promise.all(followers);
  expect(first?.map(({ seq }) => seq)).toEqual(Array.from({ length: 103 }, (_, index) => index + 1));
  for (const other of [...others, await late]) expect(other).toEqual(first);
  expect((await resumed).at(-1)).toEqual({ seq: 103, status: 'FAILED' });
});

test('the stream of a run that is just ending does not hang, on either process', async () => {
  const ids = await Promise.all(Array.from({ length: 20 }, startRun));
  const streams = ids.flatMap((id) =>
    clients.map(async (client) => {
      const rows: { status: string }[] = [];
      const progress = client.subscribe<{ trainingProgress: { status: string } }>(PROGRESS, { id });
      const events = follow(client, id);
      for await (const { trainingProgress } of progress) rows.push(trainingProgress);
      expect(rows.at(-1)?.status).toBe('FAILED');
      expect((await events).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    }),
  );
  await Promise.all(ids.map(end));
  await Promise.all(streams);
});

test('a list on one process gets the run that another process starts', async () => {
  const stream = clients[1].subscribe<{ trainingRunChanges: { kind: string; runId: string } }>(
    'subscription { trainingRunChanges { kind runId } }',
  );
  const start = () => startTraining(clients[0], { datasetId, algorithm: 'BASELINE' });
  let isListening = false;
  const first = stream.next().then(() => {
    isListening = true;
  });
  await eventually(async () => {
    await start();
    expect(isListening).toBe(true);
  });
  await first;
  const id = await start();
  for await (const { trainingRunChanges: change } of stream) {
    if (change.runId !== id) continue;
    expect(change.kind).toBe('CREATED');
    break;
  }
});
