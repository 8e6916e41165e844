import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Database, openDatabase, type Transaction } from '../../../src/platform/postgres/database.ts';
import { listEvents } from '../../../src/training/events/training-event.store.ts';
import { changeRun, findRun, type TrainingRunRow } from '../../../src/training/runs/training-run.store.ts';
import { claimAsItsJob } from '../../support/claim-run.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { startTraining, uploadDataset, workspaceIdOf } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let client: TestClient;
let datasetId: string;
let workspaceId: string;
let database: Database;
let runId: string;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
  workspaceId = await workspaceIdOf(client);
});

beforeEach(async () => {
  database = openDatabase(server.database.access, 4);
  runId = await startTraining(client, { datasetId, algorithm: 'BASELINE' });
});

afterEach(() => database.close());
afterAll(() => server.close());

const inTransaction = <T>(work: (tx: Transaction) => Promise<T>) => database.transaction({ workspaceId }, work);
const claim = () => inTransaction((tx) => claimAsItsJob(tx, runId));
const state = () => inTransaction((tx) => findRun(tx, runId));
const events = () => inTransaction(async (tx) => (await listEvents(tx, [{ runId, afterSeq: 0, first: 1_000 }])).flat());

const step = (attempt: number, progress: number) =>
  inTransaction((tx) => changeRun(tx, runId, attempt, { stage: 'FITTING', progress }, { kind: 'PROGRESS' }));

const end = (attempt: number) =>
  inTransaction((tx) =>
    changeRun(
      tx,
      runId,
      attempt,
      {
        ...{ status: 'FAILED', stage: 'DONE', endReason: 'FAILED', finishedAt: new Date() },
        ...{ errorCode: 'SPLIT_IMPOSSIBLE', errorMessage: 'no rows' },
      },
      { kind: 'STATUS' },
    ),
  );

describe('once a run was taken over', () => {
  let first: TrainingRunRow | null;

  beforeEach(async () => {
    first = await claim();
    expect(await step(1, 0.5)).toBe(true);
    expect(await claim()).toMatchObject({ attempt: 2, status: 'RUNNING', stage: 'LOADING', progress: 0 });
  });

  test('after a takeover the previous attempt can write neither progress nor the end', async () => {
    const before = [await state(), await events()];
    expect(first?.attempt).toBe(1);
    expect(await step(1, 0.9)).toBe(false);
    expect(await end(1)).toBe(false);
    expect([await state(), await events()]).toEqual(before);
  });

  test('an attempt that never existed can write nothing', async () => {
    expect(await step(3, 0.9)).toBe(false);
    expect(await step(0, 0.9)).toBe(false);
  });

  test('after a takeover the current attempt can write', async () => {
    expect(await step(2, 0.1)).toBe(true);
    expect(await state()).toMatchObject({ attempt: 2, progress: 0.1 });
  });

  test('a takeover keeps the start time of the run', async () => {
    expect((await state())?.startedAt).toEqual(first?.startedAt);
  });
});

describe('once a run has ended', () => {
  beforeEach(async () => {
    await claim();
    expect(await end(1)).toBe(true);
  });

  test('an ended run cannot be claimed, changed or ended again', async () => {
    const before = [await state(), await events()];
    expect(await claim()).toBeNull();
    expect(await step(1, 1)).toBe(false);
    expect(await end(1)).toBe(false);
    expect([await state(), await events()]).toEqual(before);
  });
});

test('an unclaimed run accepts no progress', async () => {
  expect(await step(0, 0.5)).toBe(false);
  expect(await state()).toMatchObject({ status: 'QUEUED', progress: 0 });
});

test('simultaneous claims get different attempt numbers, and only the last may write', async () => {
  const claims = await Promise.all([claim(), claim(), claim(), claim()]);
  expect(claims.map((run) => run?.attempt).sort((a, b) => (a ?? 0) - (b ?? 0))).toEqual([1, 2, 3, 4]);
  const written = await Promise.all([1, 2, 3, 4].map((attempt) => step(attempt, 0.5)));
  expect(written).toEqual([false, false, false, true]);
});

test('events are numbered without gaps however many are written at once', async () => {
  await claim();
  await Promise.all(Array.from({ length: 20 }, (_, index) => step(1, index / 20)));
  const seqs = (await events()).map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: 22 }, (_, index) => index + 1));
  expect(await state()).toMatchObject({ lastSeq: 22 });
});

test('a rolled-back change leaves no event and no gap', async () => {
  await claim();
  const failing = inTransaction(async (tx) => {
    await changeRun(tx, runId, 1, { progress: 0.5 }, { kind: 'PROGRESS' });
    throw new Error('the power went');
  });
  await expect(failing).rejects.toThrow('the power went');
  expect(await step(1, 0.6)).toBe(true);
  expect((await events()).map(({ seq, progress }) => [seq, progress])).toEqual([
    [1, 0],
    [2, 0],
    [3, 0.6],
  ]);
});

test('a run of another workspace can be neither claimed nor changed', async () => {
  const elsewhere = { workspaceId: randomUUID() };
  expect(await database.transaction(elsewhere, (tx) => claimAsItsJob(tx, runId))).toBeNull();
  await claim();
  const change = { progress: 0.5 };
  expect(await database.transaction(elsewhere, (tx) => changeRun(tx, runId, 1, change, { kind: 'PROGRESS' }))).toBe(
    false,
  );
});
