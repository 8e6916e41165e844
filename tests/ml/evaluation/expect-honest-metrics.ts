import { expect } from 'vitest';
import type { Metrics } from '../../../src/ml/evaluation/metrics.ts';

/** Every figure is finite or null, exactly those that are null are named in undefinedMetrics, and the interval is one. */
export function expectHonestMetrics(metrics: Metrics): void {
  const { undefinedMetrics, interval, task: _task, ...values } = metrics;
  for (const value of Object.values(values)) if (value !== null) expect(value).toSatisfy(Number.isFinite);
  const missing = Object.entries(values).flatMap(([field, value]) => (value === null ? [metricName(field)] : []));
  expect(undefinedMetrics.map(({ name }) => name as string).sort()).toEqual(missing.sort());
  for (const { reason } of undefinedMetrics) expect(reason).not.toBe('');
  const primary = metrics.task === 'CLASSIFICATION' ? metrics.accuracy : metrics.r2;
  // Of few rows, and of draws that hardly ever have errors and a spread, R2 has no interval.
  if (primary === null || (metrics.task === 'REGRESSION' && metrics.nSamples < 10)) expect(interval).toBeNull();
  if (metrics.task === 'CLASSIFICATION') expect(interval).not.toBeNull();
  if (interval === null || primary === null) return;
  expect(interval.low).toSatisfy(Number.isFinite);
  expect(interval.high).toSatisfy(Number.isFinite);
  expect(interval.low).toBeLessThanOrEqual(primary);
  expect(interval.high).toBeGreaterThanOrEqual(primary);
}

/** rocAuc is ROC_AUC. */
function metricName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
