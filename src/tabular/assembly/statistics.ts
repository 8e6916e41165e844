// Figures of many numbers, ignoring NaN.

import { allocate } from '../../runtime/assembly/arena';
import { mix, seed } from './labels';

/** A hash of each number, best in its highest bits; 0 and -0 are equal. */
function hashOf(value: f64, start: u64): u64 {
  return mix(start, reinterpret<u64>(value + 0.0));
}

/** Results of the last pass: the count of numbers, their minimum, maximum and sum. */
export let present: u32 = 0;
export let low: f64 = 0;
export let high: f64 = 0;
export let sum: f64 = 0;
/** Whether all are whole numbers up to 2^53, none of them -0; and whether all are the same as 32-bit floats. */
export let areWhole: bool = false;
export let areSingle: bool = false;

/** Finds the range of numbers, and how narrow they can be stored. */
export function findRange(values: usize, count: u32): void {
  let least: f64 = Infinity;
  let greatest: f64 = -Infinity;
  let whole = true;
  let single = true;
  const end = values + ((<usize>count) << 3);
  for (let at = values; at < end; at += 8) {
    const value = load<f64>(at);
    if (value < least) least = value;
    if (value > greatest) greatest = value;
    if (value != value) continue;
    if (whole) {
      whole = trunc(value) == value && abs(value) <= 9007199254740991 && reinterpret<u64>(value) != 1 << 63;
    }
    if (single) single = <f64>(<f32>value) == value;
  }
  low = least;
  high = greatest;
  areWhole = whole;
  areSingle = single;
}

/**
 * Sums numbers up, and sets for each the bit that its hash picks out of 2^logBits, for linear counting.
 *
 * @returns the bits that are set
 */
export function summarise(values: usize, count: u32, bits: usize, logBits: u64): u32 {
  memory.fill(bits, 0, 1 << (<u32>(logBits - 3)));
  present = 0;
  low = Infinity;
  high = -Infinity;
  sum = 0;
  let found: u32 = 0;
  let least: f64 = Infinity;
  let greatest: f64 = -Infinity;
  let total: f64 = 0;
  const end = values + ((<usize>count) << 3);
  for (let at = values; at < end; at += 8) {
    const value = load<f64>(at);
    if (value != value) continue;
    found++;
    total += value;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
    // A fixed seed: an estimate must not change from one reading to the next.
    const bitIndex = hashOf(value, 0) >> (64 - logBits);
    const byte = bits + <usize>(bitIndex >> 3);
    store<u8>(byte, <u8>(<u32>load<u8>(byte) | (1 << (<u32>bitIndex & 7))));
  }
  present = found;
  low = least;
  high = greatest;
  sum = total;
  let set: u32 = 0;
  for (let at: usize = 0; at < (<usize>1) << (<usize>(logBits - 3)); at += 8) set += <u32>popcnt(load<u64>(bits + at));
  return set;
}

/**
 * Counts numbers in 20 bins, whose 21 edges are given, f64, into `bins`, f64; and adds up the squares of their distances
 * from the mean, which is returned. For numbers whose squares do not overflow.
 *
 * @param perBin 1 by the width of a bin
 */
export function spread(values: usize, count: u32, mean: f64, edges: usize, perBin: f64, bins: usize): f64 {
  const first = load<f64>(edges);
  const end = values + ((<usize>count) << 3);
  let squares: f64 = 0;
  for (let at = values; at < end; at += 8) {
    const value = load<f64>(at);
    if (value != value) continue;
    squares += (value - mean) * (value - mean);
    let bin = min(<i32>((value - first) * perBin), 19);
    // Rounding misses by one bin at most.
    if (value < load<f64>(edges + ((<usize>bin) << 3))) bin--;
    else if (bin < 19 && value >= load<f64>(edges + ((<usize>(bin + 1)) << 3))) bin++;
    const counter = bins + ((<usize>bin) << 3);
    store<f64>(counter, load<f64>(counter) + 1);
  }
  return squares;
}

/** Slots of the table of numbers, and how many it holds at most: few enough for the processor's cache. */
const LOG_SLOTS: u64 = 13;
const SLOTS: u32 = 1 << 13;
const MAX_COUNTED: u32 = 4096;
const TABLE: usize = allocate(8192 * 2);

/** Clears the table. */
function clearTable(): void {
  memory.fill(TABLE, 0, (<usize>SLOTS) << 1);
}

/** The slot of a number, or the free one where it belongs. A slot holds the number's index among `distinct` plus one, or 0. */
function slotOf(value: f64, distinct: usize): usize {
  let slot = <u32>(hashOf(value, seed) >> (64 - LOG_SLOTS));
  let entry = load<u16>(TABLE + ((<usize>slot) << 1));
  while (entry != 0 && load<f64>(distinct + ((<usize>(entry - 1)) << 3)) != value) {
    slot = (slot + 1) & (SLOTS - 1);
    entry = load<u16>(TABLE + ((<usize>slot) << 1));
  }
  return TABLE + ((<usize>slot) << 1);
}

/**
 * Counts how often each number occurs: the distinct ones go to `distinct`, in order of first appearance, their counts to
 * `counts`, both f64 with room for 4,096. Returns how many there are, or -1 where there are more.
 */
export function countFew(values: usize, count: u32, distinct: usize, counts: usize): i32 {
  clearTable();
  let size: u32 = 0;
  let found: u32 = 0;
  const end = values + ((<usize>count) << 3);
  for (let at = values; at < end; at += 8) {
    const value = load<f64>(at) + 0.0;
    if (value != value) continue;
    found++;
    const slot = slotOf(value, distinct);
    let entry = <u32>load<u16>(slot);
    if (entry == 0) {
      if (size == MAX_COUNTED) return -1;
      entry = ++size;
      store<u16>(slot, <u16>entry);
      store<f64>(distinct + ((<usize>(entry - 1)) << 3), value);
      store<f64>(counts + ((<usize>(entry - 1)) << 3), 0);
    }
    const counter = counts + ((<usize>(entry - 1)) << 3);
    store<f64>(counter, load<f64>(counter) + 1);
  }
  present = found;
  return <i32>size;
}

/** Adds to `counts`, f64, how often each of at most 4,096 `wanted` numbers, all different, occurs. */
export function countWanted(values: usize, count: u32, wanted: usize, wantedCount: u32, counts: usize): void {
  clearTable();
  for (let index: usize = 0; index < wantedCount; index++) {
    store<u16>(slotOf(load<f64>(wanted + (index << 3)), wanted), <u16>(index + 1));
  }
  const end = values + ((<usize>count) << 3);
  for (let at = values; at < end; at += 8) {
    const value = load<f64>(at);
    if (value != value) continue;
    const entry = <usize>load<u16>(slotOf(value, wanted));
    if (entry == 0) continue;
    const counter = counts + ((entry - 1) << 3);
    store<f64>(counter, load<f64>(counter) + 1);
  }
}
