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
  let largestGradient = f64x2.splat(0);
  let largestHessian = f64x2.splat(0);
  const one = f64x2.splat(1);
  for (let i = <usize>start; i < <usize>end; i += 2) {
    const at = i << 3;
    // Of an odd number of rows the last stands for both of a pair.
    const isPair = i + 1 < <usize>end;
    const p = isPair ? v128.load(probabilities + at) : v128.load64_splat(probabilities + at);
    const code = isPair ? v128.load64_zero(codes + (i << 2)) : v128.load32_splat(codes + (i << 2));
    const weight = weights == 0 ? one : isPair ? v128.load(weights + at) : v128.load64_splat(weights + at);
    const actual = f64x2.convert_low_i32x4_u(v128.and(i32x4.eq(code, i32x4.splat(k)), i32x4.splat(1)));
    const gradient = f64x2.mul(f64x2.sub(p, actual), weight);
    const hessian = f64x2.mul(f64x2.mul(f64x2.mul(f64x2.splat(factor), p), f64x2.sub(one, p)), weight);
    if (isPair) {
      v128.store(gradients + at, gradient);
      v128.store(hessians + at, hessian);
    } else {
      v128.store64_lane(gradients + at, gradient, 0);
      v128.store64_lane(hessians + at, hessian, 0);
    }
    largestGradient = f64x2.max(largestGradient, f64x2.abs(gradient));
    largestHessian = f64x2.max(largestHessian, hessian);
  }
  store<f64>(largest, largerOf(largestGradient));
  store<f64>(largest, largerOf(largestHessian), 8);
}

function largerOf(pair: v128): f64 {
  return max(f64x2.extract_lane(pair, 0), f64x2.extract_lane(pair, 1));
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
  let largestGradient = f64x2.splat(0);
  const last = (<usize>end) << 3;
  let at = (<usize>start) << 3;
  for (; at + 8 < last; at += 16) {
    const gradient = f64x2.sub(v128.load(margins + at), v128.load(values + at));
    v128.store(gradients + at, gradient);
    largestGradient = f64x2.max(largestGradient, f64x2.abs(gradient));
  }
  if (at < last) {
    const gradient = load<f64>(margins + at) - load<f64>(values + at);
    store<f64>(gradients + at, gradient);
    largestGradient = f64x2.max(largestGradient, f64x2.splat(abs(gradient)));
  }
  store<f64>(largest, largerOf(largestGradient));
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
  if (rowCount == 0 && weights == 0 && roles == 0) return plainLogLoss(probabilities, codes, start, end);
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
      // Which of the two it is, the processor could only guess.
      p = select<f64>(1 - p, p, code == 0);
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

/** The same of two classes for all rows, none of which is weighted: two products at once, as each waits for its last factor. */
function plainLogLoss(probabilities: usize, codes: usize, start: i32, end: i32): f64 {
  let sum: f64 = 0;
  let row = start;
  for (; row + 2 * PRODUCT_LENGTH <= end; row += 2 * PRODUCT_LENGTH) {
    let product: f64 = 1;
    let next: f64 = 1;
    for (let i = row; i < row + PRODUCT_LENGTH; i++) {
      product *= probabilityOf(probabilities, codes, i);
      next *= probabilityOf(probabilities, codes, i + PRODUCT_LENGTH);
    }
    sum -= Math.log(product);
    sum -= Math.log(next);
  }
  let product: f64 = 1;
  let factors: i32 = 0;
  for (; row < end; row++) {
    product *= probabilityOf(probabilities, codes, row);
    if (++factors < PRODUCT_LENGTH) continue;
    sum -= Math.log(product);
    product = 1;
    factors = 0;
  }
  return sum - Math.log(product);
}

/** The probability of the row's own class, of two. */
function probabilityOf(probabilities: usize, codes: usize, row: i32): f64 {
  const p = load<f64>(probabilities + ((<usize>row) << 3));
  return max(select<f64>(1 - p, p, load<i32>(codes + ((<usize>row) << 2)) == 0), SMALLEST_PROBABILITY);
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
  const unit = i64x2.splat((<i64>1) << (<i64>shift));
  const first = seed + <u32>start * GOLDEN_STEP;
  // Of four lanes the first two are used.
  let dither = i32x4.add(i32x4.splat(first), i32x4(0, GOLDEN_STEP, 0, 0));
  const last = (<usize>end) << 3;
  for (let at = (<usize>start) << 3; at < last; at += 16) {
    // Of an odd number of rows the last stands for both of a pair.
    const isPair = at + 8 < last;
    const gradient = isPair ? v128.load(gradients + at) : v128.load64_splat(gradients + at);
    let sums = unit;
    if (hessians != 0) {
      const hessian = isPair ? v128.load(hessians + at) : v128.load64_splat(hessians + at);
      // The mirrored fraction: a gradient and a hessian of one row should not be rounded alike.
      sums = i64x2.shl(roundedDown(hessian, hessianScale, v128.not(dither)), shift);
    }
    sums = i64x2.add(sums, roundedDown(gradient, gradientScale, dither));
    if (isPair) v128.store(packed + at, sums);
    else v128.store64_lane(packed + at, sums, 0);
    dither = i32x4.add(dither, i32x4.splat(2 * GOLDEN_STEP));
  }
}

/** 1.5 * 2^52: the sum of it and a whole number of less than 51 bits has the number in its lowest bits. */
const WHOLE: f64 = 6755399441055744;

/** Two numbers times a scale, rounded down after adding fractions, as i64; 0 for what is no number. */
function roundedDown(numbers: v128, scale: f64, fractions: v128): v128 {
  const fraction = f64x2.mul(f64x2.convert_low_i32x4_u(fractions), f64x2.splat(TO_FRACTION));
  const floor = f64x2.floor(f64x2.add(f64x2.mul(numbers, f64x2.splat(scale)), fraction));
  const known = v128.and(floor, f64x2.eq(floor, floor));
  return i64x2.sub(f64x2.add(known, f64x2.splat(WHOLE)), f64x2.splat(WHOLE));
}
