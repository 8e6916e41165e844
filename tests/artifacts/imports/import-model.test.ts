import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { importAccepted, largestDifference, outputsOf, predict, referenceRows } from './import-operations.ts';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
});

afterAll(() => server.close());

const MODELS = [
  ['xgb-logistic.json', 'CLASSIFICATION'],
  ['xgb-logistic.ubj', 'CLASSIFICATION'],
  ['xgb-softprob.ubj', 'CLASSIFICATION'],
  ['xgb-squared-error.json', 'REGRESSION'],
  ['xgb-poisson.json', 'REGRESSION'],
  ['xgb-many-thresholds.json', 'REGRESSION'],
  ['lgb-frame.txt', 'CLASSIFICATION'],
  ['lgb-multiclass.txt', 'CLASSIFICATION'],
  ['lgb-gamma.txt', 'REGRESSION'],
] as const;

describe('a model that is imported without a dataset', () => {
  test.each(MODELS)('%s predicts through the API what its library predicts', async (file, task) => {
    const artifact = await importAccepted(client, file, { task });
    const { rows, outputs } = referenceRows(file, 300);
    const predictions = await predict(client, artifact.id, rows);
    const ours = predictions.map((prediction) => outputsOf(prediction, artifact.labels, outputs[0]!.length));
    expect(largestDifference(ours, outputs)).toBeLessThan(1e-6);
  });

  test('has a run that has succeeded without metrics, and names no dataset', async () => {
    const artifact = await importAccepted(client, 'xgb-logistic.json', {
      task: 'CLASSIFICATION',
      labels: ['no', 'yes'],
    });
    expect(artifact).toMatchObject({
      importedFrom: 'XGBOOST_JSON',
      labels: ['no', 'yes'],
      run: { status: 'SUCCEEDED', name: 'xgb-logistic.json', importedFrom: 'XGBOOST_JSON' },
    });
    const { trainingRun } = await client.execute<{ trainingRun: Record<string, unknown> }>(
      `query ($id: ID!) { trainingRun(id: $id) { status stage endReason progress datasetName datasetVersion dataset { id } algorithm
         metrics { primary { value } } baseline { primary { value } } curve { iteration } settings { trees } evaluation { __typename }
         featureImportances { feature } split { trainRows testRows } modelCard artifact { id } events { kind status } durationSeconds } }`,
      { id: artifact.runId },
    );
    expect(trainingRun).toMatchObject({
      ...{
        status: 'SUCCEEDED',
        stage: 'DONE',
        endReason: 'COMPLETED',
        progress: 1,
        datasetName: '',
        datasetVersion: 0,
      },
      ...{ dataset: null, algorithm: 'GRADIENT_BOOSTING', metrics: null, baseline: null, curve: [], evaluation: null },
      ...{ featureImportances: [], settings: { trees: null }, split: { trainRows: null, testRows: null } },
      ...{ artifact: { id: artifact.id }, events: [{ kind: 'STATUS', status: 'SUCCEEDED' }] },
    });
    const card = String(trainingRun['modelCard']);
    for (const part of ['XGBOOST_JSON', 'without a dataset', 'has not been evaluated', 'importModel']) {
      expect(card).toContain(part);
    }
  });

  test('is left out of statistics, which are of metrics', async () => {
    const other = await server.signUp();
    const artifact = await importAccepted(other, 'xgb-squared-error.json', { task: 'REGRESSION' });
    const { metricsSummary, metricTrends, compareRuns } = await other.execute<Record<string, { warnings: string[] }>>(
      `query ($ids: [ID!]!) { metricsSummary { count trends { runId } } metricTrends { runId }
         compareRuns(ids: $ids) { warnings metrics { values } } }`,
      { ids: [artifact.runId] },
    );
    expect(metricsSummary).toEqual({ count: 0, trends: [] });
    expect(metricTrends).toEqual([]);
    expect(compareRuns?.warnings).toEqual([expect.stringContaining('was not evaluated')]);
  });
});

test('the same file twice gives two models that share their file; with a key it gives one', async () => {
  const input = { task: 'CLASSIFICATION', idempotencyKey: 'one-import' };
  const first = await importAccepted(client, 'lgb-binary.txt', input);
  const again = await importAccepted(client, 'lgb-binary.txt', input);
  expect(again.id).toBe(first.id);
  const [second, third] = await Promise.all(
    ['two', 'two'].map((idempotencyKey) => importAccepted(client, 'lgb-binary.txt', { ...input, idempotencyKey })),
  );
  expect(second?.id).toBe(third?.id);
  expect(second?.id).not.toBe(first.id);
  expect(second?.sha256).toBe(first.sha256);
  const { deleteArtifact } = await client.execute<{ deleteArtifact: { filesRemoved: number } }>(
    'mutation ($id: ID!) { deleteArtifact(id: $id) { filesRemoved } }',
    { id: first.id },
  );
  expect(deleteArtifact).toEqual({ filesRemoved: 0 });
});
