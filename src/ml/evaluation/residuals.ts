import type { ResidualPoint } from './evaluation.ts';

const MAX_POINTS = 500;

/** Actual and predicted values of at most 500 evenly spaced rows, without non-finite ones. */
export function residualPoints(actual: Float64Array, predicted: Float64Array): readonly ResidualPoint[] {
  const count = Math.min(actual.length, MAX_POINTS);
  return Array.from({ length: count }, (_, i) => {
    // The middle of the i-th of `count` equal parts.
    const row = Math.floor(((i + 0.5) * actual.length) / count);
    return { actual: actual[row]!, predicted: predicted[row]! };
  }).filter(({ predicted: value }) => Number.isFinite(value));
}
