import { codeArray, numberArray } from '../filled-array.ts';
import type { ClassificationMetrics, UndefinedMetric } from './metrics.ts';

/** Probabilities are kept this far from 0 and 1 when their logarithm is taken. */
const SMALLEST_PROBABILITY = 1e-15;

/**
 * Scores a classifier.
 *
 * `truth` holds for each row the number of its label: below labelCount one of the model's labels, from labelCount on one
 * that the model does not know. `probabilities` are its answers, row after row, labelCount for each, and `predicted` the
 * number of the label that it chose. Yields before each label. Cost: one pass, and one sort of the rows for each label.
 */
export function* classificationMetrics(
  truth: Int32Array,
  predicted: Int32Array,
  probabilities: Float64Array,
  labelCount: number,
  nFeatures: number,
): Generator<void, ClassificationMetrics> {
  const rocAuc = yield* meanRocAuc(truth, probabilities, labelCount);
  const undefinedMetrics: UndefinedMetric[] = [];
  if (rocAuc === null) {
    undefinedMetrics.push({ name: 'ROC_AUC', reason: 'the test rows all have the same label' });
  }
  return {
    task: 'CLASSIFICATION',
    nSamples: truth.length,
    nFeatures,
    ...labelAverages(truth, predicted),
    logLoss: logLoss(truth, probabilities, labelCount),
    rocAuc,
    undefinedMetrics,
  };
}

/** Accuracy, and the plain means of precision, recall and F1 over the labels that occur; 0 where nothing was predicted. */
function labelAverages(
  truth: Int32Array,
  predicted: Int32Array,
): Pick<ClassificationMetrics, 'accuracy' | 'precision' | 'recall' | 'f1'> {
  const size =
    1 +
    Math.max(
      truth.reduce((a, b) => Math.max(a, b), 0),
      predicted.reduce((a, b) => Math.max(a, b), 0),
    );
  const support = new Float64Array(size);
  const chosen = new Float64Array(size);
  const right = new Float64Array(size);
  for (let i = 0; i < truth.length; i++) {
    support[truth[i]!]!++;
    chosen[predicted[i]!]!++;
    if (truth[i] === predicted[i]) right[truth[i]!]!++;
  }
  let labels = 0;
  let precision = 0;
  let recall = 0;
  let f1 = 0;
  let hits = 0;
  for (let k = 0; k < size; k++) {
    if (support[k] === 0 && chosen[k] === 0) continue;
    labels++;
    hits += right[k]!;
    precision += chosen[k] === 0 ? 0 : right[k]! / chosen[k]!;
    recall += support[k] === 0 ? 0 : right[k]! / support[k]!;
    // 2 P R / (P + R), with the sums put in.
    f1 += (2 * right[k]!) / (support[k]! + chosen[k]!);
  }
  return { accuracy: hits / truth.length, precision: precision / labels, recall: recall / labels, f1: f1 / labels };
}

/** The mean of -ln p(true label), p kept within [1e-15, 1 - 1e-15]; a label that the model does not know has p = 0. */
export function logLoss(truth: Int32Array, probabilities: Float64Array, labelCount: number): number {
  let sum = 0;
  for (let i = 0; i < truth.length; i++) {
    const p = truth[i]! < labelCount ? probabilities[i * labelCount + truth[i]!]! : 0;
    sum -= Math.log(Math.min(Math.max(p, SMALLEST_PROBABILITY), 1 - SMALLEST_PROBABILITY));
  }
  return sum / truth.length;
}

/**
 * For two labels the area of the second one; for more the plain mean of one label against the rest, over the model's labels
 * that have test rows with and without them. Null if there is none.
 */
function* meanRocAuc(
  truth: Int32Array,
  probabilities: Float64Array,
  labelCount: number,
): Generator<void, number | null> {
  let sum = 0;
  let areas = 0;
  for (let k = labelCount === 2 ? 1 : 0; k < labelCount; k++) {
    yield;
    const scores = numberArray(truth.length, (i) => probabilities[i * labelCount + k]!);
    const isPositive = codeArray(truth.length, (i) => (truth[i] === k ? 1 : 0));
    const area = rocAuc(isPositive, scores);
    if (area === null) continue;
    sum += area;
    areas++;
  }
  return areas === 0 ? null : sum / areas;
}

/**
 * The area under the ROC curve: the chance that a positive row scores above a negative one, equal scores counting half
 * (Mann-Whitney). Null without a positive or without a negative row. Cost: a sort of either kind of rows.
 */
export function rocAuc(isPositive: Int32Array, scores: Float64Array): number | null {
  const positives = scores.filter((_, i) => isPositive[i] === 1).sort();
  const negatives = scores.filter((_, i) => isPositive[i] === 0).sort();
  if (positives.length === 0 || negatives.length === 0) return null;
  let pairsWon = 0;
  // As the positives rise: how many negatives are below this one, and how many are below or equal.
  let below = 0;
  let notAbove = 0;
  for (const score of positives) {
    while (below < negatives.length && negatives[below]! < score) below++;
    if (notAbove < below) notAbove = below;
    while (notAbove < negatives.length && negatives[notAbove]! <= score) notAbove++;
    pairsWon += (below + notAbove) / 2;
  }
  return pairsWon / (positives.length * negatives.length);
}
