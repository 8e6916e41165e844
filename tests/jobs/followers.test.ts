import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Viewer } from '../../src/auth/viewer.ts';
import type { DatasetService } from '../../src/datasets/dataset.service.ts';
import type { ChangeListener } from '../../src/platform/changes.ts';
import { type Database, openDatabase } from '../../src/platform/database.ts';
import { LiveRuns } from '../../src/training/live-runs.ts';
import type { QueueForecast } from '../../src/training/queue-forecast.ts';
import { RUN_TOPIC } from '../../src/training/training-run.store.ts';
import { claimAsItsJob } from '../support/claim-run.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { startTraining, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let client: TestClient;
let datasetId: string;
let viewer: Viewer;
let database: Database;
let runId: string;
let runs: LiveRuns;
let listeners: Set<ChangeListener>;
let forecasts: Map<string, QueueForecast>;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
  const answer = await client.execute<{ viewer: { workspace: { id: string } } }>('{ viewer { workspace { id } } }');
  viewer = { workspaceId: answer.viewer.workspace.id, userId: randomUUID() } as Viewer;
  database = openDatabase(server.database.access, 4);
});

/** A hub that announces what it is told to and never tells its listeners to look for themselves. */
beforeEach(async () => {
  listeners = new Set();
  const listen = (_scope: string, listener: ChangeListener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const datasets = {
    find: (_viewer: Viewer, id: string) => Promise.resolve(id.toLowerCase() === datasetId ? { id: datasetId } : null),
  } as unknown as DatasetService;
  forecasts = new Map();
  runs = new LiveRuns(
    database,
    datasets,
    { listen },
    { forecast: () => Promise.resolve(forecasts) },
    pino({ level: 'silent' }),
  );
  runId = await startTraining(client, { datasetId, algorithm: 'BASELINE' });
});

afterAll(async () => {
  await database.close();
  await server.close();
});

function announce(): void {
  for (const listener of listeners) listener({ scope: viewer.workspaceId, topic: RUN_TOPIC, id: runId });
}

/** Changes the run and announces it, as the database does. */
async function change(): Promise<void> {
  await database.transaction(viewer, (tx) => claimAsItsJob(tx, runId));
  announce();
}

describe('an id in capitals', () => {
  test('follows a run', async () => {
    const stream = await runs.followRun(viewer, runId.toUpperCase());
    expect((await stream.next()).value).toMatchObject({ run: { id: runId, status: 'QUEUED' } });
    const next = stream.next();
    await change();
    expect((await next).value).toMatchObject({ run: { id: runId, status: 'RUNNING' } });
    await stream.return?.();
  });

  test('follows the events of a run', async () => {
    const stream = await runs.followEvents(viewer, runId.toUpperCase(), 0);
    expect((await stream.next()).value).toMatchObject({ runId, seq: 1, status: 'QUEUED' });
    const next = stream.next();
    await change();
    expect((await next).value).toMatchObject({ runId, seq: 2, status: 'RUNNING' });
    await stream.return?.();
  });

  test('follows the runs of a dataset', async () => {
    const stream = await runs.followChanges(viewer, datasetId.toUpperCase());
    const next = stream.next();
    await change();
    expect((await next).value).toMatchObject({ runId, run: { status: 'RUNNING' } });
    await stream.return?.();
  });
});

test('a hint without a change gives a follower nothing', async () => {
  const stream = await runs.followRun(viewer, runId);
  await stream.next();
  const next = stream.next();
  announce();
  await change();
  expect((await next).value).toMatchObject({ run: { lastSeq: 2 } });
  await stream.return?.();
});

test('the changes of a dataset that is unknown, or another workspace’s, are NOT_FOUND', async () => {
  const neighbour = await server.signUp();
  const theirs = await uploadDataset(neighbour, flowersCsv());
  for (const id of [theirs.id, randomUUID(), 'no id']) {
    const stream = client.subscribe('subscription ($id: ID) { trainingRunChanges(datasetId: $id) { runId } }', { id });
    await expect(stream.next()).rejects.toThrow('NOT_FOUND');
  }
});
