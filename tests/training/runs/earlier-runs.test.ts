import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

const RUN = `query ($id: ID!) { trainingRun(id: $id) {
  featureImportances { feature method importance stddev gain isNoise }
  metrics { primary { value low high } ... on ClassificationMetrics { accuracy weightedF1 averagePrecision brier } }
  evaluation { positiveClass } modelCard } }`;

test('a run of an earlier version, or of a worker of that version, is shown with what it has', async () => {
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  const { id } = await train(client, { datasetId, parameters: { trees: 5 } });
  const { owner } = server.database;
  const importances = [
    { feature: 'petal', importance: 0.75 },
    { feature: 'soil', importance: 0.25 },
  ];
  await owner`update training_runs set feature_importances = ${owner.json(importances)},
    metrics = metrics - array['interval', 'weightedPrecision', 'weightedRecall', 'weightedF1', 'averagePrecision', 'brier']
    where id = ${id}`;
  await owner`delete from training_evaluations where run_id = ${id}`;
  const { trainingRun } = await client.execute<{ trainingRun: { modelCard: string } }>(RUN, { id });
  expect(trainingRun).toMatchObject({
    featureImportances: importances.map((one) => {
      return { ...one, method: 'GAIN', gain: one.importance, stddev: null, isNoise: null };
    }),
    metrics: { primary: { low: null, high: null }, weightedF1: null, averagePrecision: null, brier: null },
    evaluation: null,
  });
  expect(trainingRun.modelCard).toContain('| trained by | not known |');
  const page = await client.execute<{ trainingRuns: { edges: { node: { featureImportances: object[] } }[] } }>(
    '{ trainingRuns { edges { node { featureImportances(limit: 1) { method gain } } } } }',
  );
  expect(page.trainingRuns.edges[0]?.node.featureImportances).toEqual([{ method: 'GAIN', gain: 0.75 }]);
});
