import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv, fraudCsv, housesCsv, noiseCsv } from '../../support/csv-files.ts';
import { endOfRun, startTraining, train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const RUN = `query ($id: ID!) { trainingRun(id: $id) {
  metrics { nSamples primary { name value low high } undefinedMetrics { name reason }
    ... on ClassificationMetrics { accuracy rocAuc averagePrecision brier weightedPrecision weightedRecall weightedF1 }
    ... on RegressionMetrics { r2 mape } }
  baseline { primary { value low high } }
  evaluation { confusionMatrix { labels counts } perClass { label precision recall f1 support } positiveClass
    rocCurve { falsePositiveRate truePositiveRate threshold } precisionRecallCurve { recall precision threshold }
    calibration { predicted observed count } residuals { actual predicted } } } }`;

interface Value {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

interface Run {
  readonly metrics: { readonly nSamples: number; readonly primary: Value } & Readonly<Record<string, unknown>>;
  readonly baseline: { readonly primary: Value };
  readonly evaluation: {
    readonly confusionMatrix: { readonly labels: string[]; readonly counts: number[][] } | null;
    readonly perClass: { readonly label: string; readonly recall: number; readonly support: number }[] | null;
    readonly rocCurve: { falsePositiveRate: number; truePositiveRate: number; threshold: number | null }[] | null;
    readonly calibration: { readonly count: number }[] | null;
    readonly residuals: { readonly actual: number; readonly predicted: number }[] | null;
  } & Readonly<Record<string, unknown>>;
}

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

async function trained(datasetId: string, params: object): Promise<Run> {
  const { id } = await train(client, { datasetId, parameters: { trees: 5 }, ...params });
  return (await client.execute<{ trainingRun: Run }>(RUN, { id })).trainingRun;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

test('the evaluation of two labels has a matrix, classes, curves and an interval from the same rows', async () => {
  const { id } = await uploadDataset(client, noiseCsv(600));
  const { metrics, baseline, evaluation } = await trained(id, { target: 'answer' });
  const { nSamples, primary } = metrics;
  const { labels, counts } = evaluation.confusionMatrix ?? { labels: [], counts: [] };
  expect(labels).toEqual(['no', 'yes']);
  expect(sum(counts.flat())).toBe(nSamples);
  expect(sum(counts.map((row, index) => row[index] ?? 0)) / nSamples).toBeCloseTo(primary.value, 12);
  expect(evaluation.perClass?.map(({ label, support }) => [label, support])).toEqual(
    labels.map((label, index) => [label, sum(counts[index] ?? [])]),
  );
  expect(evaluation).toMatchObject({ positiveClass: 'yes', residuals: null });
  expect(evaluation.rocCurve?.at(0)).toEqual({ falsePositiveRate: 0, truePositiveRate: 0, threshold: null });
  expect(evaluation.rocCurve?.at(-1)).toMatchObject({ falsePositiveRate: 1, truePositiveRate: 1 });
  expect(sum(evaluation.calibration?.map(({ count }) => count) ?? [])).toBe(nSamples);
  for (const { value, low, high } of [primary, baseline.primary]) {
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  }
  expect(metrics['undefinedMetrics']).toEqual([]);
});

test('the positive class is the rarer label, or the requested one, and is stored with the run', async () => {
  const { id: datasetId } = await uploadDataset(client, fraudCsv());
  const params = { target: 'outcome', algorithm: 'LINEAR', parameters: {} };
  const byDefault = await trained(datasetId, params);
  expect(byDefault.evaluation['positiveClass']).toBe('fraud');
  const { id } = await train(client, { datasetId, ...params, positiveClass: 'legit' });
  const retried = await client.execute<{ retryTraining: { id: string } }>(
    'mutation ($id: ID!) { retryTraining(id: $id) { id } }',
    { id },
  );
  await endOfRun(client, retried.retryTraining.id);
  const runs = [id, retried.retryTraining.id];
  for (const each of runs) {
    const { trainingRun } = await client.execute<{ trainingRun: Run & { modelCard: string } }>(
      RUN.replace('evaluation {', 'modelCard evaluation {'),
      { id: each },
    );
    expect(trainingRun.evaluation['positiveClass']).toBe('legit');
    expect(trainingRun.modelCard).toContain(
      'The positive class, of which average precision and the curves speak, is legit.',
    );
    expect(trainingRun.modelCard).toContain('"positiveClass": "legit"');
    const { metrics, evaluation } = trainingRun;
    // The share of each label among the test rows is what the curve begins with, at recall 1.
    const share = (run: Run) =>
      (run.evaluation as unknown as { precisionRecallCurve: { precision: number }[] }).precisionRecallCurve[0]
        ?.precision;
    expect(share(trainingRun)).toBeCloseTo(0.9, 12);
    expect(share(byDefault)).toBeCloseTo(0.1, 12);
    for (const name of ['rocAuc', 'brier', 'accuracy']) {
      expect(metrics[name]).toBeCloseTo(byDefault.metrics[name] as number, 12);
    }
    expect(metrics['averagePrecision']).toBeGreaterThan(byDefault.metrics['averagePrecision'] as number);
    expect(sum(evaluation.calibration?.map(({ count }) => count) ?? [])).toBe(metrics.nSamples);
  }
});

test('the evaluation of many labels has no curves, and undefined metrics say why', async () => {
  const rows = Array.from({ length: 120 }, (_, i) => `${i % 30},${['a', 'b', 'c', 'd'][i % 4]}`);
  const { id } = await uploadDataset(client, { name: 'four.csv', content: `n,label\n${rows.join('\n')}\n` });
  const { metrics, evaluation } = await trained(id, { target: 'label' });
  expect(evaluation.confusionMatrix?.labels).toEqual(['a', 'b', 'c', 'd']);
  expect(evaluation).toMatchObject({
    ...{ positiveClass: null, rocCurve: null, precisionRecallCurve: null, calibration: null, residuals: null },
  });
  expect(metrics).toMatchObject({ averagePrecision: null, brier: null, weightedF1: expect.any(Number) });
  expect(metrics['undefinedMetrics']).toEqual([
    { name: 'AVERAGE_PRECISION', reason: expect.any(String) },
    { name: 'BRIER', reason: expect.any(String) },
  ]);
});

test('the evaluation of numbers has residuals, and nothing about labels', async () => {
  const { id } = await uploadDataset(client, housesCsv());
  const { metrics, evaluation } = await trained(id, { algorithm: 'LINEAR', parameters: {} });
  expect(evaluation.residuals).toHaveLength(metrics.nSamples);
  expect(evaluation).toMatchObject({ confusionMatrix: null, perClass: null, positiveClass: null, calibration: null });
  expect(metrics.primary.low).toBeLessThanOrEqual(metrics.primary.value);
  expect(metrics['mape']).toEqual(expect.any(Number));
});

test('a run that has not succeeded has no evaluation', async () => {
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  const id = await startTraining(client, { datasetId });
  await client.request('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id });
  const { trainingRun } = await client.execute<{ trainingRun: { status: string; evaluation: object | null } }>(
    'query ($id: ID!) { trainingRun(id: $id) { status evaluation { positiveClass } } }',
    { id },
  );
  // It may have succeeded before the request came.
  expect(trainingRun.evaluation !== null).toBe(trainingRun.status === 'SUCCEEDED');
});
