import { mean } from '../baseline.ts';
import type { MetricName, RegressionMetrics, UndefinedMetric } from './metrics.ts';

/**
 * Scores a regressor: with errors e = predicted - truth, MSE = mean of e^2, RMSE its root, MAE = mean of |e|, and
 * R2 = 1 - sum of e^2 / sum of (truth - mean of truth)^2, which is undefined where all test rows have the same target.
 */
export function regressionMetrics(truth: Float64Array, predicted: Float64Array, nFeatures: number): RegressionMetrics {
  const centre = mean(truth);
  let squares = 0;
  let absolute = 0;
  let spread = 0;
  for (let i = 0; i < truth.length; i++) {
    const error = predicted[i]! - truth[i]!;
    squares += error * error;
    absolute += Math.abs(error);
    spread += (truth[i]! - centre) ** 2;
  }
  const undefinedMetrics: UndefinedMetric[] = [];
  const finite = (name: MetricName, value: number, reason: string): number | null => {
    if (Number.isFinite(value)) return value;
    undefinedMetrics.push({ name, reason });
    return null;
  };
  const tooLarge = 'the errors are too large to be squared';
  const mse = squares / truth.length;
  const r2 = spread === 0 ? Number.NaN : 1 - squares / spread;
  return {
    task: 'REGRESSION',
    nSamples: truth.length,
    nFeatures,
    r2: finite('R2', r2, spread === 0 ? 'the test rows all have the same target' : tooLarge),
    mse: finite('MSE', mse, tooLarge),
    rmse: finite('RMSE', Math.sqrt(mse), tooLarge),
    mae: finite('MAE', absolute / truth.length, 'the errors are too large to be added up'),
    undefinedMetrics,
  };
}
