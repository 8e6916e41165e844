// Losses of boosting, their derivatives, and these as whole numbers.

import { allocate } from '../../runtime/assembly/arena';

/** 1 / (1 + e^-margin), without overflow. */
function logistic(margin: f64): f64 {
  if (margin >= 0) return 1 / (1 + Math.exp(-margin));
  const power = Math.exp(margin);
  return power / (1 + power);
}

/** The probability of class 1 for each of `count` margins, f64. */
export function toProbabilities(margins: usize, probabilities: usize, count: i32): void {
  for (let at: usize = 0; at < (<usize>count) << 3; at += 8) {
    store<f64>(probabilities + at, logistic(load<f64>(margins + at)));
  }
}

/** Rows whose softmax is taken together: with a few dozen classes their margins stay in the processor's cache. */
const SOFTMAX_ROWS: i32 = 512;
const largest: usize = allocate(SOFTMAX_ROWS * 8);
const sums: usize = allocate(SOFTMAX_ROWS * 8);

/**
 * Turns margins in place into probabilities that sum to 1 over the classes: margin k of row i, f64, is number
 * k * rowCount + i. The largest margin of a row is subtracted first, so that no power overflows.
 */
export function softmaxColumns(margins: usize, rowCount: i32, classCount: i32): void {
  const stride = (<usize>rowCount) << 3;
  for (let start: i32 = 0; start < rowCount; start += SOFTMAX_ROWS) {
    const bytes = (<usize>min(SOFTMAX_ROWS, rowCount - start)) << 3;
    softmaxBlock(margins + ((<usize>start) << 3), stride, bytes, classCount);
  }
}

/** softmaxColumns for the rows of the first so many bytes of each column; columns are `stride` bytes apart. */
function softmaxBlock(margins: usize, stride: usize, bytes: usize, classCount: i32): void {
  memory.copy(largest, margins, bytes);
  memory.fill(sums, 0, bytes);
  const end = margins + <usize>classCount * stride;
  for (let column = margins + stride; column < end; column += stride) {
    for (let at: usize = 0; at < bytes; at += 8) {
      store<f64>(largest + at, max(load<f64>(largest + at), load<f64>(column + at)));
    }
  }
  for (let column = margins; column < end; column += stride) {
    for (let at: usize = 0; at < bytes; at += 8) {
      const power = Math.exp(load<f64>(column + at) - load<f64>(largest + at));
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
 * weight * factor * p (1 - p). All are f64 but the codes, i32.
 */
export function logLossDerivatives(
  probabilities: usize,
  codes: usize,
  weights: usize,
  count: i32,
  k: i32,
  factor: f64,
  gradients: usize,
  hessians: usize,
): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const at = i << 3;
    const p = load<f64>(probabilities + at);
    const weight = load<f64>(weights + at);
    const truth: f64 = load<i32>(codes + (i << 2)) == k ? 1 : 0;
    store<f64>(gradients + at, (p - truth) * weight);
    store<f64>(hessians + at, factor * p * (1 - p) * weight);
  }
}

/** The golden ratio of 2^32: its multiples modulo 2^32 are spread evenly, over any run of neighbouring rows. */
const GOLDEN_STEP: u32 = 0x9e3779b1;
const TO_FRACTION: f64 = 1.0 / 4294967296.0;

/** The largest size of `count` numbers, f64. */
export function largestSize(values: usize, count: i32): f64 {
  let largest: f64 = 0;
  const end = values + ((<usize>count) << 3);
  for (let at = values; at < end; at += 8) largest = max(largest, abs(load<f64>(at)));
  return largest;
}

/**
 * Packs derivatives, f64, scaled and rounded: hessian * 2^shift + gradient, i64. Rounding is dithered: row r is rounded
 * down after adding a fraction that depends on r and `seed`.
 *
 * @param hessians 0 where all are 1
 */
export function packDerivatives(
  gradients: usize,
  hessians: usize,
  count: i32,
  gradientScale: f64,
  hessianScale: f64,
  shift: u32,
  seed: u32,
  packed: usize,
): void {
  let dither = seed;
  for (let at: usize = 0; at < (<usize>count) << 3; at += 8) {
    const gradient = <i64>floor(load<f64>(gradients + at) * gradientScale + <f64>dither * TO_FRACTION);
    let hessian: i64 = 1;
    // The mirrored fraction: a gradient and a hessian of one row should not be rounded alike.
    if (hessians != 0) hessian = <i64>floor(load<f64>(hessians + at) * hessianScale + <f64>~dither * TO_FRACTION);
    store<i64>(packed + at, (hessian << (<i64>shift)) + gradient);
    dither += GOLDEN_STEP;
  }
}

/** The sum of the values, f64, of rows[start, end), i32. */
export function sumOfRows(values: usize, rows: usize, start: i32, end: i32): f64 {
  let sum: f64 = 0;
  const last = rows + ((<usize>end) << 2);
  for (let at = rows + ((<usize>start) << 2); at < last; at += 4)
    sum += load<f64>(values + ((<usize>load<u32>(at)) << 3));
  return sum;
}

/** Adds a number to the values, f64, of rows[start, end), i32. */
export function addToRows(values: usize, rows: usize, start: i32, end: i32, amount: f64): void {
  const last = rows + ((<usize>end) << 2);
  for (let at = rows + ((<usize>start) << 2); at < last; at += 4) {
    const value = values + ((<usize>load<u32>(at)) << 3);
    store<f64>(value, load<f64>(value) + amount);
  }
}
