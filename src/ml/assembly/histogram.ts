// Histograms of packed derivatives, and what belongs to them.

import { scratch } from './scratch';

/** Rows that are gathered at once: what is kept of them stays in the processor's first cache. */
const GATHERED: i32 = 1024;

/** Features whose bins are in one word of 64 bits, the first in its lowest byte. */
const GROUP_FEATURES: usize = 8;

/**
 * Adds the packed derivatives of rows[start, end) to `sums`: for each group of features of which any is wanted, eight
 * histograms of 256 sums, i64, one after the other. One addition for each row and feature, about 1 ns.
 *
 * Rows are gathered first, by a loop so short that the processor looks many rows ahead: where a node has one row of ten, it
 * would otherwise wait for memory longer than it adds.
 *
 * @param bins for each row a word of 8 bytes for each group
 * @param isSelected one byte for each feature
 * @param rows i32
 * @param packed i64, one for each row of the table
 */
export function addRows(
  sums: usize,
  bins: usize,
  featureCount: i32,
  isSelected: usize,
  rows: usize,
  start: i32,
  end: i32,
  packed: usize,
): void {
  const gradients = scratch;
  const words = scratch + GATHERED * 8;
  const stride = (<usize>featureCount + GROUP_FEATURES - 1) & ~(GROUP_FEATURES - 1);
  for (let from = start; from < end; from += GATHERED) {
    const count = min(GATHERED, end - from);
    const first = rows + ((<usize>from) << 2);
    for (let i: usize = 0; i < <usize>count; i++) {
      store<i64>(gradients + (i << 3), load<i64>(packed + ((<usize>load<u32>(first + (i << 2))) << 3)));
    }
    for (let feature: usize = 0; feature < <usize>featureCount; feature += GROUP_FEATURES) {
      const others = <usize>featureCount - feature;
      if (!isAnySelected(isSelected + feature, min(others, GROUP_FEATURES))) continue;
      const word = bins + feature;
      for (let i: usize = 0; i < <usize>count; i++) {
        store<u64>(words + (i << 3), load<u64>(word + <usize>load<u32>(first + (i << 2)) * stride));
      }
      if (others > 4) addEight(sums + feature * SUMS, words, gradients, count);
      else addFour(sums + feature * SUMS, words, gradients, count);
    }
  }
}

function isAnySelected(isSelected: usize, count: usize): bool {
  for (let i: usize = 0; i < count; i++) if (load<u8>(isSelected + i) != 0) return true;
  return false;
}

/** Bytes of one feature's sums, and the mask of a bin's offset among them: eight bytes for each bin. */
const SUMS: usize = 256 * 8;
const BIN_MASK: usize = 255 << 3;

/** Adds the gathered derivatives to the eight histograms of a group. */
function addEight(sums: usize, words: usize, gradients: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const bins = load<u64>(words + (i << 3));
    const gradient = load<i64>(gradients + (i << 3));
    const low = <usize>bins;
    const high = <usize>(bins >> 32);
    // A bin's number is shifted to its offset in one step: by its bits in the word, less three.
    let at = sums + ((low << 3) & BIN_MASK);
    store<i64>(at, load<i64>(at) + gradient);
    at = sums + ((low >> 5) & BIN_MASK);
    store<i64>(at, load<i64>(at, SUMS) + gradient, SUMS);
    at = sums + ((low >> 13) & BIN_MASK);
    store<i64>(at, load<i64>(at, 2 * SUMS) + gradient, 2 * SUMS);
    at = sums + ((low >> 21) & BIN_MASK);
    store<i64>(at, load<i64>(at, 3 * SUMS) + gradient, 3 * SUMS);
    at = sums + ((high << 3) & BIN_MASK);
    store<i64>(at, load<i64>(at, 4 * SUMS) + gradient, 4 * SUMS);
    at = sums + ((high >> 5) & BIN_MASK);
    store<i64>(at, load<i64>(at, 5 * SUMS) + gradient, 5 * SUMS);
    at = sums + ((high >> 13) & BIN_MASK);
    store<i64>(at, load<i64>(at, 6 * SUMS) + gradient, 6 * SUMS);
    at = sums + ((high >> 21) & BIN_MASK);
    store<i64>(at, load<i64>(at, 7 * SUMS) + gradient, 7 * SUMS);
  }
}

/** addEight for a group in which only the first four features are. */
function addFour(sums: usize, words: usize, gradients: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const bins = <usize>load<u32>(words + (i << 3));
    const gradient = load<i64>(gradients + (i << 3));
    let at = sums + ((bins << 3) & BIN_MASK);
    store<i64>(at, load<i64>(at) + gradient);
    at = sums + ((bins >> 5) & BIN_MASK);
    store<i64>(at, load<i64>(at, SUMS) + gradient, SUMS);
    at = sums + ((bins >> 13) & BIN_MASK);
    store<i64>(at, load<i64>(at, 2 * SUMS) + gradient, 2 * SUMS);
    at = sums + ((bins >> 21) & BIN_MASK);
    store<i64>(at, load<i64>(at, 3 * SUMS) + gradient, 3 * SUMS);
  }
}

/**
 * Takes packed sums apart, adds them to a histogram, and leaves them 0: for each bin of a feature the gradient sum and the
 * hessian sum, f64, both whole.
 *
 * @param binCounts for each feature the number of its bins, i32
 * @param offsets for each feature where its bins begin in the histogram, i32
 * @param shift the bit at which the hessian begins
 */
export function unpackSums(
  sums: usize,
  featureCount: i32,
  binCounts: usize,
  offsets: usize,
  shift: u32,
  histogram: usize,
): void {
  const half: i64 = 1 << (<i64>shift - 1);
  const mask: i64 = (1 << (<i64>shift)) - 1;
  for (let f: usize = 0; f < <usize>featureCount; f++) {
    let from = sums + ((f * 256) << 3);
    const end = from + ((<usize>load<i32>(binCounts + (f << 2))) << 3);
    let to = histogram + ((<usize>load<i32>(offsets + (f << 2))) << 4);
    for (; from < end; from += 8, to += 16) {
      const sum = load<i64>(from);
      if (sum == 0) continue;
      store<i64>(from, 0);
      // The gradient sum is less than half a hessian in size, and may be negative.
      const gradient = ((sum + half) & mask) - half;
      store<f64>(to, load<f64>(to) + <f64>gradient);
      store<f64>(to, load<f64>(to, 8) + <f64>((sum - gradient) >> <i64>shift), 8);
    }
  }
}

/** Adds `count` numbers, f64, to those at `sum`, and sets the source to 0. */
export function moveSums(from: usize, sum: usize, count: i32): void {
  const end = from + ((<usize>count) << 3);
  for (let at = from, to = sum; at < end; at += 16, to += 16) {
    v128.store(to, f64x2.add(v128.load(to), v128.load(at)));
    v128.store(at, f64x2.splat(0));
  }
}

/** larger = parent - smaller, in place: `count` numbers, f64. */
export function subtract(parent: usize, smaller: usize, count: i32): void {
  const end = parent + ((<usize>count) << 3);
  let from = smaller;
  for (let at = parent; at < end; at += 16, from += 16) v128.store(at, f64x2.sub(v128.load(at), v128.load(from)));
}

/**
 * Reorders rows[start, end), i32, so that those whose bin goes left come first; both parts keep their order. Returns where
 * the others begin.
 *
 * @param bins the bins of the feature, one byte for each row of the table
 * @param leftBins for each bin 1 or 0, one byte
 * @param scratch as long as `rows`
 */
export function partitionRows(rows: usize, start: i32, end: i32, bins: usize, leftBins: usize, scratch: usize): i32 {
  let left = rows + ((<usize>start) << 2);
  let right = scratch;
  const last = rows + ((<usize>end) << 2);
  for (let at = left; at < last; at += 4) {
    const row = load<u32>(at);
    const isLeft = <usize>load<u8>(leftBins + <usize>load<u8>(bins + row));
    // Both are written and one counts: no branch that the processor could guess wrongly.
    store<u32>(left, row);
    store<u32>(right, row);
    left += isLeft << 2;
    right += (1 - isLeft) << 2;
  }
  memory.copy(left, scratch, right - scratch);
  return <i32>((left - rows) >> 2);
}
