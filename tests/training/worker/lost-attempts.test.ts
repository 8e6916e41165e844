import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Database, openDatabase, type Transaction } from '../../../src/platform/postgres/database.ts';
import { listEvents } from '../../../src/training/events/training-event.store.ts';
import { changeRun, findRun } from '../../../src/training/runs/training-run.store.ts';
import { claimAsItsJob } from '../../support/claim-run.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { ENDLESS, endlessCsv } from '../../support/endless.ts';
import { endOfRun, startTraining, uploadDataset, workspaceIdOf } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let client: TestClient;
let datasetId: string;
let workspaceId: string;
let database: Database;
let runId: string;

beforeAll(async () => {
  server = await startTestServer({ WORKER_PORT: '0' }, { worker: false });
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
  workspaceId = await workspaceIdOf(client);
  database = openDatabase(server.database.access, 4);
});

beforeEach(async () => {
  runId = await startTraining(client, { datasetId, algorithm: 'BASELINE' });
});

afterAll(async () => {
  await database.close();
  await server.close();
});

const inTransaction = <T>(work: (tx: Transaction) => Promise<T>) => database.transaction({ workspaceId }, work);
const claim = () => inTransaction((tx) => claimAsItsJob(tx, runId));

const requeue = (attempt: number) =>
  inTransaction((tx) => changeRun(tx, runId, attempt, { status: 'QUEUED', stage: 'WAITING' }, { kind: 'STATUS' }));

/** Lets a worker have the run, as far as it was left, to its end. */
async function letWorkerEndIt() {
  const worker = await server.startWorker();
  const run = await endOfRun(client, runId);
  await worker.close();
  return run;
}

test('only a claim of a run that was not requeued counts as a loss', async () => {
  expect(await claim()).toMatchObject({ attempt: 1, lostAttempts: 0 });
  expect(await claim()).toMatchObject({ attempt: 2, lostAttempts: 1 });
  expect(await requeue(2)).toBe(true);
  expect(await claim()).toMatchObject({ attempt: 3, lostAttempts: 1 });
});

test('requeueing a run keeps its progress; the next claim begins at 0', async () => {
  await claim();
  await inTransaction((tx) => changeRun(tx, runId, 1, { stage: 'FITTING', progress: 0.5 }, { kind: 'PROGRESS' }));
  expect(await requeue(1)).toBe(true);
  const queued = await inTransaction((tx) => findRun(tx, runId));
  expect(queued).toMatchObject({ status: 'QUEUED', stage: 'WAITING', progress: 0.5, attempt: 1 });
  expect(await claim()).toMatchObject({ status: 'RUNNING', progress: 0, attempt: 2 });
});

test('only the current attempt requeues a run, and only once', async () => {
  await claim();
  await claim();
  expect(await requeue(1)).toBe(false);
  expect(await requeue(2)).toBe(true);
  expect(await requeue(2)).toBe(false);
});

test('a run that was requeued many times succeeds nevertheless', async () => {
  for (let attempt = 1; attempt <= 20; attempt += 1) {
    await claim();
    expect(await requeue(attempt)).toBe(true);
  }
  expect(await letWorkerEndIt()).toMatchObject({ status: 'SUCCEEDED', attempt: 21 });
});

test('a run that was lost four times is tried once more', async () => {
  for (let attempt = 1; attempt <= 4; attempt += 1) await claim();
  expect(await letWorkerEndIt()).toMatchObject({ status: 'SUCCEEDED', attempt: 5 });
});

test('a loss that a worker finds when it claims the run is counted by its metrics', async () => {
  await claim();
  const worker = await server.startWorker();
  expect(await endOfRun(client, runId)).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
  const metrics = await fetch(`http://127.0.0.1:${worker.probePort}/metrics`);
  expect(await metrics.text()).toContain('\ntrainyard_lost_attempts_total 1\n');
  await worker.close();
});

test('a run that was lost five times fails, and says why', async () => {
  for (let attempt = 1; attempt <= 5; attempt += 1) await claim();
  const { status, error } = await letWorkerEndIt();
  expect(status).toBe('FAILED');
  expect(error).toMatchObject({ code: 'WORKER_LOST', message: expect.stringMatching(/lost 5 times/) });
});

test('a worker that shuts down requeues its run and says so', async () => {
  const noise = await uploadDataset(client, endlessCsv());
  runId = await startTraining(client, { datasetId: noise.id, parameters: ENDLESS });
  const worker = await server.startWorker();
  for await (const { trainingEvents } of client.subscribe<{ trainingEvents: { stage: string } }>(
    'subscription ($id: ID!) { trainingEvents(runId: $id) { stage } }',
    { id: runId },
  )) {
    if (trainingEvents.stage === 'FITTING') break;
  }
  await worker.close();
  const run = await inTransaction((tx) => findRun(tx, runId));
  expect(run).toMatchObject({ status: 'QUEUED', stage: 'WAITING', etaSeconds: null, attempt: 1, lostAttempts: 0 });
  const events = await inTransaction(async (tx) =>
    (await listEvents(tx, [{ runId, afterSeq: 0, first: 10_000 }])).flat(),
  );
  expect(events.at(-1)).toMatchObject({
    kind: 'STATUS',
    status: 'QUEUED',
    message: expect.stringMatching(/shutting down/),
  });
  expect(events.at(-1)?.progress).toBe(events.at(-2)?.progress);
});
