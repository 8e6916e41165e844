import { numberArray } from '../filled-array.ts';
import type { PrecisionRecallPoint, RocPoint } from './evaluation.ts';
import type { ThresholdCounts } from './sorted-scores.ts';
import { thinCurve } from './thin-curve.ts';

/** More than a chart of usual size can show. */
const MOST_POINTS = 200;

/**
 * The shares of the negative and of the positive rows that score at least a threshold, from none of them (null) to all.
 * Thresholds at which the counts rise just as they did before and will again are left out, as scikit-learn does. Null
 * without a positive or without a negative row.
 */
export function rocCurve({ thresholds, truePositives, falsePositives }: ThresholdCounts): readonly RocPoint[] | null {
  const positives = truePositives.at(-1) ?? 0;
  const negatives = falsePositives.at(-1) ?? 0;
  if (positives === 0 || negatives === 0) return null;
  // Place 0 stands for the start, t + 1 for the threshold t.
  const places: number[] = [0];
  for (let t = 0; t < thresholds.length; t++) {
    const isInner = t > 0 && t < thresholds.length - 1;
    if (!isInner || bends(truePositives, t) || bends(falsePositives, t)) places.push(t + 1);
  }
  const x = numberArray(places.length, (i) => (falsePositives[places[i]! - 1] ?? 0) / negatives);
  const y = numberArray(places.length, (i) => (truePositives[places[i]! - 1] ?? 0) / positives);
  return Array.from(thinCurve(x, y, MOST_POINTS), (i) => ({
    falsePositiveRate: x[i]!,
    truePositiveRate: y[i]!,
    threshold: thresholds[places[i]! - 1] ?? null,
  }));
}

function bends(counts: Float64Array, t: number): boolean {
  return counts[t + 1]! - counts[t]! !== counts[t]! - counts[t - 1]!;
}

/**
 * Precision and recall of the rows that score at least a threshold, from the smallest threshold (recall 1) up; the last
 * point is recall 0, precision 1, of no threshold. Null without a positive or without a negative row.
 */
export function precisionRecallCurve(counts: ThresholdCounts): readonly PrecisionRecallPoint[] | null {
  const { thresholds, truePositives, falsePositives } = counts;
  const positives = truePositives.at(-1) ?? 0;
  if (positives === 0 || falsePositives.at(-1) === 0) return null;
  const last = thresholds.length;
  const recall = numberArray(last + 1, (i) => (i === last ? 0 : truePositives[last - 1 - i]! / positives));
  const precision = numberArray(last + 1, (i) => {
    if (i === last) return 1;
    const hits = truePositives[last - 1 - i]!;
    return hits / (hits + falsePositives[last - 1 - i]!);
  });
  return Array.from(thinCurve(recall, precision, MOST_POINTS), (i) => ({
    recall: recall[i]!,
    precision: precision[i]!,
    threshold: i === last ? null : thresholds[last - 1 - i]!,
  }));
}
