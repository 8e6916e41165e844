import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { startTraining, train, uploadDataset } from '../support/operations.ts';
import { createUpload } from '../support/part-upload.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

const NODE = `query ($id: ID!) { node(id: $id) { __typename id
  ... on Dataset { name rowCount trainingRuns { totalCount } }
  ... on TrainingRun { algorithm dataset { id } }
  ... on Job { status stage progress attempt error { code } queuePosition etaSeconds cancelRequestedAt finishedAt }
  ... on Artifact { sizeBytes run { id } }
  ... on UploadSession { filename receivedParts } } }`;

async function nodeOf(reader: TestClient, id: string): Promise<unknown> {
  return (await reader.execute<{ node: unknown }>(NODE, { id })).node;
}

test('datasets, runs, models and uploads are found by their id, with the fields of their type', async () => {
  const dataset = await uploadDataset(client, flowersCsv());
  const run = await train(client, { datasetId: dataset.id, algorithm: 'BASELINE' });
  const upload = await createUpload(client, 'later.csv', 1_000);
  const artifactId = run.artifact?.id ?? 'none';
  expect(await nodeOf(client, dataset.id)).toEqual({
    ...{ __typename: 'Dataset', id: dataset.id, name: 'flowers', rowCount: 60, trainingRuns: { totalCount: 1 } },
  });
  expect(await nodeOf(client, run.id)).toMatchObject({
    ...{ __typename: 'TrainingRun', id: run.id, algorithm: 'BASELINE', dataset: { id: dataset.id } },
    ...{ status: 'SUCCEEDED', stage: 'DONE', progress: 1, attempt: 1, error: null, queuePosition: null },
  });
  expect(await nodeOf(client, artifactId)).toEqual({
    ...{ __typename: 'Artifact', id: artifactId, sizeBytes: expect.any(Number), run: { id: run.id } },
  });
  expect(await nodeOf(client, upload.id)).toEqual({
    ...{ __typename: 'UploadSession', id: upload.id, filename: 'later.csv', receivedParts: [] },
  });
});

test('a queued run is a job with its position in the queue', async () => {
  const waiting = await startTestServer({}, { worker: false });
  try {
    const owner = await waiting.signUp();
    const { id: datasetId } = await uploadDataset(owner, flowersCsv());
    await startTraining(owner, { datasetId, algorithm: 'BASELINE' });
    const second = await startTraining(owner, { datasetId, algorithm: 'BASELINE' });
    expect(await nodeOf(owner, second)).toMatchObject({ status: 'QUEUED', stage: 'WAITING', queuePosition: 2 });
  } finally {
    await waiting.close();
  }
});

test('an unknown id, one that is none, and one of another workspace are all null, without an error', async () => {
  const stranger = await server.signUp();
  const { id: datasetId } = await uploadDataset(client, flowersCsv(61));
  const upload = await createUpload(client, 'other.csv', 1_000);
  for (const id of [datasetId, upload.id, randomUUID(), 'none', '']) {
    expect(await stranger.request(NODE, { id }), id).toEqual({ status: 200, data: { node: null }, errors: [] });
  }
});
