import type { ResidualPoint } from './evaluation.ts';

const MAX_POINTS = 500;

/** Truth and prediction of at most 500 rows, at equal distances over all of them; what is not finite is left out. */
export function residualPoints(truth: Float64Array, predicted: Float64Array): readonly ResidualPoint[] {
  const count = Math.min(truth.length, MAX_POINTS);
  return Array.from({ length: count }, (_, i) => {
    // The middle of the i-th of `count` equal parts.
    const row = Math.floor(((i + 0.5) * truth.length) / count);
    return { actual: truth[row]!, predicted: predicted[row]! };
  }).filter(({ predicted: value }) => Number.isFinite(value));
}
