import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

/** 200 flowers, two classes that one column tells apart but for a few. */
function flowers(): string {
  const rows = Array.from({ length: 200 }, (_, index) => {
    const isLong = index % 2 === 0;
    const petal = (isLong ? 4 : 2) + ((index * 7) % 13) / 10;
    return `${petal.toFixed(1)},${['wet', 'dry', ''][index % 3]},${index % 29 === 0 || isLong ? 'rose' : 'daisy'}`;
  });
  return `petal,soil,kind\n${rows.join('\n')}\n`;
}

test('a CSV is uploaded, a model trained and watched, and its file downloaded', async () => {
  const { uploadDataset } = await client.executeWithFile<{
    uploadDataset: { dataset: { id: string }; report: unknown };
  }>(
    'mutation ($file: Upload!) { uploadDataset(file: $file) { dataset { id name version rowCount suggestedTarget suggestedTask } report { accepted issues { code message } } } }',
    { name: 'flowers.csv', content: flowers() },
  );
  expect(uploadDataset).toMatchObject({
    dataset: { name: 'flowers', version: 1, rowCount: 200, suggestedTarget: 'kind', suggestedTask: 'CLASSIFICATION' },
    report: { accepted: true },
  });

  const { startTraining } = await client.execute<{ startTraining: { id: string } }>(
    'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id status stage progress algorithm task target } }',
    { input: { datasetId: uploadDataset.dataset.id } },
  );
  expect(startTraining).toMatchObject({
    status: 'QUEUED',
    algorithm: 'GRADIENT_BOOSTING',
    task: 'CLASSIFICATION',
    target: 'kind',
  });

  const seen: { trainingProgress: { status: string; progress: number } }[] = [];
  for await (const change of client.subscribe<(typeof seen)[number]>(
    'subscription ($id: ID!) { trainingProgress(runId: $id) { status stage progress etaSeconds error { code message } } }',
    { id: startTraining.id },
  )) {
    seen.push(change);
  }
  expect(seen.at(-1)?.trainingProgress).toMatchObject({ status: 'SUCCEEDED', stage: 'DONE', progress: 1, error: null });

  const { trainingRun } = await client.execute<{ trainingRun: { artifact: { modelUrl: string; sizeBytes: number } } }>(
    `query ($id: ID!) { trainingRun(id: $id) {
       metrics { primary { name value } ... on ClassificationMetrics { accuracy logLoss nSamples } }
       baseline { ... on ClassificationMetrics { accuracy logLoss } }
       split { trainRows testRows } artifact { modelUrl sizeBytes } dataset { name } events { seq kind } } }`,
    { id: startTraining.id },
  );
  expect(trainingRun).toMatchObject({ split: { trainRows: 160, testRows: 40 }, dataset: { name: 'flowers' } });

  const model = await fetch(trainingRun.artifact.modelUrl);
  expect(model.status).toBe(200);
  const bytes = await model.bytes();
  expect(bytes.length).toBe(trainingRun.artifact.sizeBytes);
  expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({
    format: 'trainyard-model',
    algorithm: 'GRADIENT_BOOSTING',
  });
});
