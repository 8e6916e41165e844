import { mean } from '../baseline.ts';
import type { Kernel } from '../kernel.ts';
import type { TrainingTarget } from '../training-set.ts';
import { type GradientPacking, UNIT_HESSIAN, VARYING_HESSIAN } from './gradient-packing.ts';

/**
 * A loss that boosting lowers, as a function of each row's margins. `derivatives` is for the margins that `update` saw last.
 */
export interface BoostingObjective {
  /** Trees in each round. */
  readonly marginCount: number;
  /** The margins that fit best without any feature. */
  readonly startMargins: Float64Array;
  readonly packing: GradientPacking;
  /** Takes note of new margins, in the kernel's memory as all arrays here: margin k of row i at k * rows + i. */
  update(margins: Float64Array): void;
  /** The mean loss of some rows, by their positions, for the margins that `update` saw. */
  loss(positions: Int32Array): number;
  /** First derivatives of each row's loss by margin k; second ones too, unless the packing says that all are 1. */
  derivatives(k: number, gradients: Float64Array, hessians: Float64Array): void;
}

/** Half the squared error for regression, log-loss for classification: by one margin for two classes, softmax for more. */
export function createObjective(
  target: TrainingTarget,
  weights: Float64Array | null,
  kernel: Kernel,
): BoostingObjective {
  if (target.task === 'REGRESSION') return squaredError(target.values);
  const codes = kernel.integers(target.codes.length);
  codes.set(target.codes);
  const rowWeights = kernel.doubles(codes.length).fill(1);
  if (weights !== null) for (let i = 0; i < codes.length; i++) rowWeights[i] = weights[codes[i]!]!;
  const lossWeights = weights === null ? null : rowWeights;
  return target.labels.length === 2
    ? binaryLogLoss(codes, rowWeights, lossWeights, kernel)
    : multinomialLogLoss(codes, target.labels.length, rowWeights, lossWeights, kernel);
}

/** loss = (y - m)^2 / 2; dl/dm = m - y; d2l/dm2 = 1. */
function squaredError(values: Float64Array): BoostingObjective {
  let current = values;
  return {
    marginCount: 1,
    startMargins: Float64Array.of(mean(values)),
    packing: UNIT_HESSIAN,
    update: (margins) => {
      current = margins;
    },
    loss: (positions) => {
      let sum = 0;
      for (const i of positions) sum += (current[i]! - values[i]!) ** 2;
      return sum / 2 / positions.length;
    },
    derivatives: (_, gradients) => {
      for (let i = 0; i < gradients.length; i++) gradients[i] = current[i]! - values[i]!;
    },
  };
}

/** Probabilities are kept this far from 0 and 1 when their logarithm is taken, as in the metrics. */
const SMALLEST_PROBABILITY = 1e-15;

/** Probabilities multiplied before a logarithm is taken: sixteen of at least 1e-15 stay within the range of a double. */
const PRODUCT_LENGTH = 16;

/**
 * Minus the weighted mean of ln p; null weights: all 1. The logarithm of a product costs a sixteenth of the sum of its
 * factors' logarithms.
 */
function meanLogLoss(
  positions: Int32Array,
  probabilityAt: (i: number) => number,
  weights: Float64Array | null,
): number {
  let sum = 0;
  let weightSum = 0;
  if (weights !== null) {
    for (let n = 0; n < positions.length; n++) {
      const i = positions[n]!;
      sum -= weights[i]! * Math.log(Math.max(probabilityAt(i), SMALLEST_PROBABILITY));
      weightSum += weights[i]!;
    }
    return sum / weightSum;
  }
  for (let start = 0; start < positions.length; start += PRODUCT_LENGTH) {
    const end = Math.min(start + PRODUCT_LENGTH, positions.length);
    let product = 1;
    for (let n = start; n < end; n++) product *= Math.max(probabilityAt(positions[n]!), SMALLEST_PROBABILITY);
    sum -= Math.log(product);
  }
  return sum / positions.length;
}

/** p = logistic(m) of class 1; loss = -ln of the true class's probability; dl/dm = p - y; d2l/dm2 = p (1 - p). */
function binaryLogLoss(
  codes: Int32Array,
  weights: Float64Array,
  lossWeights: Float64Array | null,
  kernel: Kernel,
): BoostingObjective {
  const { functions } = kernel;
  const probabilities = kernel.doubles(codes.length);
  let positive = 0;
  let all = 0;
  for (let i = 0; i < codes.length; i++) {
    all += weights[i]!;
    if (codes[i] === 1) positive += weights[i]!;
  }
  return {
    marginCount: 1,
    startMargins: Float64Array.of(Math.log(positive / (all - positive))),
    packing: VARYING_HESSIAN,
    update: (margins) => {
      functions.toProbabilities(kernel.addressOf(margins), kernel.addressOf(probabilities), codes.length);
    },
    loss: (positions) =>
      meanLogLoss(positions, (i) => (codes[i] === 1 ? probabilities[i]! : 1 - probabilities[i]!), lossWeights),
    derivatives: (_, gradients, hessians) => {
      functions.logLossDerivatives(
        kernel.addressOf(probabilities),
        kernel.addressOf(codes),
        kernel.addressOf(weights),
        codes.length,
        1,
        1,
        kernel.addressOf(gradients),
        kernel.addressOf(hessians),
      );
    },
  };
}

/**
 * p = softmax(m); loss = -ln of the true class's probability; dl/dm_k = p_k - [y = k]. The second derivative is taken as
 * K / (K - 1) p_k (1 - p_k) for K classes: the diagonal of the true matrix, and a little more, because equal steps of all
 * margins change nothing (Friedman 2001, algorithm 6).
 */
function multinomialLogLoss(
  codes: Int32Array,
  classCount: number,
  weights: Float64Array,
  lossWeights: Float64Array | null,
  kernel: Kernel,
): BoostingObjective {
  const { functions } = kernel;
  const rowCount = codes.length;
  const probabilities = kernel.doubles(rowCount * classCount);
  const factor = classCount / (classCount - 1);
  const startMargins = new Float64Array(classCount);
  let all = 0;
  for (let i = 0; i < rowCount; i++) {
    startMargins[codes[i]!]! += weights[i]!;
    all += weights[i]!;
  }
  return {
    marginCount: classCount,
    startMargins: startMargins.map((weight) => Math.log(weight / all)),
    packing: VARYING_HESSIAN,
    update: (margins) => {
      probabilities.set(margins);
      functions.softmaxColumns(kernel.addressOf(probabilities), rowCount, classCount);
    },
    loss: (positions) => meanLogLoss(positions, (i) => probabilities[codes[i]! * rowCount + i]!, lossWeights),
    derivatives: (k, gradients, hessians) => {
      functions.logLossDerivatives(
        kernel.addressOf(probabilities.subarray(k * rowCount)),
        kernel.addressOf(codes),
        kernel.addressOf(weights),
        rowCount,
        k,
        factor,
        kernel.addressOf(gradients),
        kernel.addressOf(hessians),
      );
    },
  };
}
