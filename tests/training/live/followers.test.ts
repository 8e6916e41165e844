import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Viewer } from '../../../src/auth/viewer.ts';
import type { DatasetService } from '../../../src/datasets/dataset.service.ts';
import type { QueueForecast } from '../../../src/jobs/queue/queue-forecast.ts';
import { type Database, openDatabase } from '../../../src/platform/postgres/database.ts';
import type { NotificationListener } from '../../../src/platform/postgres/notifications.ts';
import { RUN_TOPIC } from '../../../src/training/events/training-event.store.ts';
import { LiveRuns } from '../../../src/training/live/live-runs.ts';
import { changeRun } from '../../../src/training/runs/training-run.store.ts';
import { claimAsItsJob } from '../../support/claim-run.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { startTraining, uploadDataset, workspaceIdOf } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let client: TestClient;
let datasetId: string;
let viewer: Viewer;
let database: Database;
let runId: string;
let runs: LiveRuns;
let listeners: Set<NotificationListener>;
let forecasts: Map<string, QueueForecast>;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
  viewer = { workspaceId: await workspaceIdOf(client), userId: randomUUID() } as Viewer;
  database = openDatabase(server.database.access, 4);
});

/** A hub that announces what it is told to and never tells its listeners to look for themselves. */
beforeEach(async () => {
  listeners = new Set();
  const listen = (_scope: string, listener: NotificationListener) => {
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
  test('trainingProgress accepts an id in capital letters', async () => {
    const stream = await runs.followRun(viewer, runId.toUpperCase());
    expect((await stream.next()).value).toMatchObject({ row: { id: runId, status: 'QUEUED' } });
    const next = stream.next();
    await change();
    expect((await next).value).toMatchObject({ row: { id: runId, status: 'RUNNING' } });
    await stream.return?.();
  });

  test('trainingEvents accepts an id in capital letters', async () => {
    const stream = await runs.followEvents(viewer, runId.toUpperCase(), 0);
    expect((await stream.next()).value).toMatchObject({ runId, seq: 1, status: 'QUEUED' });
    const next = stream.next();
    await change();
    expect((await next).value).toMatchObject({ runId, seq: 2, status: 'RUNNING' });
    await stream.return?.();
  });

  test('trainingRunChanges accepts an id in capital letters', async () => {
    const stream = await runs.followChanges(viewer, datasetId.toUpperCase());
    const next = stream.next();
    await change();
    expect((await next).value).toMatchObject({ runId, run: { status: 'RUNNING' } });
    await stream.return?.();
  });
});

test('a notification without a change sends nothing to a follower', async () => {
  const stream = await runs.followRun(viewer, runId);
  await stream.next();
  const next = stream.next();
  announce();
  await change();
  expect((await next).value).toMatchObject({ row: { lastSeq: 2 } });
  await stream.return?.();
});

test('a follower that leaves leaves nothing behind', async () => {
  const streams = await Promise.all([
    runs.followRun(viewer, runId),
    runs.followEvents(viewer, runId, 0),
    runs.followChanges(viewer, null),
    runs.followChanges(viewer, datasetId),
  ]);
  expect(listeners.size).toBe(1);
  await expect(runs.followRun(viewer, randomUUID())).rejects.toThrow('no training run');
  await expect(runs.followEvents(viewer, 'no id', 0)).rejects.toThrow('no training run');
  for (const stream of streams) await stream.return?.();
  expect([listeners.size, runs.pollerCount]).toEqual([0, 0]);
});

test('changes of one dataset are not sent to followers of another', async () => {
  const other = await uploadDataset(client, flowersCsv());
  const stream = await runs.followChanges(viewer, datasetId);
  const next = stream.next();
  const mine = runId;
  runId = await startTraining(client, { datasetId: other.id, algorithm: 'BASELINE' });
  await change();
  runId = mine;
  await change();
  expect((await next).value).toMatchObject({ runId: mine });
  await stream.return?.();
});

test('the periodic check finds changes that were not announced', async () => {
  const streams = [
    await runs.followRun(viewer, runId),
    await runs.followEvents(viewer, runId, 1),
    await runs.followChanges(viewer, null),
  ] as const;
  await streams[0].next();
  const next = Promise.all(streams.map((stream) => stream.next()));
  await database.transaction(viewer, (tx) => claimAsItsJob(tx, runId));
  for (const listener of listeners) listener(null);
  const [row, event, changed] = await next;
  expect(row?.value).toMatchObject({ row: { status: 'RUNNING' } });
  expect(event?.value).toMatchObject({ seq: 2 });
  expect(changed?.value).toMatchObject({ kind: 'UPDATED', runId });
  for (const stream of streams) await stream.return?.();
});

test('a late follower gets the past events in pages, then new ones as they come', async () => {
  await change();
  const write = (count: number) =>
    database.transaction(viewer, async (tx) => {
      for (let n = 0; n < count; n++) await changeRun(tx, runId, 1, { stage: 'FITTING' }, { kind: 'PROGRESS' });
    });
  await write(250);
  const stream = await runs.followEvents(viewer, runId, 10);
  let last = 10;
  const followTo = async (end: number) => {
    while (last < end) expect((await stream.next()).value).toMatchObject({ seq: ++last });
  };
  // Others follow meanwhile, from elsewhere, and more is written.
  for (const seq of [50, 100, 150, 200, 250]) {
    await followTo(seq - 1);
    await write(1);
    announce();
    const other = await runs.followEvents(viewer, runId, seq);
    expect((await other.next()).value).toMatchObject({ seq: seq + 1 });
    await other.return?.();
  }
  await followTo(256);
  await stream.return?.();
});

test('a follower of a queued run gets its queue position, and each change of it', async () => {
  forecasts.set(runId, { queuePosition: 3, etaSeconds: 90 });
  const stream = await runs.followRun(viewer, runId);
  expect((await stream.next()).value).toMatchObject({ row: { status: 'QUEUED' } });
  expect((await stream.next()).value).toMatchObject({ forecast: { queuePosition: 3, etaSeconds: 90 } });
  const second = await runs.followRun(viewer, runId);
  expect((await second.next()).value).toMatchObject({ forecast: { queuePosition: 3 } });
  forecasts.set(runId, { queuePosition: 1, etaSeconds: 30 });
  for (const each of [stream, second]) {
    expect((await each.next()).value).toMatchObject({ row: { status: 'QUEUED' }, forecast: { queuePosition: 1 } });
  }
  await change();
  expect((await stream.next()).value).toMatchObject({ row: { status: 'RUNNING' }, forecast: null });
  await stream.return?.();
  await second.return?.();
});

test('following a dataset that is unknown, or of another workspace, is NOT_FOUND', async () => {
  const neighbour = await server.signUp();
  const theirs = await uploadDataset(neighbour, flowersCsv());
  for (const id of [theirs.id, randomUUID(), 'no id']) {
    const stream = client.subscribe('subscription ($id: ID) { trainingRunChanges(datasetId: $id) { runId } }', { id });
    await expect(stream.next()).rejects.toThrow('NOT_FOUND');
  }
});
