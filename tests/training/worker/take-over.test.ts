import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { ENDLESS, endlessCsv, stopTraining } from '../../support/endless.ts';
import { endOfRun, startTraining, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

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
  datasetId = (await uploadDataset(client, endlessCsv())).id;
});

afterAll(() => server.close());

const follow = (id: string) =>
  client.subscribe<{ trainingEvents: Event }>(
    'subscription ($id: ID!) { trainingEvents(runId: $id) { seq kind stage status progress attempt } }',
    { id },
  );

test('a run waits while there is no worker, and starts when there is one', async () => {
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

test('a run whose workers disappear again and again is resumed each time, and succeeds', async () => {
  const id = await startTraining(client, { datasetId, parameters: ENDLESS });
  const events: Event[] = [];
  let worker = await server.startWorker();
  let attempt = 0;
  for await (const { trainingEvents: event } of follow(id)) {
    events.push(event);
    if (event.attempt === attempt) continue;
    ({ attempt } = event);
    // Two workers in a row go away as soon as they have begun; the third is let be, and told that it is enough.
    if (attempt === 3) {
      await stopTraining(client, id);
      continue;
    }
    await worker.close();
    worker = await server.startWorker();
  }
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)).toMatchObject({ status: 'SUCCEEDED', stage: 'DONE', progress: 1, attempt: 3 });
  expect([...new Set(events.map((event) => event.attempt))]).toEqual([0, 1, 2, 3]);
  for (const number of [1, 2, 3]) {
    const shares = events.filter((event) => event.attempt === number).map(({ progress }) => progress);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  }
  // The end of it all: one model, and metrics of one training.
  const { artifacts } = await client.execute<{ artifacts: { edges: { node: { runId: string } }[] } }>(
    '{ artifacts { edges { node { runId } } } }',
  );
  expect(artifacts.edges.filter(({ node }) => node.runId === id)).toHaveLength(1);
  await worker.close();
});

test('a workspace with a long queue does not make others wait behind all of it', async () => {
  const neighbour = await server.signUp();
  const theirs = await uploadDataset(neighbour, flowersCsv());
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push(await startTraining(client, { datasetId, algorithm: 'BASELINE' }));
  const id = await startTraining(neighbour, { datasetId: theirs.id, algorithm: 'BASELINE' });
  const worker = await server.startWorker();
  await endOfRun(neighbour, id);
  for (const own of ids) await endOfRun(client, own);
  await worker.close();
  const begun = await server.database
    .owner`select id from training_runs where id in ${server.database.owner([id, ...ids])}
    order by started_at, id`;
  // The first of each is level; the neighbour's comes before the tenant's second and third.
  expect(begun.map((row) => row['id'] as string).indexOf(id)).toBeLessThan(2);
});
