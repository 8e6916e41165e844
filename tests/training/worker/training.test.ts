import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv, housesCsv } from '../../support/csv-files.ts';
import { endOfRun, startTraining, train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const RUN = `query ($id: ID!) { trainingRun(id: $id) {
  id status stage progress etaSeconds endReason attempt target task algorithm features parameters { name value }
  split { strategy testFraction column seed trainRows testRows } datasetName datasetVersion dataset { id name }
  error { code } createdAt startedAt finishedAt durationSeconds warnings
  metrics { task nSamples nFeatures primary { name value higherIsBetter } undefinedMetrics { name reason }
    ... on ClassificationMetrics { accuracy precision recall f1 logLoss rocAuc } ... on RegressionMetrics { r2 mse rmse mae } }
  baseline { primary { value } }
  curve { iteration trainLoss validationLoss } featureImportances { feature importance gain } artifact { id format } artifactRemovedAt } }`;

interface Run {
  readonly parameters: { name: string; value: string }[];
  readonly split: { trainRows: number; testRows: number };
  readonly metrics: { primary: { value: number } };
  readonly baseline: { primary: { value: number } };
  readonly curve: { iteration: number }[];
  readonly featureImportances: { feature: string; importance: number; gain: number }[];
  readonly [field: string]: unknown;
}

let server: TestServer;
let client: TestClient;
let flowers: string;
let houses: string;
let parts: string;

/** A column that says which rows are test rows. */
function partsCsv() {
  const rows = Array.from(
    { length: 40 },
    (_, i) => `${i % 10},${i % 4 === 0 ? 'test' : 'train'},${i % 10 < 5 ? 'low' : 'high'}`,
  );
  return { name: 'parts.csv', content: `n,part,label\n${rows.join('\n')}\n` };
}

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  flowers = (await uploadDataset(client, flowersCsv())).id;
  houses = (await uploadDataset(client, housesCsv())).id;
  parts = (await uploadDataset(client, partsCsv())).id;
});

afterAll(() => server.close());

async function trained(input: object): Promise<Run> {
  const { id } = await train(client, input);
  return (await client.execute<{ trainingRun: Run }>(RUN, { id })).trainingRun;
}

/** What a run of each algorithm is split by, and how many rows that makes of 60. */
const SPLITS = {
  BASELINE: [{}, 48, 12],
  LINEAR: [{ strategy: 'LAST', testFraction: 0.25 }, 45, 15],
  DECISION_TREE: [{ strategy: 'INTERLEAVED', testFraction: 0.1 }, 54, 6],
  RANDOM_FOREST: [{ testFraction: 0.25, seed: 1 }, 45, 15],
  GRADIENT_BOOSTING: [{ testFraction: 0.5, seed: 7 }, 30, 30],
} as const;

describe.each(['BASELINE', 'LINEAR', 'DECISION_TREE', 'RANDOM_FOREST', 'GRADIENT_BOOSTING'] as const)(
  '%s',
  (algorithm) => {
    test.each(['CLASSIFICATION', 'REGRESSION'])('the algorithm trains, tests and stores a model: %s', async (task) => {
      const isClassification = task === 'CLASSIFICATION';
      const [split, trainRows, testRows] = SPLITS[algorithm];
      const run = await trained({ datasetId: isClassification ? flowers : houses, algorithm, split });
      expect(run).toMatchObject({
        ...{
          status: 'SUCCEEDED',
          stage: 'DONE',
          progress: 1,
          etaSeconds: null,
          attempt: 1,
          error: null,
          algorithm,
          task,
        },
        ...{ target: isClassification ? 'kind' : 'price', datasetVersion: 1, artifactRemovedAt: null },
        features: isClassification ? ['petal', 'soil'] : ['size', 'town'],
        split: { strategy: 'RANDOM', testFraction: 0.2, column: null, seed: 0, ...split, trainRows, testRows },
        metrics: {
          task,
          nSamples: testRows,
          primary: { name: isClassification ? 'ACCURACY' : 'R2', higherIsBetter: true },
        },
        artifact: { format: 'TRAINYARD_JSON' },
        finishedAt: expect.any(String),
        durationSeconds: expect.any(Number),
      });
      const { primary } = run.metrics;
      const better = primary.value - run.baseline.primary.value;
      expect(algorithm === 'BASELINE' ? Math.abs(better) < 1e-12 : better > 0.2).toBe(true);
      const gains = run.featureImportances.reduce((sum, { gain }) => sum + gain, 0);
      expect(gains).toBeCloseTo(algorithm === 'BASELINE' ? 0 : 1, 9);
    });
  },
);

test('features, parameters and the column that splits the rows are used as given', async () => {
  const run = await trained({
    ...{ datasetId: parts, target: 'label', features: ['n', 'n'] },
    parameters: { trees: 5, learningRate: 0.3, maxDepth: null, seed: 3 },
    split: { strategy: 'COLUMN', column: 'part' },
  });
  expect(run).toMatchObject({
    features: ['n'],
    metrics: { nFeatures: 1 },
    featureImportances: [{ feature: 'n' }],
    split: { strategy: 'COLUMN', column: 'part', trainRows: 30, testRows: 10 },
  });
  const given = Object.fromEntries(run.parameters.map(({ name, value }) => [name, value]));
  expect(given).toMatchObject({ trees: '5', learningRate: '0.3', maxDepth: '6', seed: '3' });
  expect(run.curve.map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4, 5]);
});

test.each([
  [{ strategy: 'GROUP', column: 'soil', testFraction: 0.35 }, ['petal'], 40, 20],
  [{ strategy: 'TIME', column: 'petal', testFraction: 0.2 }, ['petal', 'soil'], 48, 12],
] as const)('the rows are split by %o', async (split, features, trainRows, testRows) => {
  const run = await trained({ datasetId: flowers, algorithm: 'LINEAR', split });
  expect(run).toMatchObject({
    ...{ status: 'SUCCEEDED', features },
    split: { seed: 0, ...split, trainRows, testRows },
  });
});

describe('a run that the data do not allow ends as FAILED, with a code, words and a hint', () => {
  test('a run whose training rows have only one class fails with a code, a message and a hint', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => `${index % 7},${index < 30 ? 'no' : 'yes'}`);
    const { id } = await uploadDataset(client, { name: 'late.csv', content: `n,label\n${rows.join('\n')}\n` });
    const split = { strategy: 'LAST', testFraction: 0.25 };
    const run = await endOfRun(client, await startTraining(client, { datasetId: id, target: 'label', split }));
    expect(run).toMatchObject({
      ...{ status: 'FAILED', stage: 'DONE', endReason: 'FAILED', attempt: 1, artifact: null },
      error: { code: 'TARGET_ONE_CLASS', message: expect.stringContaining('label'), hint: expect.any(String) },
    });
  });

  test('a run without any test row fails with a code, a message and a hint', async () => {
    const split = { strategy: 'COLUMN', column: 'n' };
    const run = await endOfRun(client, await startTraining(client, { datasetId: parts, target: 'label', split }));
    expect(run).toMatchObject({ status: 'FAILED', error: { code: 'SPLIT_IMPOSSIBLE', hint: expect.any(String) } });
  });
});
