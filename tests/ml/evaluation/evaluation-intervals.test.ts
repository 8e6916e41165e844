import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accuracyInterval } from '../../../src/ml/evaluation/accuracy-interval.ts';
import type { RegressionMetrics } from '../../../src/ml/evaluation/metrics.ts';
import { r2Interval } from '../../../src/ml/evaluation/r2-interval.ts';
import { regressionMetrics } from '../../../src/ml/evaluation/regression-metrics.ts';
import { createRandom } from '../../../src/ml/random.ts';
import { runToEnd } from '../../../src/ml/steps.ts';
import { expectHonestMetrics } from './expect-honest-metrics.ts';

describe('the interval of an accuracy', () => {
  const counted = fc.integer({ min: 1, max: 3000 }).chain((rows) => fc.tuple(fc.nat({ max: rows }), fc.constant(rows)));

  test('the interval of an accuracy contains the accuracy, and has some width', () => {
    fc.assert(
      fc.property(counted, ([hits, rows]) => {
        const { low, high } = accuracyInterval(hits, rows);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(hits / rows);
        expect(high).toBeGreaterThanOrEqual(hits / rows);
        expect(high).toBeLessThanOrEqual(1);
        expect(high).toBeGreaterThan(low);
      }),
    );
  });

  test('the interval of the error rate mirrors that of the accuracy', () => {
    fc.assert(
      fc.property(counted, ([hits, rows]) => {
        const { low, high } = accuracyInterval(hits, rows);
        const misses = accuracyInterval(rows - hits, rows);
        expect(misses.low).toBeCloseTo(1 - high, 12);
        expect(misses.high).toBeCloseTo(1 - low, 12);
      }),
    );
  });

  test('the interval of an accuracy is that of resampling the rows', () => {
    const random = createRandom(5);
    const draws = Array.from({ length: 4000 }, () => {
      let hits = 0;
      for (let i = 0; i < 150; i++) if (random.below(150) < 120) hits++;
      return hits / 150;
    }).sort((a, b) => a - b);
    const { low, high } = accuracyInterval(120, 150);
    // One hit more or less: the percentiles of the draws are themselves drawn.
    expect(Math.abs(low - draws[100]!)).toBeLessThan(1.5 / 150);
    expect(Math.abs(high - draws[3900]!)).toBeLessThan(1.5 / 150);
  });
});

/** R2 by its definition; null where the truth is all the same. */
function plainR2(actual: readonly number[], predicted: readonly number[]): number | null {
  if (actual.every((value) => value === actual[0])) return null;
  const centre = actual[0]! + actual.reduce((sum, value) => sum + (value - actual[0]!), 0) / actual.length;
  let errors = 0;
  let spread = 0;
  for (const [i, value] of actual.entries()) {
    errors += (value - predicted[i]!) ** 2;
    spread += (value - centre) ** 2;
  }
  return 1 - errors / spread;
}

/** The logarithm of 1 - R2 and its standard error, from what each row adds to either sum. */
function plainLogarithm(actual: readonly number[], predicted: readonly number[]) {
  const n = actual.length;
  const centre = actual[0]! + actual.reduce((sum, value) => sum + (value - actual[0]!), 0) / n;
  const errors = actual.map((value, i) => (value - predicted[i]!) ** 2);
  const squares = actual.map((value) => (value - centre) ** 2);
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const shares = errors.map((error, i) => error / total(errors) - squares[i]! / total(squares));
  const error = Math.sqrt((total(shares.map((share) => share ** 2)) * n) / (n - 1));
  return { value: Math.log(total(errors) / total(squares)), error };
}

/** The interval by the same draws, with nothing summed up in advance. */
function plainInterval(actual: readonly number[], predicted: readonly number[]): [low: number, high: number] | null {
  const random = createRandom(0);
  const n = actual.length;
  const whole = plainLogarithm(actual, predicted);
  const distances: number[] = [];
  for (let resample = 0; resample < 1000; resample++) {
    const drawn = Array.from(actual, () => Math.floor(random.uniform() * n));
    const { value, error } = plainLogarithm(
      drawn.map((i) => actual[i]!),
      drawn.map((i) => predicted[i]!),
    );
    // Rounding alone gives less.
    if (Number.isFinite(value) && error > 1e-9) distances.push((value - whole.value) / error);
  }
  if (distances.length < 500) return null;
  distances.sort((a, b) => a - b);
  const percentile = (share: number): number => {
    const place = share * (distances.length - 1);
    const [below, above] = [distances[Math.floor(place)]!, distances[Math.ceil(place)]!];
    return below + (above - below) * (place - Math.floor(place));
  };
  const r2 = plainR2(actual, predicted)!;
  const at = (share: number) => 1 - Math.exp(whole.value - percentile(share) * whole.error);
  return [Math.min(r2, at(0.025)), Math.max(r2, at(0.975))];
}

function expectNear(actual: number | undefined, wanted: number, error: number): void {
  expect(Math.abs((actual ?? Number.NaN) - wanted)).toBeLessThanOrEqual(error * Math.max(1, Math.abs(wanted)));
}

const pairs = fc.array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -40, max: 40 })), {
  minLength: 10,
  maxLength: 25,
});

describe('the interval of R2', () => {
  test('the interval of R2 is the one of resampling row by row', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        // No row has just the share of both sums that another has: of such draws rounding decides whether they have an error.
        const actual = rows.map(([value], i) => value + Math.sin(i) / 3);
        const predicted = rows.map(([, value], i) => value / 10 + Math.cos(i) / 7);
        const r2 = plainR2(actual, predicted);
        fc.pre(r2 !== null);
        const wanted = plainInterval(actual, predicted);
        fc.pre(wanted !== null);
        const interval = runToEnd(r2Interval(Float64Array.from(actual), Float64Array.from(predicted), r2!));
        expectNear(interval?.low, wanted![0], 1e-7);
        expectNear(interval?.high, wanted![1], 1e-7);
      }),
      { numRuns: 30 },
    );
  });

  test('the interval of R2 is the one of resampling even if one target is a billion times as far off as the others', () => {
    const actual = Array.from({ length: 40 }, (_, i) => (i === 17 ? 1e9 : i % 7));
    const predicted = actual.map((value, i) => value + (i % 5) / 4 - 0.5);
    const interval = runToEnd(
      r2Interval(Float64Array.from(actual), Float64Array.from(predicted), plainR2(actual, predicted)!),
    );
    const [low, high] = plainInterval(actual, predicted)!;
    expectNear(interval?.low, low, 1e-6);
    expectNear(interval?.high, high, 1e-6);
  });

  test('R2 has no interval with fewer than ten rows, and one with some width from there on', () => {
    const actual = Array.from({ length: 10 }, (_, i) => (i * 7) % 10);
    const predicted = actual.map((value, i) => value + Math.sin(i));
    const intervalOf = (rows: number) =>
      runToEnd(
        regressionMetrics(Float64Array.from(actual.slice(0, rows)), Float64Array.from(predicted.slice(0, rows)), 1),
      );
    for (const rows of [2, 3, 9]) {
      const { r2, interval } = intervalOf(rows);
      expect(r2).not.toBeNull();
      expect(interval).toBeNull();
    }
    const { r2, interval } = intervalOf(10);
    expect(interval!.low).toBeLessThan(r2! - 0.01);
    expect(interval!.high).toBeGreaterThan(r2! + 0.01);
    expect(interval!.high).toBeLessThan(1);
  });

  test('the interval of R2 of a model without errors is 1 to 1', () => {
    const actual = Float64Array.from({ length: 12 }, (_, i) => i);
    expect(runToEnd(regressionMetrics(actual, actual, 1))).toMatchObject({ r2: 1, interval: { low: 1, high: 1 } });
  });

  /** 20 values in so large a unit, predicted with errors of about that size. */
  function metricsIn(unit: number): RegressionMetrics {
    const actual = Float64Array.from({ length: 20 }, (_, i) => unit * (1 + ((i * 7) % 20)));
    const predicted = actual.map((value, i) => value + unit * Math.sin(i));
    const metrics = runToEnd(regressionMetrics(actual, predicted, 1));
    const sines = Array.from({ length: 20 }, (_, i) => Math.abs(Math.sin(i)));
    expect(metrics.mae! / unit).toBeCloseTo(sines.reduce((sum, value) => sum + value, 0) / 20, 9);
    return metrics;
  }

  test.each([1e-100, 1, 1e100])('a target of %d has an R2 while its squares are numbers', (unit) => {
    const { r2, interval, undefinedMetrics } = metricsIn(unit);
    const plain = plainR2(
      Array.from({ length: 20 }, (_, i) => 1 + ((i * 7) % 20)),
      Array.from({ length: 20 }, (_, i) => 1 + ((i * 7) % 20) + Math.sin(i)),
    );
    expect(r2).toBeCloseTo(plain!, 12);
    expect(interval).not.toBeNull();
    expect(undefinedMetrics).toEqual([]);
  });

  test.each([1e-162, 1e-155])('a target of %d, whose squares are 0, has no R2, and says why', (unit) => {
    const { r2, mse, rmse, interval, undefinedMetrics } = metricsIn(unit);
    expect([r2, mse, rmse, interval]).toEqual([null, null, null, null]);
    expect(undefinedMetrics.map(({ name, reason }) => [name, reason])).toEqual([
      ['R2', 'the targets are too near to each other for their distances to be squared'],
      ['MSE', 'the errors are too small to be squared'],
      ['RMSE', 'the errors are too small to be squared'],
    ]);
  });

  test('every test of a regressor names what is undefined, and is reproducible', () => {
    const anyNumber = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(fc.array(fc.tuple(anyNumber, anyNumber), { minLength: 1, maxLength: 24 }), (rows) => {
        const actual = Float64Array.from(rows, ([value]) => value);
        const predicted = Float64Array.from(rows, ([, value]) => value);
        const metrics = runToEnd(regressionMetrics(actual, predicted, 1));
        expectHonestMetrics(metrics);
        expect(runToEnd(regressionMetrics(actual, predicted, 1))).toEqual(metrics);
      }),
    );
  });

  test.each([
    [[5, 5, 5], 'the test rows all have the same target'],
    [[5], 'there is only one test row'],
    [[1e-200, 2e-200], 'the targets are too near to each other for their distances to be squared'],
  ])('R2 has no interval if it is undefined: %j', (actual, reason) => {
    const metrics = runToEnd(regressionMetrics(Float64Array.from(actual), new Float64Array(actual.length), 1));
    expect(metrics.interval).toBeNull();
    expect(metrics.undefinedMetrics).toContainEqual({ name: 'R2', reason });
  });
});
