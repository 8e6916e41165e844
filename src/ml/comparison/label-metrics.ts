import type { KeptClassPredictions } from './kept-predictions.ts';
import { type PairedTest, studentPValue, untested } from './paired-test.ts';

/** The metrics that are averages over labels, and how the labels count in them. */
export const LABEL_METRICS = {
  PRECISION: { score: 'precision', isWeighted: false },
  RECALL: { score: 'recall', isWeighted: false },
  F1: { score: 'f1', isWeighted: false },
  WEIGHTED_PRECISION: { score: 'precision', isWeighted: true },
  WEIGHTED_F1: { score: 'f1', isWeighted: true },
} as const;

export type LabelMetric = keyof typeof LABEL_METRICS;

type Score = (typeof LABEL_METRICS)[LabelMetric]['score'];

/** Of each label: how many rows have it, were given it, and both. */
interface LabelCounts {
  readonly support: Float64Array;
  readonly predictedCount: Float64Array;
  readonly correct: Float64Array;
}

/**
 * Compares an average of precision, recall or F1 over labels by the delta method. Each model's metric is taken apart into
 * one number a row, whose mean is the metric; d is a row's difference of the two models' numbers. Under the assumption that
 * the models are equally good, the variance of the mean of d is the mean of d^2 over n.
 *
 * Only rows that the models label differently distinguish them, so the ratio is held against Student's t with as many
 * degrees of freedom as there are such rows, less one: with few of them chance does much. Cost: two passes.
 */
export function compareLabelMetric(
  metric: LabelMetric,
  first: KeptClassPredictions,
  second: KeptClassPredictions,
): PairedTest {
  const [one, other] = [labelMetricPseudoValues(metric, first), labelMetricPseudoValues(metric, second)];
  const rowCount = first.actual.length;
  if (rowCount < 2) return untested('fewer than two rows were compared');
  let sum = 0;
  let squares = 0;
  let differing = 0;
  for (let i = 0; i < rowCount; i++) {
    const difference = one[i]! - other[i]!;
    sum += difference;
    squares += difference * difference;
    if (first.predicted[i] !== second.predicted[i]) differing++;
  }
  if (differing === 0) return { isTested: true, difference: 0, pValue: 1 };
  const pValue = differing === 1 || sum === 0 ? 1 : studentPValue(sum / Math.sqrt(squares), differing - 1);
  return { isTested: true, difference: sum / rowCount, pValue };
}

/**
 * One number for each row, whose mean is the metric and whose spread is the metric's: the metric plus the row's influence on
 * it, that is its derivative by the share of rows like this one.
 *
 * A label k with s_k rows, given c_k times, right r_k times, counts with the weight w_k: 1 by the number of labels that occur,
 * or s_k / n. The influence on precision r/c is (right - precision) / (c/n) for the rows that were given k; on recall r/s
 * likewise for the rows of k; on F1 2r/(s + c) it is (2 right - F1 (is k + was given k)) / ((s + c)/n). Where the weights
 * are shares of rows, a row also changes those: by its own label's score less the average.
 */
export function labelMetricPseudoValues(metric: LabelMetric, predictions: KeptClassPredictions): Float64Array {
  const { score, isWeighted } = LABEL_METRICS[metric];
  const { actual, predicted } = predictions;
  const rowCount = actual.length;
  const counts = countLabels(predictions);
  const scores = scoreLabels(counts, score);
  const occurring = scores.reduce((total, _, k) => total + (occurs(counts, k) ? 1 : 0), 0);
  const weights = scores.map((_, k) =>
    isWeighted ? counts.support[k]! / rowCount : occurs(counts, k) ? 1 / occurring : 0,
  );
  const average = scores.reduce((total, value, k) => total + weights[k]! * value, 0);
  /** How much one row more among those that label k's score is divided by weighs. */
  const perRow = scores.map((_, k) => (weights[k]! * rowCount) / Math.max(1, divisor(counts, k, score)));
  return mapLabels(actual, (own, i) => {
    const given = predicted[i]!;
    const correct = own === given ? 1 : 0;
    let influence = isWeighted ? scores[own]! - average : 0;
    if (score === 'precision') influence += perRow[given]! * (correct - scores[given]!);
    else if (score === 'recall') influence += perRow[own]! * (correct - scores[own]!);
    else influence += perRow[own]! * (correct - scores[own]!) + perRow[given]! * (correct - scores[given]!);
    return average + influence;
  });
}

function mapLabels(actual: Int32Array, pseudoValueOf: (label: number, i: number) => number): Float64Array {
  const pseudoValues = new Float64Array(actual.length);
  for (let i = 0; i < actual.length; i++) pseudoValues[i] = pseudoValueOf(actual[i]!, i);
  return pseudoValues;
}

function countLabels({ labels, actual, predicted }: KeptClassPredictions): LabelCounts {
  const support = new Float64Array(labels.length);
  const predictedCount = new Float64Array(labels.length);
  const correct = new Float64Array(labels.length);
  for (let i = 0; i < actual.length; i++) {
    support[actual[i]!]!++;
    predictedCount[predicted[i]!]!++;
    if (actual[i] === predicted[i]) correct[actual[i]!]!++;
  }
  return { support, predictedCount, correct };
}

function occurs({ support, predictedCount }: LabelCounts, k: number): boolean {
  return support[k]! + predictedCount[k]! > 0;
}

/** What the right rows of a label are divided by; F1 is 2 right by this. */
function divisor({ support, predictedCount }: LabelCounts, k: number, score: Score): number {
  if (score === 'precision') return predictedCount[k]!;
  return score === 'recall' ? support[k]! : support[k]! + predictedCount[k]!;
}

/** 0 for a label that was never given, or has no row. */
function scoreLabels(counts: LabelCounts, score: Score): Float64Array {
  return counts.correct.map((correct, k) => {
    const total = divisor(counts, k, score);
    return total === 0 ? 0 : ((score === 'f1' ? 2 : 1) * correct) / total;
  });
}
