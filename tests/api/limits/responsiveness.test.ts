import { afterAll, beforeAll, expect, test } from 'vitest';
import { noiseCsv } from '../../support/csv-files.ts';
import { ENDLESS, endlessCsv, stopTraining } from '../../support/endless.ts';
import { endOfRun, startTraining, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  // The worker shares this process with the API, which is harder than in production.
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

async function statusOf(id: string): Promise<string> {
  const { trainingRun } = await client.execute<{ trainingRun: { status: string } }>(
    'query ($id: ID!) { trainingRun(id: $id) { status } }',
    { id },
  );
  return trainingRun.status;
}

// How long answers take meanwhile is measured by benchmarks/health-under-upload.ts.
test('while a model is training, queries are answered and files are read', async () => {
  const { id: datasetId } = await uploadDataset(client, endlessCsv());
  const id = await startTraining(client, { datasetId, parameters: ENDLESS });
  for await (const { trainingEvents } of client.subscribe<{ trainingEvents: { stage: string } }>(
    'subscription ($id: ID!) { trainingEvents(runId: $id) { stage } }',
    { id },
  )) {
    if (trainingEvents.stage === 'FITTING') break;
  }
  // On the thread of the event loop it would keep all of these from an answer.
  for (let asked = 0; asked < 20; asked++) {
    expect(await client.execute('{ datasets { totalCount } }')).toEqual({ datasets: { totalCount: 1 } });
  }
  expect(await uploadDataset(client, noiseCsv(10_000))).toMatchObject({ version: 2 });
  expect(await statusOf(id)).toBe('RUNNING');
  await stopTraining(client, id);
  expect(await endOfRun(client, id)).toMatchObject({ status: 'SUCCEEDED' });
});
