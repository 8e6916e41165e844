import type { ThresholdPoint } from './evaluation.ts';
import type { ThresholdCounts } from './sorted-scores.ts';

/** More than a chart of usual size can show. */
const MAX_POINTS = 200;

/** Points of the hull that are kept; beyond so many, neighbours differ by less than the rows can tell. */
const MAX_HULL_POINTS = 150;

/**
 * What becomes of rows of two labels if those whose probability of the positive one is at least a threshold count as positive:
 * from the largest threshold to the smallest. Of more than 200 thresholds those stay at which no costs of errors make another
 * one cheaper (the upper convex hull of the ROC curve), the one of the best F1, and others evenly by the rows. Null without a
 * positive or without a negative row.
 */
export function thresholdPoints(counts: ThresholdCounts): readonly ThresholdPoint[] | null {
  const positives = counts.truePositives.at(-1) ?? 0;
  const negatives = counts.falsePositives.at(-1) ?? 0;
  if (positives === 0 || negatives === 0) return null;
  return chosenThresholds(counts).map((t) => {
    const truePositives = counts.truePositives[t]!;
    const falsePositives = counts.falsePositives[t]!;
    return pointOf(counts.thresholds[t]!, truePositives, falsePositives, positives, negatives);
  });
}

function pointOf(
  threshold: number,
  truePositives: number,
  falsePositives: number,
  positives: number,
  negatives: number,
): ThresholdPoint {
  const falseNegatives = positives - truePositives;
  const trueNegatives = negatives - falsePositives;
  return {
    threshold,
    precision: truePositives / (truePositives + falsePositives),
    recall: truePositives / positives,
    f1: (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
    accuracy: (truePositives + trueNegatives) / (positives + negatives),
    truePositives,
    falsePositives,
    falseNegatives,
    trueNegatives,
  };
}

function chosenThresholds(counts: ThresholdCounts): readonly number[] {
  const { length } = counts.thresholds;
  if (length <= MAX_POINTS) return Array.from({ length }, (_, t) => t);
  const chosen = new Set([0, length - 1, bestF1(counts), ...evenly(hullOf(counts), MAX_HULL_POINTS)]);
  const others = evenly(
    Array.from({ length }, (_, t) => t),
    MAX_POINTS - chosen.size,
  );
  for (const t of others) chosen.add(t);
  return [...chosen].sort((a, b) => a - b);
}

function evenly(items: readonly number[], count: number): readonly number[] {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, i) => items[Math.round((i * (items.length - 1)) / (count - 1))]!);
}

/** F1 rises with 2 TP / (TP + FP + positives). */
function bestF1({ truePositives, falsePositives }: ThresholdCounts): number {
  const positives = truePositives.at(-1)!;
  let best = 0;
  let bestScore = -1;
  for (let t = 0; t < truePositives.length; t++) {
    const score = truePositives[t]! / (truePositives[t]! + falsePositives[t]! + positives);
    if (score > bestScore) [best, bestScore] = [t, score];
  }
  return best;
}

/** The corners of the upper convex hull of (false positives, true positives), by Andrew's monotone chain. */
function hullOf({ truePositives: y, falsePositives: x }: ThresholdCounts): readonly number[] {
  const hull: number[] = [];
  const isBelow = (a: number, b: number, c: number): boolean =>
    (x[b]! - x[a]!) * (y[c]! - y[a]!) - (y[b]! - y[a]!) * (x[c]! - x[a]!) >= 0;
  for (let t = 0; t < x.length; t++) {
    while (hull.length > 1 && isBelow(hull.at(-2)!, hull.at(-1)!, t)) hull.pop();
    hull.push(t);
  }
  return hull;
}
