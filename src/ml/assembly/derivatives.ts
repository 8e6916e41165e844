// Losses of boosting, their derivatives, and these as whole numbers. Rows are given as [start, end), so that threads can
// share them; all arrays begin with row 0.

import { expOfTwo } from './exponential';
import { scratch } from './scratch';

/** 1 / (1 + e^-margin) of two margins, without overflow. */
function logisticOfTwo(margins: v128): v128 {
  const power = expOfTwo(f64x2.neg(f64x2.abs(margins)));
  const larger = f64x2.div(f64x2.splat(1), f64x2.add(f64x2.splat(1), power));
  return v128.bitselect(larger, f64x2.mul(power, larger), f64x2.ge(margins, f64x2.splat(0)));
}

/** The probability of class 1 for each row's margin, f64. */
export function toProbabilities(margins: usize, probabilities: usize, start: i32, end: i32): void {
  const last = (<usize>end) << 3;
  let at = (<usize>start) << 3;
  for (; at + 8 < last; at += 16) v128.store(probabilities + at, logisticOfTwo(v128.load(margins + at)));
  if (at < last) {
    const pair = logisticOfTwo(f64x2.splat(load<f64>(margins + at)));
    store<f64>(probabilities + at, f64x2.extract_lane(pair, 0));
  }
}

/** Rows whose softmax is taken together: with a few dozen classes their margins stay in the processor's cache. */
const SOFTMAX_ROWS: i32 = 512;

/**
 * Probabilities that sum to 1 over the classes, from margins: margin k of row i, f64, is number k * rowCount + i, and so is
 * its probability. The largest margin of a row is subtracted first, so that no power overflows.
 */
export function toClassProbabilities(
  margins: usize,
  probabilities: usize,
  rowCount: i32,
  classCount: i32,
  start: i32,
  end: i32,
): void {
  const stride = (<usize>rowCount) << 3;
  for (let from = start; from < end; from += SOFTMAX_ROWS) {
    const bytes = (<usize>min(SOFTMAX_ROWS, end - from)) << 3;
    const block = probabilities + ((<usize>from) << 3);
    for (let k: usize = 0; k < <usize>classCount; k++) {
      memory.copy(block + k * stride, margins + ((<usize>from) << 3) + k * stride, bytes);
    }
    softmaxBlock(block, stride, bytes, classCount);
  }
}

/** Softmax in place, for the rows of the first bytes of each column; columns are `stride` bytes apart. */
function softmaxBlock(margins: usize, stride: usize, bytes: usize, classCount: i32): void {
  const largest = scratch;
  const sums = scratch + SOFTMAX_ROWS * 8;
  memory.copy(largest, margins, bytes);
  memory.fill(sums, 0, bytes);
  const end = margins + <usize>classCount * stride;
  for (let column = margins + stride; column < end; column += stride) {
    for (let at: usize = 0; at < bytes; at += 8) {
      store<f64>(largest + at, max(load<f64>(largest + at), load<f64>(column + at)));
    }
  }
  for (let column = margins; column < end; column += stride) {
    let at: usize = 0;
    for (; at + 8 < bytes; at += 16) {
      const power = expOfTwo(f64x2.sub(v128.load(column + at), v128.load(largest + at)));
      v128.store(column + at, power);
      v128.store(sums + at, f64x2.add(v128.load(sums + at), power));
    }
    if (at < bytes) {
      const difference = load<f64>(column + at) - load<f64>(largest + at);
      const power = f64x2.extract_lane(expOfTwo(f64x2.splat(difference)), 0);
      store<f64>(column + at, power);
      store<f64>(sums + at, load<f64>(sums + at) + power);
    }
  }
  for (let at: usize = 0; at < bytes; at += 8) store<f64>(sums + at, 1 / load<f64>(sums + at));
  for (let column = margins; column < end; column += stride) {
    for (let at: usize = 0; at < bytes; at += 8) {
      store<f64>(column + at, load<f64>(column + at) * load<f64>(sums + at));
    }
  }
}

/**
 * The derivatives of the log-loss by the margin of class k, from its probabilities: weight * (p - [y = k]) and
 * weight * factor * p (1 - p). All are f64 but the codes, i32. The largest size of a gradient, and the largest hessian, go
 * to the two f64 at `largest`.
 *
 * @param weights 0 where all are 1
 */
export function logLossDerivatives(
  probabilities: usize,
  codes: usize,
  weights: usize,
  start: i32,
  end: i32,
  k: i32,
  factor: f64,
  gradients: usize,
  hessians: usize,
  largest: usize,
): void {
  let largestGradient: f64 = 0;
  let largestHessian: f64 = 0;
  for (let i = <usize>start; i < <usize>end; i++) {
    const at = i << 3;
    const p = load<f64>(probabilities + at);
    const weight: f64 = weights == 0 ? 1 : load<f64>(weights + at);
    const actual: f64 = load<i32>(codes + (i << 2)) == k ? 1 : 0;
    const gradient = (p - actual) * weight;
    const hessian = factor * p * (1 - p) * weight;
    store<f64>(gradients + at, gradient);
    store<f64>(hessians + at, hessian);
    largestGradient = max(largestGradient, abs(gradient));
    largestHessian = max(largestHessian, hessian);
  }
  store<f64>(largest, largestGradient);
  store<f64>(largest, largestHessian, 8);
}

/** The derivatives of half the squared error: margin - value; the second ones are 1. `largest` as above. */
export function squaredErrorDerivatives(
  margins: usize,
  values: usize,
  start: i32,
  end: i32,
  gradients: usize,
  largest: usize,
): void {
  let largestGradient: f64 = 0;
  for (let at = (<usize>start) << 3; at < (<usize>end) << 3; at += 8) {
    const gradient = load<f64>(margins + at) - load<f64>(values + at);
    store<f64>(gradients + at, gradient);
    largestGradient = max(largestGradient, abs(gradient));
  }
  store<f64>(largest, largestGradient);
  store<f64>(largest, 1, 8);
}

/** Probabilities are kept this far from 0 when their logarithm is taken, as in the metrics. */
const SMALLEST_PROBABILITY: f64 = 1e-15;

/** Probabilities multiplied before a logarithm is taken: sixteen of at least 1e-15 stay within the range of a double. */
const PRODUCT_LENGTH: i32 = 16;

/**
 * Minus the sum of weight * ln p over the rows of [start, end) whose role is `role`. p is the probability of the row's own
 * class: number code * rowCount + i of `probabilities`, or with a rowCount of 0 (two classes) number i or 1 minus that.
 *
 * @param weights f64, 0 where all are 1: then the logarithm of a product stands for the sum of sixteen
 * @param roles one byte for each row, 0 where all rows count
 */
export function logLoss(
  probabilities: usize,
  rowCount: i32,
  codes: usize,
  weights: usize,
  roles: usize,
  role: i32,
  start: i32,
  end: i32,
): f64 {
  let sum: f64 = 0;
  let product: f64 = 1;
  let factors: i32 = 0;
  for (let i = <usize>start; i < <usize>end; i++) {
    if (roles != 0 && <i32>load<u8>(roles + i) != role) continue;
    const code = <usize>load<i32>(codes + (i << 2));
    let p: f64;
    if (rowCount != 0) p = load<f64>(probabilities + ((code * <usize>rowCount + i) << 3));
    else {
      p = load<f64>(probabilities + (i << 3));
      if (code == 0) p = 1 - p;
    }
    p = max(p, SMALLEST_PROBABILITY);
    if (weights != 0) sum -= load<f64>(weights + (i << 3)) * Math.log(p);
    else {
      product *= p;
      if (++factors == PRODUCT_LENGTH) {
        sum -= Math.log(product);
        product = 1;
        factors = 0;
      }
    }
  }
  return sum - Math.log(product);
}

/** Half the sum of squared errors over the rows of [start, end) whose role is `role`; `roles` as above. */
export function squaredErrorLoss(margins: usize, values: usize, roles: usize, role: i32, start: i32, end: i32): f64 {
  let sum: f64 = 0;
  for (let i = <usize>start; i < <usize>end; i++) {
    if (roles != 0 && <i32>load<u8>(roles + i) != role) continue;
    const error = load<f64>(margins + (i << 3)) - load<f64>(values + (i << 3));
    sum += error * error;
  }
  return sum / 2;
}

/** The golden ratio of 2^32: its multiples modulo 2^32 are spread evenly, over any run of neighbouring rows. */
const GOLDEN_STEP: u32 = 0x9e3779b1;
const TO_FRACTION: f64 = 1.0 / 4294967296.0;

/**
 * Packs derivatives, f64, scaled and rounded: hessian * 2^shift + gradient, i64. Rounding is dithered: row r is rounded
 * down after adding a fraction that depends on r and `seed`.
 *
 * @param hessians 0 where all are 1
 */
export function packDerivatives(
  gradients: usize,
  hessians: usize,
  start: i32,
  end: i32,
  gradientScale: f64,
  hessianScale: f64,
  shift: u32,
  seed: u32,
  packed: usize,
): void {
  let dither = seed + <u32>start * GOLDEN_STEP;
  for (let at = (<usize>start) << 3; at < (<usize>end) << 3; at += 8) {
    const gradient = <i64>floor(load<f64>(gradients + at) * gradientScale + <f64>dither * TO_FRACTION);
    let hessian: i64 = 1;
    // The mirrored fraction: a gradient and a hessian of one row should not be rounded alike.
    if (hessians != 0) hessian = <i64>floor(load<f64>(hessians + at) * hessianScale + <f64>~dither * TO_FRACTION);
    store<i64>(packed + at, (hessian << (<i64>shift)) + gradient);
    dither += GOLDEN_STEP;
  }
}

/**
 * Adds up the gradients, the hessians, and the squared gradients, f64, of those of rows[start, end), i32, whose role is 0,
 * and how many these are: to four f64 at `sums`.
 *
 * @param hessians 0 where all are 1
 * @param roles one byte for each row, 0 where all rows count
 */
export function sumDerivatives(
  gradients: usize,
  hessians: usize,
  roles: usize,
  rows: usize,
  start: i32,
  end: i32,
  sums: usize,
): void {
  let gradientSum = load<f64>(sums);
  let hessianSum = load<f64>(sums, 8);
  let squares = load<f64>(sums, 16);
  let count: i32 = 0;
  const last = rows + ((<usize>end) << 2);
  for (let at = rows + ((<usize>start) << 2); at < last; at += 4) {
    const row = <usize>load<u32>(at);
    if (roles != 0 && load<u8>(roles + row) != 0) continue;
    const gradient = load<f64>(gradients + (row << 3));
    gradientSum += gradient;
    squares += gradient * gradient;
    hessianSum += hessians == 0 ? 1 : load<f64>(hessians + (row << 3));
    count++;
  }
  store<f64>(sums, gradientSum);
  store<f64>(sums, hessianSum, 8);
  store<f64>(sums, squares, 16);
  store<f64>(sums, load<f64>(sums, 24) + <f64>count, 24);
}

/** Adds a number to the values, f64, of rows[start, end), i32. */
export function addToRows(values: usize, rows: usize, start: i32, end: i32, amount: f64): void {
  const last = rows + ((<usize>end) << 2);
  for (let at = rows + ((<usize>start) << 2); at < last; at += 4) {
    const value = values + ((<usize>load<u32>(at)) << 3);
    store<f64>(value, load<f64>(value) + amount);
  }
}
