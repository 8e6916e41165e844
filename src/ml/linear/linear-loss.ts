import { classTotals, type TrainingWeights } from '../class-weights.ts';
import { mean } from '../mean.ts';
import type { TrainingWasm } from '../parallel/training-wasm.ts';
import type { TrainingTarget } from '../training-set.ts';
import { paddedToLanes } from './design.ts';

/** A loss as a function of the margins of rows; positions are those of the training rows. */
interface Loss {
  readonly marginCount: number;
  /** The margins of a row are adjacent, those of the next row `stride` numbers further; the padding between them is 0. */
  readonly stride: number;
  /** Turns margins, at an address, of the rows [start, start + count) into first derivatives; the sum of their losses. */
  differentiate(margins: number, start: number, count: number): number;
}

/** Half the squared error, or logistic loss. */
export interface SingleMarginLoss extends Loss {
  /** The second derivative of each row where it was last differentiated; one number more than there are rows. */
  readonly curvatures: Float64Array;
}

/** Loss of more than two classes: a margin for each. */
export interface SoftmaxLoss extends Loss {
  /** Turns margins into probabilities; the sum of the losses. */
  toProbabilities(margins: number, start: number, count: number): number;
  /** Writes the second derivatives by margins k and l. */
  curvatures(probabilities: number, k: number, l: number, start: number, count: number, to: number): void;
}

export type LinearLoss = SingleMarginLoss | SoftmaxLoss;

/** Intercepts that fit best without any feature. */
export function startIntercepts(target: TrainingTarget, { ofClasses, ofRows }: TrainingWeights): Float64Array {
  if (target.task === 'REGRESSION') {
    if (ofRows !== null) return Float64Array.of(mean(target.values, ofRows));
    let average = 0;
    for (let i = 0; i < target.values.length; i++) average += (target.values[i]! - average) / (i + 1);
    return Float64Array.of(average);
  }
  const shares = classTotals(target.codes, target.labels.length, ofRows);
  if (ofClasses !== null) for (let k = 0; k < shares.length; k++) shares[k]! *= ofClasses[k]!;
  const all = shares.reduce((sum, share) => sum + share, 0);
  // Every class occurs, so all shares are above 0.
  const logarithms = shares.map((share) => Math.log(share / all));
  return logarithms.length === 2 ? Float64Array.of(logarithms[1]! - logarithms[0]!) : logarithms;
}

/** Half the squared error, times the row's weight; `weights`: null where all count 1. */
export function squaredLoss(
  wasm: TrainingWasm,
  targetValues: Float64Array,
  weights: Float64Array | null,
): SingleMarginLoss {
  const values = wasm.doubles(targetValues.length);
  values.set(targetValues);
  const valuesAt = wasm.addressOf(values);
  const curvatures = wasm.doubles(values.length + 1).fill(1);
  if (weights !== null) curvatures.set(weights);
  const weightsAt = wasm.addressOf(curvatures);
  const { functions } = wasm;
  return {
    marginCount: 1,
    stride: 1,
    curvatures,
    differentiate: (margins, start, count) =>
      weights === null
        ? functions.squaredDerivatives(margins, valuesAt + start * 8, count)
        : functions.weightedSquaredDerivatives(margins, valuesAt + start * 8, weightsAt + start * 8, count),
  };
}

/**
 * loss = ln(1 + e^-s) with s the margin, its sign turned for class 0; dl/dm = p - y; d2l/dm2 = p (1 - p); each row counts by
 * its weight and its class's.
 */
export function logisticLoss(
  wasm: TrainingWasm,
  codes: Int32Array,
  { ofClasses, ofRows }: TrainingWeights,
): SingleMarginLoss {
  const actual = wasm.doubles(codes.length + 1);
  actual.set(codes);
  const truthAt = wasm.addressOf(actual);
  const curvatures = wasm.doubles(codes.length + 1);
  const curvaturesAt = wasm.addressOf(curvatures);
  const [weight0 = 1, weight1 = 1] = ofClasses ?? [];
  const rowWeights = rowWeightsAt(wasm, ofRows);
  const { functions } = wasm;
  return {
    marginCount: 1,
    stride: 1,
    curvatures,
    differentiate: (margins, start, count) =>
      rowWeights === 0
        ? functions.logisticDerivatives(margins, truthAt + start * 8, count, weight0, weight1, curvaturesAt + start * 8)
        : functions.weightedLogisticDerivatives(
            ...([margins, truthAt + start * 8, rowWeights + start * 8, count, weight0, weight1] as const),
            curvaturesAt + start * 8,
          ),
  };
}

/**
 * loss = -ln p of the true class, p = softmax(margins); dl/dm_k = p_k - [y = k]; d2l/dm_k dm_l = p_k ([k = l] - p_l); each row
 * counts by its weight and its class's.
 */
export function softmaxLoss(
  wasm: TrainingWasm,
  codes: Int32Array,
  marginCount: number,
  { ofClasses, ofRows }: TrainingWeights,
): SoftmaxLoss {
  const stride = paddedToLanes(marginCount);
  const actual = wasm.integers(codes.length);
  actual.set(codes);
  const truthAt = wasm.addressOf(actual);
  const weights = wasm.doubles(marginCount).fill(1);
  if (ofClasses !== null) weights.set(ofClasses);
  const rowWeights = rowWeightsAt(wasm, ofRows);
  const rowWeightsFrom = (start: number): number => (rowWeights === 0 ? 0 : rowWeights + start * 8);
  const weightsAt = wasm.addressOf(weights);
  const { functions } = wasm;
  const toProbabilities = (margins: number, start: number, count: number): number =>
    functions.softmaxOfRows(margins, stride, marginCount, truthAt + start * 4, weightsAt, rowWeightsFrom(start), count);
  return {
    marginCount,
    stride,
    toProbabilities,
    curvatures: (probabilities, k, l, start, count, to) =>
      functions.softmaxCurvatures(
        ...([probabilities, stride, k, l, truthAt + start * 4, weightsAt, rowWeightsFrom(start), count, to] as const),
      ),
    differentiate: (margins, start, count) => {
      const loss = toProbabilities(margins, start, count);
      functions.softmaxDerivatives(margins, stride, truthAt + start * 4, weightsAt, rowWeightsFrom(start), count);
      return loss;
    },
  };
}

/** Where a copy of the rows' weights is, 0 for none; one number more than there are rows. */
function rowWeightsAt(wasm: TrainingWasm, ofRows: Float64Array | null): number {
  if (ofRows === null) return 0;
  const weights = wasm.doubles(ofRows.length + 1);
  weights.set(ofRows);
  return wasm.addressOf(weights);
}
