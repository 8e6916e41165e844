import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { eventually } from '../../support/eventually.ts';
import { holdWrites } from '../../support/hold-writes.ts';
import { startTraining, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

interface Event {
  readonly seq: number;
  readonly stage: string;
  readonly status: string;
}

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

/** Ends every connection of the server, as a restart of PostgreSQL does. */
async function loseConnections(): Promise<number> {
  const ended = await server.database.owner`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and usename = 'trainyard_app'`;
  return ended.length;
}

test('a run and its followers survive the loss of every database connection', async () => {
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  // It cannot end before the connections are lost.
  const release = await holdWrites(server, 'training_evaluations');
  const id = await startTraining(client, { datasetId, algorithm: 'DECISION_TREE' });
  const events: Event[] = [];
  let lost = 0;
  for await (const { trainingEvents } of client.subscribe<{ trainingEvents: Event }>(
    'subscription ($id: ID!) { trainingEvents(runId: $id) { seq stage status } }',
    { id },
  )) {
    events.push(trainingEvents);
    if (trainingEvents.status !== 'RUNNING' || lost > 0) continue;
    lost = await loseConnections();
    await release();
  }
  expect(lost).toBeGreaterThan(3);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(events.at(-1)).toMatchObject({ status: 'SUCCEEDED', stage: 'DONE' });
});

test('after the loss of every connection the next responses are right, or ask to retry', async () => {
  await loseConnections();
  await eventually(async () => {
    const { data, errors } = await client.request('{ datasets { totalCount } health { status } }');
    for (const { extensions } of errors) expect(extensions.code).toBe('SERVICE_UNAVAILABLE');
    expect(data).toMatchObject({ datasets: { totalCount: expect.any(Number) }, health: { status: 'UP' } });
  });
});
