import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RUN_STATUSES } from '../../../src/jobs/job-status.ts';
import { ALGORITHM_NAMES } from '../../../src/ml/registry.ts';
import { TASKS } from '../../../src/ml/task.ts';
import { type ExpectedStats, newestOf, SUMMARY_METRICS, statsOf } from '../../support/expected-history.ts';
import { type MadeRun, madeRun, type WorkspaceOfRuns, workspaceOfRuns } from '../../support/made-runs.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const SUMMARY_FIELDS = [...SUMMARY_METRICS, 'durationSeconds'];

const POINT = `runId createdAt datasetName datasetVersion algorithm durationSeconds
  metrics { task nSamples primary { name value } ... on ClassificationMetrics { accuracy rocAuc } ... on RegressionMetrics { r2 mse } }`;
const SUMMARY = `count classificationCount regressionCount trends { ${POINT} }
  ${SUMMARY_FIELDS.map((metric) => `${metric} { count mean best worst p25 median p75 latest }`).join(' ')}`;
const BOTH = `query ($filter: MetricsFilter! = {}, $limit: Int! = 50) {
  metricTrends(filter: $filter, limit: $limit) { ${POINT} }
  metricsSummary(filter: $filter, limit: $limit) { ${SUMMARY} }
}`;

interface Point {
  readonly runId: string;
  readonly metrics: Record<string, unknown>;
}

type Summary = Record<string, ExpectedStats | null> & {
  readonly count: number;
  readonly classificationCount: number;
  readonly regressionCount: number;
  readonly trends: readonly Point[];
};

interface History {
  readonly metricTrends: readonly Point[];
  readonly metricsSummary: Summary;
}

let server: TestServer;
let own: WorkspaceOfRuns;
let other: WorkspaceOfRuns;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  own = await workspaceOfRuns(await server.signUp(), server.database.owner);
  other = await workspaceOfRuns(await server.signUp(), server.database.owner);
});

afterAll(() => server.close());

function history(client: TestClient, variables: object = {}): Promise<History> {
  return client.execute<History>(BOTH, variables);
}

/** What the history shows of a made-up run. */
function toPoint(run: MadeRun): unknown {
  const isClassification = run.task === 'CLASSIFICATION';
  const name = isClassification ? 'ACCURACY' : 'R2';
  const value = run.metrics[isClassification ? 'accuracy' : 'r2'] ?? null;
  const ownMetrics = isClassification ? { accuracy: value, rocAuc: run.metrics['rocAuc'] ?? null } : undefined;
  return {
    runId: run.id,
    createdAt: run.createdAt.toISOString(),
    datasetName: run.datasetName,
    datasetVersion: run.datasetVersion,
    algorithm: run.algorithm,
    durationSeconds: (run.finishedAt.getTime() - run.startedAt.getTime()) / 1000,
    metrics: {
      task: run.task,
      nSamples: 30,
      primary: value === null ? null : { name, value },
      ...(ownMetrics ?? { r2: value, mse: run.metrics['mse'] ?? null }),
    },
  };
}

/** Holds an answer against what these runs should give. */
function expectHistoryOf({ metricTrends, metricsSummary }: History, newest: readonly MadeRun[]): void {
  expect(metricTrends).toEqual(newest.map(toPoint));
  expect(metricsSummary.trends).toEqual(metricTrends);
  const { count, classificationCount, regressionCount } = metricsSummary;
  const ofClasses = newest.filter(({ task }) => task === 'CLASSIFICATION').length;
  expect({ count, classificationCount, regressionCount }).toEqual({
    count: newest.length,
    classificationCount: ofClasses,
    regressionCount: newest.length - ofClasses,
  });
  const expected = statsOf(newest);
  for (const metric of SUMMARY_FIELDS) expectStats(metric, metricsSummary[metric] ?? null, expected[metric] ?? null);
}

/** The mean and the quartiles are sums and lines, which round in one order or another; all else is a value itself. */
function expectStats(metric: string, stats: ExpectedStats | null, expected: ExpectedStats | null): void {
  if (stats === null || expected === null) {
    expect(stats, metric).toEqual(expected);
    return;
  }
  const { mean, p25, median, p75, ...exact } = stats;
  const { mean: _mean, p25: _p25, median: _median, p75: _p75, ...expectedExact } = expected;
  expect(exact, metric).toEqual(expectedExact);
  const scale = Math.max(Math.abs(expected.best), Math.abs(expected.worst));
  for (const [name, value] of Object.entries({ mean, p25, median, p75 } as const)) {
    const difference = Math.abs(value - expected[name as 'mean' | 'p25' | 'median' | 'p75']);
    expect(difference, `${metric}.${name}`).toBeLessThanOrEqual(1e-13 * scale + 1e-300);
  }
}

const CLASSIFIED = { accuracy: 0.5, precision: 0.5, recall: 0.5, f1: 0.5 };

describe('an empty workspace', () => {
  test('the summary of an empty workspace has zeros and nulls, and no trend', async () => {
    await own.clear();
    const { metricTrends, metricsSummary } = await history(own.client);
    expect(metricTrends).toEqual([]);
    const nothing = Object.fromEntries(SUMMARY_FIELDS.map((metric) => [metric, null]));
    expect(metricsSummary).toEqual({ count: 0, classificationCount: 0, regressionCount: 0, trends: [], ...nothing });
  });
});

describe('figures', () => {
  test('summary statistics are those computed by hand', async () => {
    await own.clear();
    const at = (day: number) => new Date(Date.UTC(2026, 0, day));
    const of = (day: number, seconds: number, metrics: MadeRun['metrics'], task: MadeRun['task']) =>
      madeRun({ createdAt: at(day), finishedAt: new Date(at(day).getTime() + seconds * 1000), metrics, task });
    await own.insert([
      of(1, 10, { ...CLASSIFIED, accuracy: 0.5, logLoss: 0.9 }, 'CLASSIFICATION'),
      of(2, 20, { ...CLASSIFIED, accuracy: 0.75, logLoss: 0.5 }, 'CLASSIFICATION'),
      of(3, 30, { r2: -1, mse: 4, rmse: 2, mae: 1.5 }, 'REGRESSION'),
      of(4, 40, { ...CLASSIFIED, accuracy: 0.625, logLoss: null }, 'CLASSIFICATION'),
      of(5, 50, { r2: 0.5, mse: 1, rmse: 1, mae: null }, 'REGRESSION'),
    ]);
    const { metricsSummary } = await history(own.client);
    expect(metricsSummary).toMatchObject({
      count: 5,
      classificationCount: 3,
      regressionCount: 2,
      accuracy: {
        count: 3,
        mean: 0.625,
        best: 0.75,
        worst: 0.5,
        p25: 0.5625,
        median: 0.625,
        p75: 0.6875,
        latest: 0.625,
      },
      logLoss: { count: 2, mean: 0.7, best: 0.5, worst: 0.9, p25: 0.6, median: 0.7, p75: 0.8, latest: 0.5 },
      rocAuc: null,
      r2: { count: 2, mean: -0.25, best: 0.5, worst: -1, p25: -0.625, median: -0.25, p75: 0.125, latest: 0.5 },
      mse: { count: 2, mean: 2.5, best: 1, worst: 4, p25: 1.75, median: 2.5, p75: 3.25, latest: 1 },
      mae: { count: 1, mean: 1.5, best: 1.5, worst: 1.5, p25: 1.5, median: 1.5, p75: 1.5, latest: 1.5 },
      durationSeconds: { count: 5, mean: 30, best: 10, worst: 50, p25: 20, median: 30, p75: 40, latest: 50 },
    });
  });

  test('statistics of huge values are finite, and the mean of equal values is that value', async () => {
    await own.clear();
    const huge = (mse: number) => madeRun({ task: 'REGRESSION', metrics: { mse, r2: 0.7 } });
    await own.insert([huge(1.6e308), huge(1.2e308), huge(1.7e308)]);
    const { mse, r2 } = (await history(own.client)).metricsSummary;
    expect(mse?.mean).toBeCloseTo(1.5e308, -295);
    expect(mse).toMatchObject({ best: 1.2e308, worst: 1.7e308, median: 1.6e308 });
    expect(r2).toMatchObject({ count: 3, mean: 0.7, best: 0.7, worst: 0.7 });
  });

  test('metrics stored in a run of the other task do not count', async () => {
    await own.clear();
    await own.insert([madeRun({ metrics: { ...CLASSIFIED, r2: 0.9, mse: 1 } })]);
    const { accuracy, r2, mse } = (await history(own.client)).metricsSummary;
    expect([accuracy?.count, r2, mse]).toEqual([1, null, null]);
  });
});

describe('which runs', () => {
  test('failed, cancelled, unfinished and archived runs are left out of the history', async () => {
    await own.clear();
    const succeeded = madeRun({ metrics: CLASSIFIED });
    const others = RUN_STATUSES.filter((status) => status !== 'SUCCEEDED').map((status) => madeRun({ status }));
    await own.insert([succeeded, ...others, madeRun({ metrics: CLASSIFIED, isArchived: true })]);
    expectHistoryOf(await history(own.client), [succeeded]);
  });

  test('runs of other workspaces are left out of the history, with and without a filter', async () => {
    await Promise.all([own.clear(), other.clear()]);
    const [mine, theirs] = [madeRun({ metrics: CLASSIFIED }), madeRun({ metrics: CLASSIFIED, datasetName: 'theirs' })];
    await Promise.all([own.insert([mine]), other.insert([theirs])]);
    expectHistoryOf(await history(own.client), [mine]);
    expectHistoryOf(await history(other.client), [theirs]);
    expectHistoryOf(await history(own.client, { filter: { datasetName: 'theirs' } }), []);
  });

  test('runs of the same millisecond have a stable order, and a limit cuts it consistently', async () => {
    await own.clear();
    const runs = Array.from({ length: 20 }, (_, index) =>
      madeRun({ metrics: CLASSIFIED, algorithm: ALGORITHM_NAMES[index % ALGORITHM_NAMES.length] ?? 'LINEAR' }),
    );
    await own.insert(runs);
    for (const limit of [1, 7, 20]) {
      expectHistoryOf(await history(own.client, { limit }), newestOf(runs, {}, limit));
    }
  });

  test('the history has the newest 50 runs by default, and at most 1,000', async () => {
    await own.clear();
    const start = Date.UTC(2026, 0, 1);
    const runs = Array.from({ length: 1_003 }, (_, index) =>
      madeRun({
        createdAt: new Date(start + index * 60_000),
        ...(index % 2 === 0 ? { metrics: CLASSIFIED } : { task: 'REGRESSION', metrics: { r2: 0.5, mse: 2 } }),
      }),
    );
    await own.insert(runs);
    expectHistoryOf(await history(own.client), newestOf(runs, {}, 50));
    expectHistoryOf(await history(own.client, { limit: 1_000 }), newestOf(runs, {}, 1_000));
  });

  test.each([0, -1, 1_001])('a limit of %i is refused', async (limit) => {
    for (const field of ['metricTrends(limit: $limit) { runId }', 'metricsSummary(limit: $limit) { count }']) {
      const { errors } = await own.client.request(`query ($limit: Int!) { ${field} }`, { limit });
      expect(errors[0]?.message).toBe(`limit must be a whole number from 1 to 1000; got ${limit}.`);
      expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'limit' });
    }
  });
});

describe('whatever the runs are', () => {
  /** A ratio as a metric has it: any number of the interval, or one of few, so that values are equal too. */
  const ratio = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.5, 1));
  const error = fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constantFrom(0, 1, 5e-324, 1e160, 1.7e308));
  const sometimes = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 3 });

  const classified = fc.record(
    {
      ...{ accuracy: ratio, precision: ratio, recall: ratio, f1: ratio },
      ...{ logLoss: sometimes(error), rocAuc: sometimes(ratio) },
      ...{ weightedPrecision: ratio, weightedRecall: ratio, weightedF1: ratio },
      ...{ averagePrecision: sometimes(ratio), brier: sometimes(ratio) },
    },
    { requiredKeys: ['accuracy', 'precision', 'recall', 'f1', 'logLoss', 'rocAuc'] },
  );
  const regressed = fc.record(
    {
      // The sum takes the sign off a zero, which JSON does not keep.
      r2: sometimes(fc.double({ min: -1e6, max: 1, noNaN: true }).map((value) => value + 0)),
      ...{ mse: sometimes(error), rmse: sometimes(error), mae: sometimes(error), mape: sometimes(error) },
    },
    { requiredKeys: ['r2', 'mse', 'rmse', 'mae'] },
  );
  const run = fc
    .record({
      id: fc.uuid(),
      // Few moments, so that many runs share one.
      minute: fc.nat(6),
      milliseconds: fc.nat(10_000_000),
      datasetName: fc.constantFrom('flowers', 'houses', 'Flowers'),
      datasetVersion: fc.integer({ min: 1, max: 9 }),
      algorithm: fc.constantFrom(...ALGORITHM_NAMES),
      status: fc.oneof({ weight: 4, arbitrary: fc.constant('SUCCEEDED' as const) }, fc.constantFrom(...RUN_STATUSES)),
      isArchived: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean()),
      metrics: fc.oneof(
        fc.record({ task: fc.constant('CLASSIFICATION' as const), metrics: classified }),
        fc.record({ task: fc.constant('REGRESSION' as const), metrics: regressed }),
      ),
    })
    .map(({ minute, milliseconds, metrics: { task, metrics }, ...said }) => {
      const createdAt = new Date(Date.UTC(2026, 5, 1, 12, minute));
      const finishedAt = new Date(createdAt.getTime() + milliseconds);
      return madeRun({ ...said, createdAt, finishedAt, task, metrics: withoutAbsent(metrics) });
    });
  const filter = fc.record({
    task: fc.option(fc.constantFrom(...TASKS)),
    datasetName: fc.option(fc.constantFrom('flowers', 'houses', 'flower')),
    algorithm: fc.option(fc.constantFrom(...ALGORITHM_NAMES)),
  });
  const request = fc.record({ filter, limit: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(60, 1_000)) });

  function withoutAbsent(metrics: Readonly<Record<string, number | null | undefined>>): MadeRun['metrics'] {
    return Object.fromEntries(
      Object.entries(metrics).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
  }

  test('trends and summary equal those computed from the same rows in JavaScript', async () => {
    const runs = fc.uniqueArray(run, { selector: ({ id }) => id, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(runs, fc.array(request, { minLength: 4, maxLength: 4 }), async (made, requests) => {
        await own.clear();
        await own.insert(made);
        for (const asked of [...requests, { filter: {}, limit: 1_000 }]) {
          expectHistoryOf(await history(own.client, asked), newestOf(made, asked.filter, asked.limit));
        }
      }),
      { numRuns: 25 },
    );
  });
});
