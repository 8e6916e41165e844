import { logistic } from '../../runtime/link.ts';
import { numberArray } from '../filled-array.ts';
import { softmaxColumns } from '../softmax-columns.ts';
import type { TrainingTarget } from '../training-set.ts';
import { BLOCK_ROWS } from './design.ts';

/**
 * A loss as a function of a row's margins, for the rows of a block. All arrays but `margins` are in the order of the
 * training rows; margin k of the block's row i is at k * BLOCK_ROWS + i.
 */
export interface LinearLoss {
  readonly marginCount: number;
  /** Intercepts that fit best without any feature. */
  readonly startIntercepts: Float64Array;
  /** Turns the margins of the rows [start, start + count) into first derivatives and returns the sum of their losses. */
  differentiate(margins: Float64Array, start: number, count: number): number;
  /** With one margin: the second derivatives of the rows that `differentiate` saw last. */
  readonly curvatures: Float64Array;
}

/** Half the squared error, logistic loss for two labels, softmax loss for more; each row counts by its class's weight. */
export function createLoss(target: TrainingTarget, weights: Float64Array | null): LinearLoss {
  if (target.task === 'REGRESSION') return squaredLoss(target.values);
  const rowWeights = numberArray(target.codes.length, (i) => weights?.[target.codes[i]!] ?? 1);
  return target.labels.length === 2
    ? logisticLoss(target.codes, rowWeights)
    : softmaxLoss(target.codes, rowWeights, target.labels.length);
}

function squaredLoss(values: Float64Array): LinearLoss {
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += (values[i]! - mean) / (i + 1);
  return {
    marginCount: 1,
    startIntercepts: Float64Array.of(mean),
    curvatures: new Float64Array(BLOCK_ROWS).fill(1),
    differentiate: (margins, start, count) => {
      let loss = 0;
      for (let i = 0; i < count; i++) {
        const error = margins[i]! - values[start + i]!;
        margins[i] = error;
        loss += error * error;
      }
      return loss / 2;
    },
  };
}

function classShares(codes: Int32Array, weights: Float64Array, classCount: number): Float64Array {
  const shares = new Float64Array(classCount);
  let all = 0;
  for (let i = 0; i < codes.length; i++) {
    shares[codes[i]!]! += weights[i]!;
    all += weights[i]!;
  }
  return shares.map((weight) => weight / all);
}

/** loss = ln(1 + e^-s) with s the margin, its sign turned for class 0; dl/dm = p - y; d2l/dm2 = p (1 - p). */
function logisticLoss(codes: Int32Array, weights: Float64Array): LinearLoss {
  const curvatures = new Float64Array(BLOCK_ROWS);
  const [negative, positive] = classShares(codes, weights, 2);
  return {
    marginCount: 1,
    // Both classes occur, so both shares are above 0.
    startIntercepts: Float64Array.of(Math.log(positive! / negative!)),
    curvatures,
    differentiate: (margins, start, count) => {
      let loss = 0;
      for (let i = 0; i < count; i++) {
        const margin = margins[i]!;
        const weight = weights[start + i]!;
        const code = codes[start + i]!;
        const p = logistic(margin);
        const signed = code === 1 ? margin : -margin;
        loss += weight * (signed > 0 ? Math.log1p(Math.exp(-signed)) : Math.log1p(Math.exp(signed)) - signed);
        margins[i] = weight * (p - code);
        curvatures[i] = weight * p * (1 - p);
      }
      return loss;
    },
  };
}

/** loss = -ln p of the true class, p = softmax(margins); dl/dm_k = p_k - [y = k]. */
function softmaxLoss(codes: Int32Array, weights: Float64Array, classCount: number): LinearLoss {
  return {
    marginCount: classCount,
    startIntercepts: classShares(codes, weights, classCount).map(Math.log),
    curvatures: new Float64Array(0),
    differentiate: (margins, start, count) => {
      softmaxColumns(margins, BLOCK_ROWS, count, classCount);
      let loss = 0;
      for (let i = 0; i < count; i++) {
        const weight = weights[start + i]!;
        const truth = codes[start + i]! * BLOCK_ROWS + i;
        loss -= weight * Math.log(Math.max(margins[truth]!, Number.MIN_VALUE));
        margins[truth]! -= 1;
        if (weight === 1) continue;
        for (let k = 0; k < classCount; k++) margins[k * BLOCK_ROWS + i]! *= weight;
      }
      return loss;
    },
  };
}
