import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv, housesCsv } from '../../support/csv-files.ts';
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

const CLASSIFIERS = [
  { algorithm: 'BASELINE' },
  { algorithm: 'LINEAR' },
  { algorithm: 'DECISION_TREE', parameters: { maxDepth: 2 } },
  { algorithm: 'RANDOM_FOREST', parameters: { trees: 5 } },
  { algorithm: 'GRADIENT_BOOSTING', parameters: { trees: 5 } },
  { algorithm: 'GRADIENT_BOOSTING', parameters: { trees: 10, learningRate: 0.3 } },
];
const REGRESSORS = CLASSIFIERS;

const SUMMARY_FIELDS = `... on ClassificationMetrics { accuracy precision recall f1 logLoss rocAuc }
  ... on RegressionMetrics { r2 mse rmse mae }`;

interface Point {
  readonly runId: string;
  readonly datasetName: string;
  readonly algorithm: string;
  readonly metrics: Readonly<Record<string, number>>;
}

interface Stats {
  readonly count: number;
  readonly mean: number;
  readonly best: number;
  readonly worst: number;
  readonly latest: number;
}

/** What a figure of the summary has to be, found from the runs themselves. */
function statsOf(points: readonly Point[], field: string, higherIsBetter: boolean): Stats | null {
  const values = points.map(({ metrics }) => metrics[field]).filter((value) => value !== undefined && value !== null);
  const [latest] = values;
  if (latest === undefined) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [best, worst] = higherIsBetter ? [high, low] : [low, high];
  return { count: values.length, mean, best, worst, latest };
}

test('twelve runs of two tasks become trends, a summary and comparisons', async () => {
  const flowers = (await uploadDataset(client, flowersCsv(150))).id;
  const houses = (await uploadDataset(client, housesCsv(150))).id;
  const split = { strategy: 'INTERLEAVED', testFraction: 0.2 };
  const ids: string[] = [];
  for (const params of CLASSIFIERS) ids.push((await train(client, { datasetId: flowers, split, ...params })).id);
  for (const params of REGRESSORS) ids.push((await train(client, { datasetId: houses, split, ...params })).id);

  const { metricTrends } = await client.execute<{ metricTrends: Point[] }>(
    `{ metricTrends { runId createdAt datasetName datasetVersion algorithm metrics { task primary { name value low high } ${SUMMARY_FIELDS} } } }`,
  );
  expect(metricTrends.map(({ runId }) => runId)).toEqual(ids.toReversed());
  expect(new Set(metricTrends.map(({ datasetName }) => datasetName))).toEqual(new Set(['flowers', 'houses']));

  const STATS = '{ count mean best worst p25 median p75 latest }';
  const { metricsSummary } = await client.execute<{ metricsSummary: Record<string, unknown> }>(
    `{ metricsSummary { count classificationCount regressionCount accuracy ${STATS} logLoss ${STATS} r2 ${STATS} rmse ${STATS}
       durationSeconds ${STATS} trends { runId } } }`,
  );
  expect(metricsSummary).toMatchObject({ count: 12, classificationCount: 6, regressionCount: 6 });
  expect(metricsSummary['trends']).toEqual(ids.toReversed().map((runId) => ({ runId })));
  expect(metricsSummary['durationSeconds']).toMatchObject({ count: 12 });
  for (const [field, higherIsBetter] of [
    ['accuracy', true],
    ['logLoss', false],
    ['r2', true],
    ['rmse', false],
  ] as const) {
    const { mean, ...exact } = statsOf(metricTrends, field, higherIsBetter)!;
    expect(metricsSummary[field]).toMatchObject({ ...exact, mean: expect.closeTo(mean, 10) });
  }

  const { compareRuns } = await client.execute<{
    compareRuns: {
      metrics: { name: string; values: number[]; bestRunId: string; significant: boolean | null }[];
      parameters: { name: string; values: (string | null)[]; differs: boolean }[];
      warnings: string[];
    };
  }>(
    `query ($ids: [ID!]!) { compareRuns(ids: $ids) { runs { id } metrics { name higherIsBetter values bestRunId significant }
       parameters { name values differs } warnings } }`,
    { ids: ids.slice(0, 6) },
  );
  const byRun = new Map(metricTrends.map((point) => [point.runId, point.metrics]));
  const logLoss = compareRuns.metrics.find(({ name }) => name === 'LOG_LOSS');
  expect(logLoss?.values).toEqual(ids.slice(0, 6).map((id) => byRun.get(id)?.['logLoss']));
  const best = Math.min(...(logLoss?.values ?? []));
  expect(logLoss?.bestRunId).toBe(ids[logLoss?.values.indexOf(best) ?? -1]);
  expect(typeof logLoss?.significant).toBe('boolean');
  expect(compareRuns.parameters.find(({ name }) => name === 'trees')).toEqual({
    ...{ name: 'trees', values: [null, null, null, '5', '5', '10'], differs: true },
  });
  expect(compareRuns.warnings).toEqual([]);
});
