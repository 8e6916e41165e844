import type { ClassifierOutput } from './classifier-output.ts';
import { sortInSteps } from './sort-in-steps.ts';

/** The probabilities that a label was given, ascending: of the rows that have it, and of those that do not. */
export interface SortedScores {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/** Rows of labels that the model does not know are among the negatives. Cost: a sort of either kind of rows, in steps. */
export function* sortScores(
  { actual, probabilities, labelCount, areSums = false }: ClassifierOutput,
  label: number,
): Generator<void, SortedScores> {
  let count = 0;
  for (let i = 0; i < actual.length; i++) if (actual[i] === label) count++;
  const positives = new Float64Array(count);
  const negatives = new Float64Array(actual.length - count);
  let p = 0;
  let n = 0;
  for (let i = 0, at = label; i < actual.length; i++, at += labelCount) {
    if (actual[i] === label) positives[p++] = probabilities[at]!;
    else negatives[n++] = probabilities[at]!;
  }
  yield;
  const scores = { positives: yield* sortInSteps(positives), negatives: yield* sortInSteps(negatives) };
  if (areSums) joinTies(scores);
  return scores;
}

/** More than the rounding of a sum of some thousand shares, and less than any two sums of them that differ. */
const SAME_WITHIN = 1e-12;

/** Makes scores that differ by rounding alone the smallest of them, so that all are at least the threshold that it becomes. */
function joinTies({ positives, negatives }: SortedScores): void {
  let [p, n] = [0, 0];
  while (p < positives.length || n < negatives.length) {
    const lowest = Math.min(positives[p] ?? Number.POSITIVE_INFINITY, negatives[n] ?? Number.POSITIVE_INFINITY);
    while (p < positives.length && positives[p]! - lowest <= SAME_WITHIN) positives[p++] = lowest;
    while (n < negatives.length && negatives[n]! - lowest <= SAME_WITHIN) negatives[n++] = lowest;
  }
}

/**
 * The area under the ROC curve: the chance that a positive row scores above a negative one, equal scores counting half
 * (Mann-Whitney). Null without a positive or without a negative row. Cost: one pass.
 */
export function rocAuc({ positives, negatives }: SortedScores): number | null {
  if (positives.length === 0 || negatives.length === 0) return null;
  let pairsWon = 0;
  // As the positives rise: how many negatives are below this one, and how many are below or equal.
  let below = 0;
  let notAbove = 0;
  for (let i = 0; i < positives.length; i++) {
    const score = positives[i]!;
    while (below < negatives.length && negatives[below]! < score) below++;
    if (notAbove < below) notAbove = below;
    while (notAbove < negatives.length && negatives[notAbove]! <= score) notAbove++;
    pairsWon += (below + notAbove) / 2;
  }
  return pairsWon / (positives.length * negatives.length);
}

/** For each score that occurs, from the largest on: how many positive and negative rows score at least that. */
export interface ThresholdCounts {
  readonly thresholds: Float64Array;
  readonly truePositives: Float64Array;
  readonly falsePositives: Float64Array;
}

/** Cost: one pass, from the largest score to the smallest. */
export function thresholdCounts({ positives, negatives }: SortedScores): ThresholdCounts {
  const rows = positives.length + negatives.length;
  const thresholds = new Float64Array(rows);
  const truePositives = new Float64Array(rows);
  const falsePositives = new Float64Array(rows);
  let count = 0;
  let p = positives.length;
  let n = negatives.length;
  while (p > 0 || n > 0) {
    const positive = p > 0 ? positives[p - 1]! : Number.NEGATIVE_INFINITY;
    const negative = n > 0 ? negatives[n - 1]! : Number.NEGATIVE_INFINITY;
    const threshold = positive > negative ? positive : negative;
    while (p > 0 && positives[p - 1] === threshold) p--;
    while (n > 0 && negatives[n - 1] === threshold) n--;
    thresholds[count] = threshold;
    truePositives[count] = positives.length - p;
    falsePositives[count] = negatives.length - n;
    count++;
  }
  return {
    thresholds: thresholds.subarray(0, count),
    truePositives: truePositives.subarray(0, count),
    falsePositives: falsePositives.subarray(0, count),
  };
}

/**
 * The mean of the precision over the positive rows, each at its own score as the threshold: the sum over the thresholds
 * of (rise of recall) * precision, without interpolation. Null without a positive or without a negative row.
 */
export function averagePrecision({ truePositives, falsePositives }: ThresholdCounts): number | null {
  const positives = truePositives.at(-1) ?? 0;
  if (positives === 0 || falsePositives.at(-1) === 0) return null;
  let sum = 0;
  for (let t = 0; t < truePositives.length; t++) {
    const hits = truePositives[t]!;
    const found = t === 0 ? hits : hits - truePositives[t - 1]!;
    if (found > 0) sum += (found * hits) / (hits + falsePositives[t]!);
  }
  return sum / positives;
}
