import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv, housesCsv, noiseCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { endOfRun, startTraining, train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const RUN = `query ($id: ID!) { trainingRun(id: $id) { artifact { id } split { trainRows } settings { folds }
  evaluation {
    crossValidation { folds foldsDone metrics { nSamples primary { value low high } }
      scores { name higherIsBetter mean stddev values } }
    interval { level radius coverage low high }
    thresholds { threshold precision recall f1 accuracy truePositives falsePositives falseNegatives trueNegatives
      cost(falsePositive: 1, falseNegative: 10) } } } }`;

interface Run {
  readonly artifact: { readonly id: string } | null;
  readonly split: { readonly trainRows: number };
  readonly settings: { readonly folds: number | null };
  readonly evaluation: {
    readonly crossValidation: {
      readonly folds: number;
      readonly foldsDone: number;
      readonly metrics: { readonly nSamples: number; readonly primary: { readonly value: number } };
      readonly scores: readonly { readonly name: string; readonly mean: number; readonly values: readonly number[] }[];
    } | null;
    readonly interval: Readonly<Record<'level' | 'radius' | 'coverage' | 'low' | 'high', number>> | null;
    readonly thresholds: readonly Readonly<Record<string, number>>[] | null;
  };
}

const PREDICT = `query ($id: ID!) {
  predict(artifactId: $id, rows: [{ size: 80, town: "Bern" }]) { predictions { value low high } } }`;

const DOWNLOAD = 'mutation ($id: ID) { createDownload(input: { outOfFoldRunId: $id }) { url filename } }';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
});

afterAll(() => server.close());

async function trained(datasetId: string, params: object) {
  const { id } = await train(client, { datasetId, ...params });
  return { id, ...(await client.execute<{ trainingRun: Run }>(RUN, { id })).trainingRun };
}

async function download(id: string): Promise<Record<string, string>[]> {
  const { createDownload } = await client.execute<{ createDownload: { url: string; filename: string } }>(DOWNLOAD, {
    id,
  });
  expect(createDownload.filename).toBe(`out-of-fold-${id}.csv`);
  return parse(await (await fetch(createDownload.url)).text(), { columns: true });
}

test('a run with folds shows what they came to, thresholds, and each row that they have predicted', async () => {
  const { id: datasetId } = await uploadDataset(client, noiseCsv(400));
  const run = await trained(datasetId, { target: 'answer', algorithm: 'LINEAR', parameters: { folds: 4 } });
  expect(run.settings).toEqual({ folds: 4 });
  const { crossValidation, thresholds } = run.evaluation;
  expect(crossValidation).toMatchObject({ folds: 4, foldsDone: 4, metrics: { nSamples: run.split.trainRows } });
  const accuracy = crossValidation?.scores.find(({ name }) => name === 'ACCURACY');
  expect(accuracy?.values).toHaveLength(4);
  const rows = await download(run.id);
  expect(rows).toHaveLength(run.split.trainRows);
  const hits = rows.filter(({ actual, predicted }) => actual === predicted).length;
  expect(crossValidation?.metrics.primary.value).toBeCloseTo(hits / rows.length, 12);
  for (const point of thresholds ?? []) {
    // The file has probabilities with seven digits.
    const above = (limit: number) => rows.filter((row) => Number(row['probability_of_yes']) >= limit).length;
    const positives = point['truePositives']! + point['falsePositives']!;
    expect(positives).toBeLessThanOrEqual(above(point['threshold']! - 1e-6));
    expect(positives).toBeGreaterThanOrEqual(above(point['threshold']! + 1e-6));
    expect(point['cost']).toBe(point['falsePositives']! + 10 * point['falseNegatives']!);
  }
  expect(thresholds?.length).toBeGreaterThan(10);
});

test('numbers and many labels have folds, and no thresholds; without folds there are neither', async () => {
  const houses = await uploadDataset(client, housesCsv());
  const ofNumbers = await trained(houses.id, { algorithm: 'DECISION_TREE', target: 'price', parameters: { folds: 3 } });
  expect(ofNumbers.evaluation).toMatchObject({ thresholds: null, crossValidation: { foldsDone: 3 } });
  const { interval } = ofNumbers.evaluation;
  expect(interval?.level).toBe(0.9);
  expect(interval?.low).toBeLessThanOrEqual(interval?.coverage ?? 0);
  const without = await trained(houses.id, { algorithm: 'LINEAR', target: 'price' });
  expect(without.evaluation).toEqual({ thresholds: null, crossValidation: null, interval: null });
  expectError((await client.request(DOWNLOAD, { id: without.id })).errors, 'NOT_FOUND');
});

test('folds that the rows do not allow end the run with what to do', async () => {
  const { id: datasetId } = await uploadDataset(client, flowersCsv(30));
  const id = await startTraining(client, {
    ...{ datasetId, target: 'kind', algorithm: 'BASELINE', parameters: { folds: 20 } },
  });
  expect(await endOfRun(client, id)).toMatchObject({
    status: 'FAILED',
    error: {
      code: 'FOLDS_IMPOSSIBLE',
      message: expect.stringMatching(/20 folds need at least 20 training rows of the label/),
    },
  });
});

test('a prediction of a number has an interval as wide as the evaluation says, and none without folds', async () => {
  const { id: datasetId } = await uploadDataset(client, housesCsv());
  const predict = async (parameters: object) => {
    const { artifact, evaluation } = await trained(datasetId, { algorithm: 'LINEAR', target: 'price', parameters });
    const { predict: result } = await client.execute<{
      predict: { predictions: { value: number; low: number | null; high: number | null }[] };
    }>(PREDICT, { id: artifact?.id });
    return { radius: evaluation.interval?.radius ?? Number.NaN, ...result.predictions[0]! };
  };
  const { radius, value, low, high } = await predict({ folds: 5 });
  expect([low, high]).toEqual([value - radius, value + radius]);
  expect(radius).toBeGreaterThan(0);
  expect(await predict({})).toMatchObject({ low: null, high: null });
});
