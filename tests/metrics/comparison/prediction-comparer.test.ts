import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Comparison, PredictionComparer } from '../../../src/metrics/comparison/prediction-comparer.ts';
import { compareModels } from '../../../src/ml/comparison/compare-models.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { packPredictions, unpackPredictions } from '../../../src/training/evaluations/test-predictions-bytes.ts';

let comparer: PredictionComparer;

beforeEach(() => {
  comparer = new PredictionComparer();
});

afterEach(() => comparer.close());

function packed(seed: number, spread: number): Uint8Array {
  const random = createRandom(seed);
  const actual = Float64Array.from({ length: 300 }, (_, i) => i % 50);
  const rows = Int32Array.from(actual.keys());
  const predicted = actual.map((value) => value + spread * (random.uniform() - 0.5));
  return packPredictions({ task: 'REGRESSION', rows, actual, predicted }).bytes;
}

/** A comparison of two runs that nothing else compares. */
function of(metrics: Comparison['metrics'], workspaceId = 'workspace'): Comparison {
  return { workspaceId, runIds: [randomUUID(), randomUUID()], metrics };
}

test('a comparison in a thread gives the same result as in the main thread', async () => {
  const [first, second] = [packed(1, 2), packed(2, 3)];
  const metrics = ['MAE', 'R2', 'ACCURACY'] as const;
  expect(await comparer.compare(of(metrics), async () => [first, second])).toEqual(
    metrics.map((metric) => compareModels(metric, unpackPredictions(first), unpackPredictions(second))),
  );
});

test('waiting comparisons have read nothing yet', async () => {
  const [first, second] = [packed(1, 2), packed(2, 3)];
  let held = 0;
  let max = 0;
  const compare = async () => {
    const tests = await comparer.compare(of(['MAE']), async () => {
      held++;
      max = Math.max(max, held);
      return [first, second] as const;
    });
    held--;
    return tests;
  };
  const answers = await Promise.all(Array.from({ length: 12 }, compare));
  expect(new Set(answers.map((tests) => JSON.stringify(tests))).size).toBe(1);
  // Two, and two more that have been answered and not yet been told of it.
  expect(max).toBeLessThanOrEqual(4);
});

test('predictions deleted meanwhile give no comparison', async () => {
  expect(await comparer.compare(of(['MAE']), async () => null)).toBeNull();
});

test('a failed comparison does not affect others', async () => {
  const good = packed(1, 2);
  const otherRows = packPredictions({
    task: 'REGRESSION',
    rows: Int32Array.of(0),
    actual: Float64Array.of(1),
    predicted: Float64Array.of(1),
  }).bytes;
  const [wrong, failed, right] = await Promise.allSettled([
    comparer.compare(of(['MAE']), async () => [good, otherRows]),
    comparer.compare(of(['MAE']), () => Promise.reject(new Error('the database is away'))),
    comparer.compare(of(['MAE']), async () => [good, good]),
  ]);
  expect(wrong).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('test rows') } });
  expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'the database is away' } });
  expect(right).toMatchObject({ status: 'fulfilled', value: [{ isTested: true, difference: 0, pValue: 1 }] });
});

test('further comparisons of a workspace with too many waiting are refused, those of others are not', async () => {
  const predictions = [packed(1, 2), packed(2, 3)] as const;
  const ask = (workspaceId: string) => comparer.compare(of(['MAE'], workspaceId), async () => predictions);
  const all = Array.from({ length: 210 }, () => ask('busy'));
  const other = ask('other');
  const refused = (await Promise.allSettled(all)).filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThanOrEqual(9);
  for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'RATE_LIMITED' } });
  expect(await other).toMatchObject([{ isTested: true }]);
});

test('a comparison waits for one of another workspace, not for all before it', async () => {
  const predictions = [packed(1, 2), packed(2, 3)] as const;
  const order: string[] = [];
  const ask = (workspaceId: string) =>
    comparer.compare(of(['MAE'], workspaceId), async () => {
      order.push(workspaceId);
      return predictions;
    });
  await Promise.all([...Array.from({ length: 12 }, () => ask('busy')), ask('other')]);
  // At most two begin at once, and it is the first of those that wait to be let in beside or after one of them.
  expect(order.indexOf('other')).toBeLessThanOrEqual(3);
});

test('simultaneous requests for a comparison share it; later ones, and other workspaces, do not', async () => {
  const predictions = [packed(1, 2), packed(2, 3)] as const;
  let reads = 0;
  const read = async () => {
    reads++;
    return predictions;
  };
  const asked = of(['MAE', 'R2']);
  const answers = await Promise.all(Array.from({ length: 20 }, () => comparer.compare({ ...asked }, read)));
  expect(new Set(answers).size).toBe(1);
  expect(reads).toBe(1);
  await comparer.compare(asked, read);
  expect(reads).toBe(2);
  const [first, second] = asked.runIds;
  const others = [
    { ...asked, workspaceId: 'another' },
    { ...asked, metrics: ['R2', 'MAE'] as const },
    { ...asked, runIds: [second, first] as const },
  ];
  await Promise.all([asked, ...others].map((each) => comparer.compare(each, read)));
  expect(reads).toBe(6);
});
