import { afterEach, describe, expect, test } from 'vitest';
import { ENDLESS, endlessCsv, stopTraining } from '../../support/endless.ts';
import { endOfRun, startTraining, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let client: TestClient;
let datasetId: string;

async function open(settings: Record<string, string> = {}): Promise<void> {
  server = await startTestServer(settings);
  client = await server.signUp();
  datasetId = (await uploadDataset(client, endlessCsv())).id;
}

afterEach(() => server.close());

interface Ended {
  readonly status: string;
  readonly endReason: string;
  readonly metrics: { readonly nSamples: number } | null;
  readonly artifact: { readonly id: string } | null;
  readonly curve: readonly { readonly iteration: number }[];
  readonly resources: {
    readonly cpuSeconds: number;
    readonly peakMemoryBytes: number;
    readonly rowsPerSecond: number | null;
  } | null;
  readonly error: { readonly code: string; readonly hint: string } | null;
}

async function read(id: string): Promise<Ended> {
  const { trainingRun } = await client.execute<{ trainingRun: Ended }>(
    `query ($id: ID!) { trainingRun(id: $id) { status endReason metrics { nSamples } artifact { id }
       curve { iteration } resources { cpuSeconds peakMemoryBytes rowsPerSecond } error { code hint } } }`,
    { id },
  );
  return trainingRun;
}

/** Waits until so many iterations have been told of. */
async function untilFitted(id: string, iterations: number): Promise<void> {
  for await (const { trainingEvents } of client.subscribe<{ trainingEvents: { point: { iteration: number } | null } }>(
    'subscription ($id: ID!) { trainingEvents(runId: $id) { point { iteration } } }',
    { id },
  )) {
    if ((trainingEvents.point?.iteration ?? 0) >= iterations) return;
  }
  throw new Error('The run ended before that.');
}

const cancel = (id: string) => client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });

test('a run that is cancelled while fitting ends without a model, and its worker takes the next', async () => {
  await open();
  const id = await startTraining(client, { datasetId, parameters: ENDLESS });
  await untilFitted(id, 1);
  await cancel(id);
  expect(await endOfRun(client, id)).toMatchObject({ status: 'CANCELLED', stage: 'DONE', artifact: null, error: null });
  const events = async () => await server.database.owner`select seq from training_events where run_id = ${id}`;
  const before = await events();
  // The only worker could not do this one if it still worked on the other.
  const next = await startTraining(client, { datasetId, algorithm: 'BASELINE' });
  expect(await endOfRun(client, next)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await events()).toHaveLength(before.length);
  expect(await server.database.owner`select from training_checkpoints`).toHaveLength(0);
});

test('a run that is stopped keeps its model, evaluated', async () => {
  await open();
  const id = await startTraining(client, { datasetId, parameters: ENDLESS });
  await untilFitted(id, 3);
  await stopTraining(client, id);
  await endOfRun(client, id);
  const run = await read(id);
  expect(run).toMatchObject({ status: 'SUCCEEDED', endReason: 'STOPPED', error: null });
  expect(run.artifact).not.toBeNull();
  expect(run.metrics?.nSamples).toBe(10_000);
  expect(run.curve.at(-1)?.iteration).toBeGreaterThanOrEqual(3);
  expect(run.curve.at(-1)?.iteration).toBeLessThan(ENDLESS.trees);
});

test('a run ends with its time budget, with the best model so far and its cost', async () => {
  await open();
  const id = await startTraining(client, { datasetId, parameters: { ...ENDLESS, timeBudgetSeconds: 1 } });
  await endOfRun(client, id);
  const run = await read(id);
  expect(run).toMatchObject({ status: 'SUCCEEDED', endReason: 'TIME_BUDGET' });
  expect(run.resources?.cpuSeconds).toBeGreaterThan(0);
  expect(run.resources?.peakMemoryBytes).toBeGreaterThan(10_000_000);
  expect(run.resources?.rowsPerSecond).toBeGreaterThan(0);
});

describe('a run is ended with a clear error, and the worker takes the next,', () => {
  test.each([
    ['after MAX_TRAINING_SECONDS', { MAX_TRAINING_SECONDS: '1' }, 'TIME_LIMIT'],
    ['at MAX_TRAINING_MEMORY_BYTES', { MAX_TRAINING_MEMORY_BYTES: '1_000_000' }, 'OUT_OF_MEMORY'],
  ])(
    'a run that cannot go on is ended with a clear error, and the worker takes the next: %s',
    async (_, settings, code) => {
      await open(settings);
      const id = await startTraining(client, { datasetId, parameters: ENDLESS });
      expect(await endOfRun(client, id)).toMatchObject({ status: 'FAILED', error: { code } });
      const run = await read(id);
      expect(run.error?.hint).toMatch(/fewer/);
      expect(run.resources).not.toBeNull();
      const next = await startTraining(client, { datasetId, algorithm: 'BASELINE' });
      await endOfRun(client, next);
    },
  );
});

test('no more than MAX_CONCURRENT_RUNS of one workspace run at once, whatever the number of workers', async () => {
  await open({ MAX_CONCURRENT_RUNS: '1' });
  const other = await server.startWorker();
  const parameters = { trees: 3 };
  const ids = await Promise.all(Array.from({ length: 6 }, () => startTraining(client, { datasetId, parameters })));
  for (const id of ids) expect(await endOfRun(client, id)).toMatchObject({ status: 'SUCCEEDED' });
  const [overlaps] = await server.database.owner`select count(*)::int as count from training_runs a
    join training_runs b on a.id < b.id and a.started_at < b.finished_at and b.started_at < a.finished_at`;
  expect(overlaps).toEqual({ count: 0 });
  await other.close();
});
