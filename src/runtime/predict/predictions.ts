import type { BlendModel, EstimatorModel, Model } from '../model.ts';
import { softmaxInPlace } from './softmax.ts';

/** What a model says about some rows, in the order in which they were asked for. */
export type Predictions =
  | {
      readonly task: 'CLASSIFICATION';
      readonly labels: readonly string[];
      /** One probability for each row and label, row after row; each row's sum to 1. */
      readonly probabilities: Float64Array;
      /** For each row the number of its most probable label; of equal ones the first. */
      readonly predicted: Int32Array;
    }
  | { readonly task: 'REGRESSION'; readonly values: Float64Array };

/**
 * What a model says where the sums over its terms or trees are these: margins (one for each row, or for more than two labels
 * one for each row and label), or outputs where its estimator has none. Reuses the array.
 */
export function predictionsFromSums(model: Model, sums: Float64Array): Predictions {
  return predictionsOf(model.labels, outputsFromSums(model.estimator, model.labels, sums));
}

/** What a model says whose outputs are these: values, or for each row a probability for each label. */
export function predictionsOf(labels: Model['labels'], outputs: Float64Array): Predictions {
  if (labels === null) return { task: 'REGRESSION', values: outputs };
  return {
    ...{ task: 'CLASSIFICATION', labels, probabilities: outputs },
    predicted: mostProbable(outputs, labels.length),
  };
}

/** The outputs of an estimator whose sums are these, as above; those of a blend are its sums. May reuse the array. */
export function outputsFromSums(estimator: EstimatorModel, labels: Model['labels'], sums: Float64Array): Float64Array {
  const combine =
    estimator.kind === 'TREES'
      ? estimator.combine
      : estimator.kind === 'LINEAR'
        ? (estimator.combine ?? 'MARGINS')
        : 'LEAVES';
  if (labels === null) return combine === 'EXP_MARGINS' ? sums.map(Math.exp) : sums;
  return combine === 'LEAVES' ? sums : probabilitiesFromMargins(sums, labels.length);
}

/** The outputs of a blend: row after row. `outputsOf`: those of a member. */
export function blendOutputs(
  { members, temperature }: BlendModel,
  labels: Model['labels'],
  outputsOf: (member: number) => Float64Array,
): Float64Array {
  let blended = new Float64Array(0);
  for (const [i, { weight }] of members.entries()) {
    const outputs = outputsOf(i);
    if (i === 0) blended = new Float64Array(outputs.length);
    for (let at = 0; at < outputs.length; at++) blended[at]! += weight * outputs[at]!;
  }
  if (labels !== null && temperature !== 1) {
    for (let at = 0; at < blended.length; at += labels.length) {
      temper(blended.subarray(at, at + labels.length), 1 / temperature);
    }
  }
  return blended;
}

/** Raises the probabilities of a row to a power, and makes them sum to 1 again. */
function temper(probabilities: Float64Array, power: number): void {
  const largest = Math.max(...probabilities);
  // A file may say that no label is probable.
  if (!(largest > 0)) return;
  // Shares of the largest: small probabilities of many labels could all become 0.
  const powers = probabilities.map((p) => (p > 0 ? (p / largest) ** power : 0));
  const sum = powers.reduce((total, each) => total + each, 0);
  for (let k = 0; k < powers.length; k++) probabilities[k] = powers[k]! / sum;
}

function probabilitiesFromMargins(margins: Float64Array, labelCount: number): Float64Array {
  if (labelCount > 2) {
    for (let at = 0; at < margins.length; at += labelCount) softmaxInPlace(margins, at, labelCount);
    return margins;
  }
  const probabilities = new Float64Array(margins.length * 2);
  for (let row = 0; row < margins.length; row++) {
    // The smaller one from its own side: 1 - p would lose the digits of a small probability.
    const margin = margins[row]!;
    const power = Math.exp(-Math.abs(margin));
    const larger = 1 / (1 + power);
    const smaller = power / (1 + power);
    probabilities[2 * row] = margin < 0 ? larger : smaller;
    probabilities[2 * row + 1] = margin < 0 ? smaller : larger;
  }
  return probabilities;
}

function mostProbable(probabilities: Float64Array, labelCount: number): Int32Array {
  const predicted = new Int32Array(probabilities.length / labelCount);
  for (let row = 0; row < predicted.length; row++) {
    let best = 0;
    for (let k = 1; k < labelCount; k++) {
      if (probabilities[row * labelCount + k]! > probabilities[row * labelCount + best]!) best = k;
    }
    predicted[row] = best;
  }
  return predicted;
}
