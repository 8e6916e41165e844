import { afterEach, beforeEach, expect, test } from 'vitest';
import { PredictionComparer } from '../../src/metrics/prediction-comparer.ts';
import { compareModels } from '../../src/ml/comparison/compare-models.ts';
import { createRandom } from '../../src/ml/random.ts';
import { packPredictions, unpackPredictions } from '../../src/training/test-predictions-bytes.ts';

let comparer: PredictionComparer;

beforeEach(() => {
  comparer = new PredictionComparer();
});

afterEach(() => comparer.close());

function packed(seed: number, spread: number): Uint8Array {
  const random = createRandom(seed);
  const truth = Float64Array.from({ length: 300 }, (_, i) => i % 50);
  const rows = Int32Array.from(truth.keys());
  const predicted = truth.map((value) => value + spread * (random.uniform() - 0.5));
  return packPredictions({ task: 'REGRESSION', rows, truth, predicted }).bytes;
}

test('a thread says what the kernel says', async () => {
  const [first, second] = [packed(1, 2), packed(2, 3)];
  const metrics = ['MAE', 'R2', 'ACCURACY'] as const;
  expect(await comparer.compare(metrics, async () => [first, second])).toEqual(
    metrics.map((metric) => compareModels(metric, unpackPredictions(first), unpackPredictions(second))),
  );
});

test('those that wait have read nothing yet', async () => {
  const [first, second] = [packed(1, 2), packed(2, 3)];
  let held = 0;
  let most = 0;
  const compare = async () => {
    const tests = await comparer.compare(['MAE'], async () => {
      held++;
      most = Math.max(most, held);
      return [first, second] as const;
    });
    held--;
    return tests;
  };
  const answers = await Promise.all(Array.from({ length: 12 }, compare));
  expect(new Set(answers.map((tests) => JSON.stringify(tests))).size).toBe(1);
  // Two, and two more that have been answered and not yet been told of it.
  expect(most).toBeLessThanOrEqual(4);
});

test('predictions that are gone meanwhile are compared with nothing', async () => {
  expect(await comparer.compare(['MAE'], async () => null)).toBeNull();
});

test('an error of the one is not the end of the others', async () => {
  const good = packed(1, 2);
  const otherRows = packPredictions({
    task: 'REGRESSION',
    rows: Int32Array.of(0),
    truth: Float64Array.of(1),
    predicted: Float64Array.of(1),
  }).bytes;
  const [wrong, failed, right] = await Promise.allSettled([
    comparer.compare(['MAE'], async () => [good, otherRows]),
    comparer.compare(['MAE'], () => Promise.reject(new Error('the database is away'))),
    comparer.compare(['MAE'], async () => [good, good]),
  ]);
  expect(wrong).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('test rows') } });
  expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'the database is away' } });
  expect(right).toMatchObject({ status: 'fulfilled', value: [{ isTested: true, difference: 0, pValue: 1 }] });
});

test('more than the queue holds are asked to come later', async () => {
  const predictions = [packed(1, 2), packed(2, 3)] as const;
  const all = await Promise.allSettled(
    Array.from({ length: 210 }, () => comparer.compare(['MAE'], async () => predictions)),
  );
  const refused = all.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThanOrEqual(9);
  for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'SERVICE_UNAVAILABLE' } });
});
