import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv, noiseCsv } from '../support/csv-files.ts';
import { endOfRun, startTraining, train, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

interface Event {
  readonly seq: number;
  readonly kind: string;
  readonly stage: string;
  readonly status: string;
  readonly progress: number;
  readonly attempt: number;
}

let server: TestServer;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
  datasetId = (await uploadDataset(client, noiseCsv(1_000))).id;
});

afterAll(() => server.close());

const follow = (id: string) =>
  client.subscribe<{ trainingEvents: Event }>(
    'subscription ($id: ID!) { trainingEvents(runId: $id) { seq kind stage status progress attempt } }',
    { id },
  );

test('a run waits while no worker runs, and starts when one comes', async () => {
  const id = await startTraining(client, { datasetId, algorithm: 'BASELINE' });
  const read = async () => {
    const { trainingRun } = await client.execute<{ trainingRun: { status: string; attempt: number } }>(
      'query ($id: ID!) { trainingRun(id: $id) { status attempt } }',
      { id },
    );
    return trainingRun;
  };
  expect(await read()).toEqual({ status: 'QUEUED', attempt: 0 });
  const worker = await server.startWorker();
  expect(await endOfRun(client, id)).toMatchObject({ status: 'SUCCEEDED', attempt: 1 });
  await worker.close();
});

test('a run whose worker goes away in the middle is taken up by the next, again and again, and succeeds', async () => {
  const id = await startTraining(client, { datasetId, parameters: { trees: 300, maxDepth: 4 } });
  const events: Event[] = [];
  let worker = await server.startWorker();
  let closing: Promise<void> = Promise.resolve();
  for await (const { trainingEvents: event } of follow(id)) {
    events.push(event);
    // Three workers in a row go away while they fit; the fourth is let be.
    if (event.stage === 'FITTING' && event.attempt <= 3 && events.at(-2)?.stage !== 'FITTING') {
      closing = closing.then(() => worker.close());
      await closing;
      worker = await server.startWorker();
    }
  }
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)).toMatchObject({ status: 'SUCCEEDED', stage: 'DONE', progress: 1, attempt: 4 });
  expect([...new Set(events.map(({ attempt }) => attempt))]).toEqual([0, 1, 2, 3, 4]);
  for (const attempt of [1, 2, 3, 4]) {
    const shares = events.filter((event) => event.attempt === attempt).map(({ progress }) => progress);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  }
  // The end of it all: one model, and metrics of one training.
  const { artifacts } = await client.execute<{ artifacts: { edges: { node: { runId: string } }[] } }>(
    '{ artifacts { edges { node { runId } } } }',
  );
  expect(artifacts.edges.filter(({ node }) => node.runId === id)).toHaveLength(1);
  await worker.close();
});

test('a tenant with a long queue does not make another wait behind all of it', async () => {
  const neighbour = await server.signUp();
  const theirs = await uploadDataset(neighbour, flowersCsv());
  for (let n = 0; n < 5; n++) await startTraining(client, { datasetId, algorithm: 'BASELINE' });
  const id = await startTraining(neighbour, { datasetId: theirs.id, algorithm: 'BASELINE' });
  const worker = await server.startWorker();
  await endOfRun(neighbour, id);
  const { trainingRuns } = await client.execute<{ trainingRuns: { totalCount: number } }>(
    '{ trainingRuns(filter: { statuses: [QUEUED] }) { totalCount } }',
  );
  expect(trainingRuns.totalCount).toBeGreaterThanOrEqual(2);
  await train(client, { datasetId, algorithm: 'BASELINE' });
  await worker.close();
});
