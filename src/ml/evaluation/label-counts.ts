import type { ClassAnswers } from './class-answers.ts';
import type { ClassScores, ConfusionMatrix } from './evaluation.ts';
import type { ClassificationMetrics } from './metrics.ts';

/** Of each label: how many test rows have it, for how many it was predicted, and for how many of those rightly. */
export interface LabelCounts {
  readonly support: Float64Array;
  readonly chosen: Float64Array;
  readonly right: Float64Array;
}

/** A matrix of more labels than these is left out: it would be a page of zeros, and megabytes of them. */
const MAX_MATRIX_LABELS = 500;

/** Counts over `size` labels: the model's, then those that it does not know. */
export function countLabels({ truth, predicted }: ClassAnswers, size: number): LabelCounts {
  const support = new Float64Array(size);
  const chosen = new Float64Array(size);
  const right = new Float64Array(size);
  for (let i = 0; i < truth.length; i++) {
    support[truth[i]!]!++;
    chosen[predicted[i]!]!++;
    if (truth[i] === predicted[i]) right[truth[i]!]!++;
  }
  return { support, chosen, right };
}

type LabelMeans = Pick<
  ClassificationMetrics,
  'accuracy' | 'precision' | 'recall' | 'f1' | 'weightedPrecision' | 'weightedRecall' | 'weightedF1'
>;

/**
 * Accuracy, and the means of precision, recall and F1: plain ones over the labels that occur in the truth or in the
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
    if (support === 0 && counts.chosen[k] === 0) continue;
    labels++;
    rows += support;
    hits += counts.right[k]!;
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
export function confusionMatrix({ truth, predicted }: ClassAnswers, labels: readonly string[]): ConfusionMatrix | null {
  if (labels.length > MAX_MATRIX_LABELS) return null;
  const counts = labels.map(() => labels.map(() => 0));
  for (let i = 0; i < truth.length; i++) counts[truth[i]!]![predicted[i]!]!++;
  return { labels, counts };
}

/** 0 where the divisor is: nothing predicted, no test row, or neither. */
function scoresOf(
  { support, chosen, right }: LabelCounts,
  k: number,
): Pick<ClassScores, 'precision' | 'recall' | 'f1'> {
  const share = (of: number): number => (of === 0 ? 0 : right[k]! / of);
  // F1 is 2 P R / (P + R), with the counts put in.
  return { precision: share(chosen[k]!), recall: share(support[k]!), f1: 2 * share(support[k]! + chosen[k]!) };
}
