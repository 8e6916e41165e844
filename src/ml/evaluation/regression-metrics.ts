import { mean } from '../mean.ts';
import type { MetricName, RegressionMetrics, UndefinedMetric } from './metrics.ts';
import { r2Interval } from './r2-interval.ts';

/**
 * Squares that are smaller on average have lost digits to the end of the range of a double (2^-1022), or vanish: figures made
 * of them would be made of nothing.
 */
export const SMALLEST_SQUARE = 2 ** -970;

/**
 * Scores a regressor on at least one row: with errors e = predicted - actual, MSE = mean of e^2, RMSE its root, MAE = mean
 * of |e|, MAPE = mean of |e / truth|, and R2 = 1 - sum of e^2 / sum of (actual - mean of actual)^2. R2 is undefined where all
 * test rows have the same target, or targets so near to each other that their squares vanish, MAPE where one has the target 0. Yields while it finds the interval.
 */
export function* regressionMetrics(
  actual: Float64Array,
  predicted: Float64Array,
  nFeatures: number,
): Generator<void, RegressionMetrics> {
  const sums = errorSums(actual, predicted);
  yield;
  const undefinedMetrics: UndefinedMetric[] = [];
  const finite = (name: MetricName, value: number, reason: string): number | null => {
    if (Number.isFinite(value)) return value;
    undefinedMetrics.push({ name, reason });
    return null;
  };
  const tooLarge = 'the errors are too large to be squared';
  const mse = sums.squares / actual.length;
  const areTooSmall = sums.absolute > 0 && mse < SMALLEST_SQUARE;
  const square = areTooSmall ? Number.NaN : mse;
  const notSquared = areTooSmall ? 'the errors are too small to be squared' : tooLarge;
  const hasSpread = sums.spread / actual.length >= SMALLEST_SQUARE;
  const r2 = finite(
    'R2',
    hasSpread ? 1 - sums.squares / sums.spread : Number.NaN,
    hasSpread ? tooLarge : whyNoSpread(actual),
  );
  const interval = r2 === null ? null : yield* r2Interval(actual, predicted, r2);
  return {
    task: 'REGRESSION',
    nSamples: actual.length,
    nFeatures,
    r2,
    mse: finite('MSE', square, notSquared),
    rmse: finite('RMSE', Math.sqrt(square), notSquared),
    mae: finite('MAE', sums.absolute / actual.length, 'the errors are too large to be added up'),
    mape: finite('MAPE', sums.hasZero ? Number.NaN : sums.relative / actual.length, whyNotRelative(sums.hasZero)),
    interval,
    undefinedMetrics,
  };
}

interface ErrorSums {
  readonly squares: number;
  readonly absolute: number;
  /** Of |error / actual|. */
  readonly relative: number;
  readonly hasZero: boolean;
  /** Of the squared distances of the actual values from their mean. */
  readonly spread: number;
}

function errorSums(actual: Float64Array, predicted: Float64Array): ErrorSums {
  const centre = mean(actual);
  let squares = 0;
  let absolute = 0;
  let relative = 0;
  let hasZero = false;
  let spread = 0;
  for (let i = 0; i < actual.length; i++) {
    const error = predicted[i]! - actual[i]!;
    squares += error * error;
    absolute += Math.abs(error);
    if (actual[i] === 0) hasZero = true;
    else relative += Math.abs(error / actual[i]!);
    spread += (actual[i]! - centre) ** 2;
  }
  return { squares, absolute, relative, hasZero, spread };
}

function whyNoSpread(actual: Float64Array): string {
  if (actual.length === 1) return 'there is only one test row';
  return actual.every((value) => value === actual[0])
    ? 'the test rows all have the same target'
    : 'the targets are too near to each other for their distances to be squared';
}

function whyNotRelative(hasZero: boolean): string {
  return hasZero
    ? 'a test row has the target 0, of which no error is a share'
    : 'the errors are too large beside the targets';
}
