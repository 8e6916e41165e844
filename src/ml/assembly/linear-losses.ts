// The losses of linear models, by two rows or two classes at a time.

import { expOfTwo } from './exponential';

/**
 * Logistic loss: turns the margins of two labels, f64, into first derivatives, weight * (p - y), writes second ones, weight *
 * p (1 - p), and returns the sum of weight * ln(1 + e^-s), s the margin, its sign turned where y is 0.
 *
 * Where `count` is odd, all three arrays have room for one number more, which is overwritten.
 *
 * @param actual f64, 0 or 1
 * @param count at most 512
 * @param weight0 of rows of label 0
 */
export function logisticDerivatives(
  margins: usize,
  actual: usize,
  count: i32,
  weight0: f64,
  weight1: f64,
  curvatures: usize,
): f64 {
  if (count & 1) {
    // A row without any loss beside the last.
    store<f64>(margins + ((<usize>count) << 3), Infinity);
    store<f64>(actual + ((<usize>count) << 3), 1);
  }
  const one = f64x2.splat(1);
  const zero = f64x2.splat(0);
  // ln of a product instead of a sum of logarithms: 256 factors of 1 to 2 each do not overflow.
  let product0 = one;
  let product1 = one;
  let sum = zero;
  for (let at: usize = 0; at < (<usize>count) << 3; at += 16) {
    const margin = v128.load(margins + at);
    const y = v128.load(actual + at);
    const isOne = f64x2.eq(y, one);
    const weight = v128.bitselect(f64x2.splat(weight1), f64x2.splat(weight0), isOne);
    const power = expOfTwo(f64x2.neg(f64x2.abs(margin)));
    const factor = f64x2.add(one, power);
    const larger = f64x2.div(one, factor);
    // The smaller of p and 1 - p; 1 minus the larger would lose its digits.
    const smaller = f64x2.mul(power, larger);
    const signed = v128.bitselect(margin, f64x2.neg(margin), isOne);
    sum = f64x2.sub(sum, f64x2.mul(weight, f64x2.min(signed, zero)));
    product1 = f64x2.mul(product1, v128.bitselect(factor, one, isOne));
    product0 = f64x2.mul(product0, v128.bitselect(one, factor, isOne));
    const error = v128.bitselect(smaller, larger, f64x2.ge(signed, zero));
    const derivative = v128.bitselect(f64x2.neg(error), error, isOne);
    v128.store(margins + at, f64x2.mul(weight, derivative));
    v128.store(curvatures + at, f64x2.mul(weight, f64x2.mul(larger, smaller)));
  }
  const log0 = Math.log(f64x2.extract_lane(product0, 0)) + Math.log(f64x2.extract_lane(product0, 1));
  const log1 = Math.log(f64x2.extract_lane(product1, 0)) + Math.log(f64x2.extract_lane(product1, 1));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) + weight0 * log0 + weight1 * log1;
}

/**
 * The same where each row has a weight of its own beside its label's, f64: the logarithms are taken row by row. Cost: about 20 ns a
 * row.
 *
 * @param weights of the rows; with room for one more as the others
 */
export function weightedLogisticDerivatives(
  margins: usize,
  actual: usize,
  weights: usize,
  count: i32,
  weight0: f64,
  weight1: f64,
  curvatures: usize,
): f64 {
  let loss: f64 = 0;
  for (let at: usize = 0; at < (<usize>count) << 3; at += 8) {
    const margin = load<f64>(margins + at);
    const isOne = load<f64>(actual + at) == 1;
    const weight = load<f64>(weights + at) * (isOne ? weight1 : weight0);
    const power = f64x2.extract_lane(expOfTwo(f64x2.splat(-abs(margin))), 0);
    const larger = 1 / (1 + power);
    // The smaller of p and 1 - p; 1 minus the larger would lose its digits.
    const smaller = power * larger;
    const signed = isOne ? margin : -margin;
    loss += weight * (Math.log1p(power) - min(signed, 0));
    const error = signed >= 0 ? smaller : larger;
    store<f64>(margins + at, weight * (isOne ? -error : error));
    store<f64>(curvatures + at, weight * larger * smaller);
  }
  return loss;
}

/** Squared loss with a weight for each row, f64; as squaredDerivatives. */
export function weightedSquaredDerivatives(margins: usize, values: usize, weights: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (let at: usize = 0; at < (<usize>count) << 3; at += 8) {
    const error = load<f64>(margins + at) - load<f64>(values + at);
    const weight = load<f64>(weights + at);
    store<f64>(margins + at, weight * error);
    sum += weight * error * error;
  }
  return sum / 2;
}

/** Squared loss: turns margins, f64, into derivatives, margin - value, and returns half the sum of their squares. */
export function squaredDerivatives(margins: usize, values: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (let at: usize = 0; at < (<usize>count) << 3; at += 8) {
    const error = load<f64>(margins + at) - load<f64>(values + at);
    store<f64>(margins + at, error);
    sum += error * error;
  }
  return sum / 2;
}

/**
 * Turns margins, f64, of `classCount` classes into probabilities, in place, those beyond into 0. Returns the sum of the
 * rows' weight * -ln p of their class; those of a row begin at number row * stride, a multiple of 4.
 *
 * @param actual for each row its class, i32
 * @param weights for each class how much its rows count, f64
 * @param rowWeights how much each row counts beside that, f64; 0 where all count 1
 */
export function softmaxOfRows(
  margins: usize,
  stride: i32,
  classCount: i32,
  actual: usize,
  weights: usize,
  rowWeights: usize,
  count: i32,
): f64 {
  const strideBytes = (<usize>stride) << 3;
  const classBytes = (<usize>classCount) << 3;
  let loss: f64 = 0;
  let row = margins;
  for (let i: usize = 0; i < <usize>count; i++) {
    for (let k = classBytes; k < strideBytes; k += 8) store<f64>(row + k, -Infinity);
    let largest2 = v128.load(row);
    for (let k: usize = 16; k < strideBytes; k += 16) largest2 = f64x2.max(largest2, v128.load(row + k));
    const largest = max(f64x2.extract_lane(largest2, 0), f64x2.extract_lane(largest2, 1));
    largest2 = f64x2.splat(largest);
    const actualOffset = (<usize>load<i32>(actual + (i << 2))) << 3;
    const behind = largest - load<f64>(row + actualOffset);
    let sum2 = f64x2.splat(0);
    for (let k: usize = 0; k < strideBytes; k += 16) {
      const power = expOfTwo(f64x2.sub(v128.load(row + k), largest2));
      v128.store(row + k, power);
      sum2 = f64x2.add(sum2, power);
    }
    const sum = f64x2.extract_lane(sum2, 0) + f64x2.extract_lane(sum2, 1);
    const share = f64x2.splat(1 / sum);
    for (let k: usize = 0; k < strideBytes; k += 16) v128.store(row + k, f64x2.mul(v128.load(row + k), share));
    for (let k = classBytes; k < strideBytes; k += 8) store<f64>(row + k, 0);
    loss += load<f64>(weights + actualOffset) * weightAt(rowWeights, i) * (Math.log(sum) + behind);
    row += strideBytes;
  }
  return loss;
}

function weightAt(rowWeights: usize, row: usize): f64 {
  return rowWeights == 0 ? 1 : load<f64>(rowWeights + (row << 3));
}

/** Turns probabilities as softmaxOfRows writes them into derivatives of the loss: weight * (p - [y = k]). */
export function softmaxDerivatives(
  probabilities: usize,
  stride: i32,
  actual: usize,
  weights: usize,
  rowWeights: usize,
  count: i32,
): void {
  const strideBytes = (<usize>stride) << 3;
  let row = probabilities;
  for (let i: usize = 0; i < <usize>count; i++) {
    const actualOffset = (<usize>load<i32>(actual + (i << 2))) << 3;
    const weight = load<f64>(weights + actualOffset) * weightAt(rowWeights, i);
    store<f64>(row + actualOffset, load<f64>(row + actualOffset) - 1);
    if (weight != 1) {
      for (let k: usize = 0; k < strideBytes; k += 8) store<f64>(row + k, load<f64>(row + k) * weight);
    }
    row += strideBytes;
  }
}

/** The second derivatives of the rows' losses by the margins of classes k and l: weight * p_k ([k = l] - p_l), f64. */
export function softmaxCurvatures(
  probabilities: usize,
  stride: i32,
  k: i32,
  l: i32,
  actual: usize,
  weights: usize,
  rowWeights: usize,
  count: i32,
  curvatures: usize,
): void {
  const strideBytes = (<usize>stride) << 3;
  const same: f64 = k == l ? 1 : 0;
  let row = probabilities;
  for (let i: usize = 0; i < <usize>count; i++) {
    const weight = load<f64>(weights + ((<usize>load<i32>(actual + (i << 2))) << 3)) * weightAt(rowWeights, i);
    const p = load<f64>(row + ((<usize>k) << 3));
    const other = load<f64>(row + ((<usize>l) << 3));
    store<f64>(curvatures + (i << 3), weight * p * (same - other));
    row += strideBytes;
  }
}
