import { downsampleCurve } from './downsample-curve.ts';
import type { PrecisionRecallPoint, RocPoint } from './evaluation.ts';
import type { ThresholdCounts } from './sorted-scores.ts';

/** More than a chart of usual size can show. */
const MAX_POINTS = 200;

/**
 * The shares of the negative and of the positive rows that score at least a threshold, from none of them (null) to all.
 * Thresholds at which the counts rise just as they did before and will again are left out, as scikit-learn does. Null
 * without a positive or without a negative row.
 */
export function rocCurve({ thresholds, truePositives, falsePositives }: ThresholdCounts): readonly RocPoint[] | null {
  const positives = truePositives.at(-1) ?? 0;
  const negatives = falsePositives.at(-1) ?? 0;
  if (positives === 0 || negatives === 0) return null;
  const last = thresholds.length - 1;
  // The start is of no threshold.
  const kept = new Int32Array(thresholds.length + 1).fill(-1);
  const x = new Float64Array(thresholds.length + 1);
  const y = new Float64Array(thresholds.length + 1);
  let points = 1;
  for (let t = 0; t <= last; t++) {
    if (t > 0 && t < last && !bends(truePositives, t) && !bends(falsePositives, t)) continue;
    kept[points] = t;
    x[points] = falsePositives[t]! / negatives;
    y[points] = truePositives[t]! / positives;
    points++;
  }
  return Array.from(downsampleCurve(x.subarray(0, points), y.subarray(0, points), MAX_POINTS), (i) => ({
    falsePositiveRate: x[i]!,
    truePositiveRate: y[i]!,
    threshold: thresholds[kept[i]!] ?? null,
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
  const end = thresholds.length;
  const recall = new Float64Array(end + 1);
  const precision = new Float64Array(end + 1);
  precision[end] = 1;
  for (let t = 0; t < end; t++) {
    const hits = truePositives[t]!;
    recall[end - 1 - t] = hits / positives;
    precision[end - 1 - t] = hits / (hits + falsePositives[t]!);
  }
  return Array.from(downsampleCurve(recall, precision, MAX_POINTS), (i) => ({
    recall: recall[i]!,
    precision: precision[i]!,
    threshold: thresholds[end - 1 - i] ?? null,
  }));
}
