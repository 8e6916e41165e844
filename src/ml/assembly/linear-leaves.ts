// What straight lines in the leaves of boosted trees are fitted by, and what they add to each row.
//
// A slot is a feature of a leaf: five i32, which are the address of its column of bins, one byte each; the bin of missing
// values; and the lowest, the middle and the highest bin that the leaf's line knows. A row's distance is how many bins its
// own, kept from the lowest to the highest, is above the middle; 0 where the value is missing.

import { scratch } from './scratch';

const SLOT_BYTES: usize = 20;

/** Rows whose distances are kept beside each other; even. */
const BLOCK: i32 = 64;
const BLOCK_BYTES: usize = 512;

/** The most features of a leaf. */
const MAX_SLOTS: i32 = 8;

/** Bytes between the sums of one feature and those of the next. */
const SUMS_BYTES: usize = 80;

/**
 * Where the bins of one feature lie, of those of rows[start, end), i32, whose role is 0 and whose value is known: the lowest and the
 * highest bin, the weight of the rows, and the sum of their bins, each times its weight; added to the four f64 at `span`.
 *
 * @param slot its column and its bin of missing values
 * @param hessians the weights, f64; 0 where all are 1
 * @param roles one byte for each row, 0 where all rows count
 */
export function spanBins(
  slot: usize,
  hessians: usize,
  roles: usize,
  rows: usize,
  start: i32,
  end: i32,
  span: usize,
): void {
  const column = <usize>load<u32>(slot);
  const missing = load<i32>(slot, 4);
  let lowest = <i32>load<f64>(span);
  let highest = <i32>load<f64>(span, 8);
  let weights = load<f64>(span, 16);
  let sum = load<f64>(span, 24);
  const last = rows + ((<usize>end) << 2);
  for (let at = rows + ((<usize>start) << 2); at < last; at += 4) {
    const row = <usize>load<u32>(at);
    if (roles != 0 && load<u8>(roles + row) != 0) continue;
    const bin = <i32>load<u8>(column + row);
    if (bin == missing) continue;
    const weight: f64 = hessians == 0 ? 1 : load<f64>(hessians + (row << 3));
    lowest = min(lowest, bin);
    highest = max(highest, bin);
    weights += weight;
    sum += weight * <f64>bin;
  }
  store<f64>(span, <f64>lowest);
  store<f64>(span, <f64>highest, 8);
  store<f64>(span, weights, 16);
  store<f64>(span, sum, 24);
}

/**
 * Adds to the sums of each of `count` slots, ten f64 for each, those of rows[start, end), i32, whose role is 0: of its distances
 * times the gradients, of its distances, and of its distances times those of each slot up to itself; the latter two times the
 * hessians. Other parameters as above.
 */
export function sumDistances(
  slots: usize,
  count: i32,
  gradients: usize,
  hessians: usize,
  roles: usize,
  rows: usize,
  start: i32,
  end: i32,
  sums: usize,
): void {
  // Of a block the rows, their gradients, and for each slot their distances and these times the hessians.
  const ofGradients = scratch + ((<usize>BLOCK) << 2);
  const distances = ofGradients + BLOCK_BYTES;
  const weighted = hessians == 0 ? distances : distances + <usize>MAX_SLOTS * BLOCK_BYTES;
  let next = start;
  while (next < end) {
    let size: i32 = 0;
    for (; next < end && size < BLOCK; next++) {
      const row = load<u32>(rows + ((<usize>next) << 2));
      if (roles != 0 && load<u8>(roles + <usize>row) != 0) continue;
      store<u32>(scratch + ((<usize>size) << 2), row);
      store<f64>(ofGradients + ((<usize>size) << 3), load<f64>(gradients + ((<usize>row) << 3)));
      size++;
    }
    if (size == 0) return;
    const isOdd = (size & 1) != 0;
    if (isOdd) store<f64>(ofGradients + ((<usize>size) << 3), 0);
    for (let slot: i32 = 0; slot < count; slot++) {
      const to = distances + <usize>slot * BLOCK_BYTES;
      writeDistances(slots + <usize>slot * SLOT_BYTES, size, to);
      if (isOdd) store<f64>(to + ((<usize>size) << 3), 0);
      if (hessians != 0) {
        const toWeighted = weighted + <usize>slot * BLOCK_BYTES;
        for (let i: usize = 0; i < <usize>size; i++) {
          const row = <usize>load<u32>(scratch + (i << 2));
          store<f64>(toWeighted + (i << 3), load<f64>(to + (i << 3)) * load<f64>(hessians + (row << 3)));
        }
        if (isOdd) store<f64>(toWeighted + ((<usize>size) << 3), 0);
      }
      const own = sums + <usize>slot * SUMS_BYTES;
      const ofSlot = weighted + <usize>slot * BLOCK_BYTES;
      store<f64>(own, load<f64>(own) + product(to, ofGradients, size));
      store<f64>(own, load<f64>(own, 8) + total(ofSlot, size), 8);
      for (let other: i32 = 0; other <= slot; other++) {
        const at = own + 16 + ((<usize>other) << 3);
        store<f64>(at, load<f64>(at) + product(ofSlot, distances + <usize>other * BLOCK_BYTES, size));
      }
    }
  }
}

/** The distances of the rows of a block, f64. */
function writeDistances(slot: usize, size: i32, to: usize): void {
  const column = <usize>load<u32>(slot);
  const missing = load<i32>(slot, 4);
  const lowest = load<i32>(slot, 8);
  const middle = load<i32>(slot, 12);
  const highest = load<i32>(slot, 16);
  for (let i: usize = 0; i < <usize>size; i++) {
    const bin = <i32>load<u8>(column + <usize>load<u32>(scratch + (i << 2)));
    const distance = min(max(bin, lowest), highest) - middle;
    store<f64>(to + (i << 3), <f64>(bin == missing ? 0 : distance));
  }
}

/** The sum of the products of two lists of an even number of f64, or of one more, which is 0. */
function product(a: usize, b: usize, size: i32): f64 {
  let sum = f64x2.splat(0);
  const last = a + ((<usize>size) << 3);
  for (let at = a, other = b; at < last; at += 16, other += 16) {
    sum = f64x2.add(sum, f64x2.mul(v128.load(at), v128.load(other)));
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

function total(a: usize, size: i32): f64 {
  let sum = f64x2.splat(0);
  const last = a + ((<usize>size) << 3);
  for (let at = a; at < last; at += 16) sum = f64x2.add(sum, v128.load(at));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/**
 * Adds to the values, f64, of rows[start, end), i32, what a leaf says of them: an amount, and for each slot, in order, its slope, f64,
 * times the row's distance.
 */
export function addLinesToRows(
  values: usize,
  slots: usize,
  slopes: usize,
  count: i32,
  rows: usize,
  start: i32,
  end: i32,
  amount: f64,
): void {
  const ofLeaf = scratch + ((<usize>BLOCK) << 2);
  const distances = ofLeaf + BLOCK_BYTES;
  for (let from = start; from < end; from += BLOCK) {
    const size = min(BLOCK, end - from);
    memory.copy(scratch, rows + ((<usize>from) << 2), (<usize>size) << 2);
    for (let i: usize = 0; i < <usize>size; i++) store<f64>(ofLeaf + (i << 3), amount);
    for (let slot: i32 = 0; slot < count; slot++) {
      writeDistances(slots + <usize>slot * SLOT_BYTES, size, distances);
      const slope = f64x2.splat(load<f64>(slopes + ((<usize>slot) << 3)));
      // With an odd number of rows one more is computed, and not read.
      for (let i: usize = 0; i < <usize>size; i += 2) {
        const at = ofLeaf + (i << 3);
        v128.store(at, f64x2.add(v128.load(at), f64x2.mul(slope, v128.load(distances + (i << 3)))));
      }
    }
    for (let i: usize = 0; i < <usize>size; i++) {
      const value = values + ((<usize>load<u32>(scratch + (i << 2))) << 3);
      store<f64>(value, load<f64>(value) + load<f64>(ofLeaf + (i << 3)));
    }
  }
}
