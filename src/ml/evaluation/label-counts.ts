import type { ClassifierOutput } from './classifier-output.ts';
import type { ClassScores, ConfusionMatrix } from './evaluation.ts';
import type { ClassificationMetrics } from './metrics.ts';

/** Of each label: how many test rows have it, for how many it was predicted, and for how many of those rightly. */
export interface LabelCounts {
  readonly support: Float64Array;
  readonly predictedCount: Float64Array;
  readonly correct: Float64Array;
}

/** A matrix of more labels than these is left out: it would be a page of zeros, and megabytes of them. */
const MAX_MATRIX_LABELS = 500;

/** Counts over `size` labels: the model's, then those that it does not know. */
export function countLabels({ actual, predicted }: ClassifierOutput, size: number): LabelCounts {
  const support = new Float64Array(size);
  const predictedCount = new Float64Array(size);
  const correct = new Float64Array(size);
  for (let i = 0; i < actual.length; i++) {
    support[actual[i]!]!++;
    predictedCount[predicted[i]!]!++;
    if (actual[i] === predicted[i]) correct[actual[i]!]!++;
  }
  return { support, predictedCount, correct };
}

type LabelMeans = Pick<
  ClassificationMetrics,
  'accuracy' | 'precision' | 'recall' | 'f1' | 'weightedPrecision' | 'weightedRecall' | 'weightedF1'
>;

/**
 * Accuracy, and the means of precision, recall and F1: plain ones over the labels that occur among the actual or the
 * predictions, and weighted ones, in which each label counts by its test rows.
 */
export function labelMeans(counts: LabelCounts): LabelMeans {
  let labels = 0;
  let rows = 0;
  let hits = 0;
  const plain = { precision: 0, recall: 0, f1: 0 };
  const weighted = { precision: 0, recall: 0, f1: 0 };
  for (let k = 0; k < counts.support.length; k++) {
    const support = counts.support[k]!;
    if (support === 0 && counts.predictedCount[k] === 0) continue;
    labels++;
    rows += support;
    hits += counts.correct[k]!;
    const { precision, recall, f1 } = scoresOf(counts, k);
    plain.precision += precision;
    plain.recall += recall;
    plain.f1 += f1;
    weighted.precision += support * precision;
    weighted.recall += support * recall;
    weighted.f1 += support * f1;
  }
  return {
    accuracy: hits / rows,
    precision: plain.precision / labels,
    recall: plain.recall / labels,
    f1: plain.f1 / labels,
    weightedPrecision: weighted.precision / rows,
    weightedRecall: weighted.recall / rows,
    weightedF1: weighted.f1 / rows,
  };
}

/** The scores of each label, by its number; null where there are too many. */
export function perClass(counts: LabelCounts, labels: readonly string[]): readonly ClassScores[] | null {
  if (labels.length > MAX_MATRIX_LABELS) return null;
  return labels.map((label, k) => ({ label, ...scoresOf(counts, k), support: counts.support[k]! }));
}

/** How many rows of each label were given each label; null where there are too many. */
export function confusionMatrix(
  { actual, predicted }: ClassifierOutput,
  labels: readonly string[],
): ConfusionMatrix | null {
  if (labels.length > MAX_MATRIX_LABELS) return null;
  const counts = labels.map(() => labels.map(() => 0));
  for (let i = 0; i < actual.length; i++) counts[actual[i]!]![predicted[i]!]!++;
  return { labels, counts };
}

/** 0 where the divisor is: nothing predicted, no test row, or neither. */
function scoresOf(
  { support, predictedCount, correct }: LabelCounts,
  k: number,
): Pick<ClassScores, 'precision' | 'recall' | 'f1'> {
  const share = (of: number): number => (of === 0 ? 0 : correct[k]! / of);
  // F1 is 2 P R / (P + R), with the counts put in.
  return {
    precision: share(predictedCount[k]!),
    recall: share(support[k]!),
    f1: 2 * share(support[k]! + predictedCount[k]!),
  };
}
