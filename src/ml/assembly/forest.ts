// Splits of the nodes of a forest's trees by means: what the rows of a node add up to, bin by bin, and the best cut of that.
//
// A cell is two f64 that are added up together: rows + draws * 2^26, and the sum of the values as often as they were drawn.
// A table has at most 2^26 rows, so both counts stay whole and apart. A row that was drawn is a cell, and so is the sum of
// the rows of a bin.

import { scratch } from './scratch';

const CELL_BITS: usize = 4;
const DRAWS_UNIT: f64 = 67108864;

/** Copies the byte of each of `count` rows, i32, side by side. */
export function gatherBytes(bytes: usize, rows: usize, count: i32, to: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    store<u8>(to + i, load<u8>(bytes + <usize>load<u32>(rows + (i << 2))));
  }
}

/** The number that stands for each of `count` bytes in a table of 256, one byte each. */
export function replaceBytes(bytes: usize, table: usize, count: i32, to: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) store<u8>(to + i, load<u8>(table + <usize>load<u8>(bytes + i)));
}

/** Adds the cell of each of `count` rows, i32, to that of its bin. */
export function sumCells(cells: usize, rows: usize, count: i32, bins: usize, sums: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2));
    const sum = sums + ((<usize>load<u8>(bins + row)) << CELL_BITS);
    v128.store(sum, f64x2.add(v128.load(sum), v128.load(cells + (row << CELL_BITS))));
  }
}

/** Copies the cell of each of `count` rows, i32, side by side. */
export function gatherCells(cells: usize, rows: usize, count: i32, to: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = <usize>load<u32>(rows + (i << 2));
    v128.store(to + (i << CELL_BITS), v128.load(cells + (row << CELL_BITS)));
  }
}

function drawsOf(cell: v128): f64 {
  return Math.trunc(f64x2.extract_lane(cell, 0) * (1 / DRAWS_UNIT));
}

/**
 * The same, and the draws of all rows and the sum of their values go to the two f64 at `totals`. Returns 1 if the rows'
 * values differ, else 0.
 */
export function openNode(cells: usize, rows: usize, count: i32, to: usize, totals: usize): i32 {
  gatherCells(cells, rows, count, to);
  const end = to + ((<usize>count) << CELL_BITS);
  const first = v128.load(to);
  const value = f64x2.extract_lane(first, 1) / drawsOf(first);
  let at = to + (1 << CELL_BITS);
  // Values are whole multiples of some step: both sides are exact.
  while (at < end && load<f64>(at, 8) == value * drawsOf(v128.load(at))) at += 1 << CELL_BITS;
  const isMixed = at < end;
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  at = to;
  // Two sums at a time: each addition waits for the one before it.
  for (; at + 16 < end; at += 32) {
    even = f64x2.add(even, v128.load(at));
    odd = f64x2.add(odd, v128.load(at, 16));
  }
  if (at < end) even = f64x2.add(even, v128.load(at));
  const total = f64x2.add(even, odd);
  store<f64>(totals, drawsOf(total));
  store<f64>(totals, f64x2.extract_lane(total, 1), 8);
  return isMixed ? 1 : 0;
}

/** Adds the cells of a node's rows to those of their bins, and flags the bins. Four rows at a time: about 10 % faster. */
function addCells(cells: usize, rows: usize, count: i32, bins: usize, sums: usize, binFlags: usize): void {
  const end = rows + ((<usize>count) << 2);
  let cell = cells;
  let row = rows;
  for (; row + 12 < end; row += 16, cell += 64) {
    addCell(v128.load(cell), load<u32>(row), bins, sums, binFlags);
    addCell(v128.load(cell, 16), load<u32>(row, 4), bins, sums, binFlags);
    addCell(v128.load(cell, 32), load<u32>(row, 8), bins, sums, binFlags);
    addCell(v128.load(cell, 48), load<u32>(row, 12), bins, sums, binFlags);
  }
  for (; row < end; row += 4, cell += 16) addCell(v128.load(cell), load<u32>(row), bins, sums, binFlags);
}

function addCell(cell: v128, row: u32, bins: usize, sums: usize, binFlags: usize): void {
  const bin = <usize>load<u8>(bins + <usize>row);
  const sum = sums + (bin << CELL_BITS);
  v128.store(sum, f64x2.add(v128.load(sum), cell));
  store<u8>(binFlags + bin, FLAG);
}

/** The bit that i8x16.bitmask reads. */
const FLAG: u8 = 128;

/** The flags of 64 bins from an address on, a bit each; they are wiped. */
function takeBinFlags(binFlags: usize): u64 {
  const a = <u64>(<u32>i8x16.bitmask(v128.load(binFlags)));
  const b = <u64>(<u32>i8x16.bitmask(v128.load(binFlags, 16)));
  const c = <u64>(<u32>i8x16.bitmask(v128.load(binFlags, 32)));
  const d = <u64>(<u32>i8x16.bitmask(v128.load(binFlags, 48)));
  const none = i8x16.splat(0);
  v128.store(binFlags, none);
  v128.store(binFlags, none, 16);
  v128.store(binFlags, none, 32);
  v128.store(binFlags, none, 48);
  return a | (b << 16) | (c << 32) | (d << 48);
}

/** Moves the cells of the flagged bins, ascending, to `used`, and their bins to `usedBins`; returns how many there are. */
function takeCells(sums: usize, binFlags: usize, binCount: i32, used: usize, usedBins: usize): i32 {
  let to = used;
  let binTo = usedBins;
  for (let from: usize = 0; from < <usize>binCount; from += 64) {
    for (let remaining = takeBinFlags(binFlags + from); remaining != 0; remaining &= remaining - 1) {
      const bin = from + <usize>ctz(remaining);
      const sum = sums + (bin << CELL_BITS);
      v128.store(to, v128.load(sum));
      v128.store(sum, f64x2.splat(0));
      store<u8>(binTo, <u8>bin);
      to += 1 << CELL_BITS;
      binTo++;
    }
  }
  return <i32>(binTo - usedBins);
}

// What the last scan has found, and what the cells of the open node's sides stand for (see findCut).
let bestScore: f64 = 0;
let bestAt: i32 = -1;
let minSideRows: v128 = f64x2.splat(0);
let maxSideRows: v128 = f64x2.splat(0);
let drawWeight: v128 = f64x2.splat(0);
let sumWeight: v128 = f64x2.splat(0);
let drawDeviation: v128 = f64x2.splat(0);
let sumDeviation: v128 = f64x2.splat(0);
let nodeWeight: v128 = f64x2.splat(0);

/**
 * Tries the cuts after each of the first `length` used bins, with the cell at `start` on the left side from the start. With
 * the weights HL and HR of both sides and the deviation D of the left one from the mean of the node, a cut scores
 * D^2 / (HL * HR), that is the fall of the impurity by the node's weight. Changes bestScore and bestAt where it finds more.
 *
 * Two cuts at a time, and without a branch: how often a cut beats all before it cannot be guessed. Of an odd number the
 * last cut is tried twice: after the used bins there is an empty cell.
 */
function scanCuts(used: usize, length: i32, start: v128): void {
  let left = start;
  let best = f64x2.splat(bestScore);
  const end = used + ((<usize>length) << CELL_BITS);
  const weightPerDraw = drawWeight;
  const weightPerValue = sumWeight;
  const drawDeviationWeight = drawDeviation;
  const sumDeviationWeight = sumDeviation;
  const whole = nodeWeight;
  const least = minSideRows;
  const most = maxSideRows;
  const scores = scratch + SCORES;
  let to = scores;
  for (let cell = used; cell < end; cell += 2 << CELL_BITS, to += 16) {
    const first = f64x2.add(left, v128.load(cell));
    left = f64x2.add(first, v128.load(cell, 1 << CELL_BITS));
    const packed = v128.shuffle<f64>(first, left, 0, 2);
    const sum = v128.shuffle<f64>(first, left, 1, 3);
    const draws = f64x2.trunc(f64x2.mul(packed, f64x2.splat(1 / DRAWS_UNIT)));
    const rows = f64x2.sub(packed, f64x2.mul(draws, f64x2.splat(DRAWS_UNIT)));
    const weight = f64x2.add(f64x2.mul(weightPerDraw, draws), f64x2.mul(weightPerValue, sum));
    const deviation = f64x2.sub(f64x2.mul(sumDeviationWeight, sum), f64x2.mul(drawDeviationWeight, draws));
    const score = v128.and(
      f64x2.div(f64x2.mul(deviation, deviation), f64x2.mul(weight, f64x2.sub(whole, weight))),
      v128.and(f64x2.ge(rows, least), f64x2.le(rows, most)),
    );
    v128.store(to, score);
    best = f64x2.pmax(best, score);
  }
  const found = max(f64x2.extract_lane(best, 0), f64x2.extract_lane(best, 1));
  if (found <= bestScore) return;
  bestScore = found;
  let at = scores;
  while (load<f64>(at) != found) at += 8;
  bestAt = <i32>((at - scores) >> 3);
}

/**
 * The best cut of a node by one feature. Returns its score (see scanCuts), or 0 where none is above `least`. Its bin and
 * whether missing values go left, 1 or 0, go to the two i32 at `found`: the cut lies in the middle of the run of empty bins,
 * the fairest guess for rows to come; where no value is missing they go to the heavier side.
 * Cost: about 1.5 ns for each row, and 3 ns for each bin that has rows.
 *
 * @param cells of the node's rows, side by side
 * @param rows i32
 * @param bins one byte for each row of the table
 * @param missing the bin of missing values, -1 for a category
 * @param draw -1, or from 0 to below 1: chooses the one cut that is tried, see findThreshold
 * @param sums for each bin a cell, all 0 before and after
 * @param binFlags a byte for each of 256 bins, all 0 before and after
 * @param minRows the fewest rows of a side
 * @param weightPerDraw, weightPerValue what a side weighs: weightPerDraw * draws + weightPerValue * sum
 * @param drawDeviationWeight, sumDeviationWeight how far it deviates: sumDeviationWeight * sum - drawDeviationWeight * draws
 * @param weight of the node
 */
export function findCut(
  cells: usize,
  rows: usize,
  count: i32,
  bins: usize,
  binCount: i32,
  missing: i32,
  draw: f64,
  sums: usize,
  binFlags: usize,
  minRows: i32,
  weightPerDraw: f64,
  weightPerValue: f64,
  drawDeviationWeight: f64,
  sumDeviationWeight: f64,
  weight: f64,
  least: f64,
  found: usize,
): f64 {
  minSideRows = f64x2.splat(<f64>minRows);
  maxSideRows = f64x2.splat(<f64>(count - minRows));
  drawWeight = f64x2.splat(weightPerDraw);
  sumWeight = f64x2.splat(weightPerValue);
  drawDeviation = f64x2.splat(drawDeviationWeight);
  sumDeviation = f64x2.splat(sumDeviationWeight);
  nodeWeight = f64x2.splat(weight);
  bestScore = least;
  bestAt = -1;
  if (draw >= 0) return findThreshold(cells, rows, count, bins, binCount, missing, draw, found);
  const used = scratch;
  const usedBins = scratch + (MAX_USED_BINS << CELL_BITS);
  addCells(cells, rows, count, bins, sums, binFlags);
  let length = takeCells(sums, binFlags, binCount, used, usedBins);
  const hasMissing = <i32>load<u8>(usedBins + <usize>(length - 1)) == missing;
  if (hasMissing) length--;
  const none = f64x2.splat(0);
  const end = used + ((<usize>length) << CELL_BITS);
  const missingCell = v128.load(end);
  v128.store(end, none);
  scanCuts(used, length, none);
  let missingLeft = false;
  if (hasMissing) {
    const before = bestScore;
    scanCuts(used, length, missingCell);
    missingLeft = bestScore > before;
  }
  if (bestAt < 0) return 0;
  if (!hasMissing) missingLeft = 2 * weightUpTo(used, bestAt, weightPerDraw, weightPerValue) > weight;
  const bin = usedBins + <usize>bestAt;
  store<i32>(found, bestAt + 1 < length ? (<i32>load<u8>(bin) + <i32>load<u8>(bin, 1) - 1) >>> 1 : binCount - 2);
  store<i32>(found, missingLeft ? 1 : 0, 4);
  return bestScore;
}

/**
 * One random cut: after a bin from the lowest that has rows to below the highest, or up to the highest where missing values
 * can be cut off from all others; each bin is equally likely. Cost: two passes over the rows, about 2 ns for each.
 */
function findThreshold(
  cells: usize,
  rows: usize,
  count: i32,
  bins: usize,
  binCount: i32,
  missing: i32,
  draw: f64,
  found: usize,
): f64 {
  const end = rows + ((<usize>count) << 2);
  let low: i32 = 255;
  let high: i32 = -1;
  let hasMissing: i32 = 0;
  for (let row = rows; row < end; row += 4) {
    const bin = <i32>load<u8>(bins + <usize>load<u32>(row));
    if (bin == missing) hasMissing = 1;
    else {
      low = min(low, bin);
      high = max(high, bin);
    }
  }
  const choices = high - low + hasMissing;
  if (high < 0 || choices == 0) return 0;
  const cut = low + <i32>(draw * <f64>choices);
  let left = f64x2.splat(0);
  let missingCell = f64x2.splat(0);
  let cell = cells;
  for (let row = rows; row < end; row += 4, cell += 1 << CELL_BITS) {
    const bin = <i32>load<u8>(bins + <usize>load<u32>(row));
    if (bin == missing) missingCell = f64x2.add(missingCell, v128.load(cell));
    else if (bin <= cut) left = f64x2.add(left, v128.load(cell));
  }
  const without = scoreOf(left);
  const withMissing = hasMissing == 1 ? scoreOf(f64x2.add(left, missingCell)) : -1;
  if (max(without, withMissing) < 0) return 0;
  // A mixed node is divided even where that gains nothing: the next splits may gain (XOR).
  const score = max(max(without, withMissing), MIN_SCORE);
  if (score <= bestScore) return 0;
  const isHeavier = 2 * weightOf(left) > f64x2.extract_lane(nodeWeight, 0);
  const missingLeft = hasMissing == 1 ? withMissing > without : isHeavier;
  store<i32>(found, cut < high ? cut : binCount - 2);
  store<i32>(found, missingLeft ? 1 : 0, 4);
  return score;
}

/** The score of a cut that gains nothing: more than no cut, and less than any that gains something. */
const MIN_SCORE: f64 = 1e-200;

/** The score of a cut with this cell on its left side (see scanCuts), -1 where a side has too few rows. */
function scoreOf(left: v128): f64 {
  const draws = drawsOf(left);
  const rows = f64x2.extract_lane(left, 0) - draws * DRAWS_UNIT;
  if (rows < f64x2.extract_lane(minSideRows, 0) || rows > f64x2.extract_lane(maxSideRows, 0)) return -1;
  const sum = f64x2.extract_lane(left, 1);
  const deviation = f64x2.extract_lane(sumDeviation, 0) * sum - f64x2.extract_lane(drawDeviation, 0) * draws;
  const weight = weightOf(left);
  return (deviation * deviation) / (weight * (f64x2.extract_lane(nodeWeight, 0) - weight));
}

function weightOf(cell: v128): f64 {
  return (
    f64x2.extract_lane(drawWeight, 0) * drawsOf(cell) + f64x2.extract_lane(sumWeight, 0) * f64x2.extract_lane(cell, 1)
  );
}

/** The used bins of a feature, and an empty one. */
const MAX_USED_BINS: usize = 257;

/** Where the scores of cuts are in the scratch: after the used bins' cells and numbers. */
const SCORES: usize = (MAX_USED_BINS << CELL_BITS) + 256;

/** What the used bins up to one weigh. */
function weightUpTo(used: usize, last: i32, weightPerDraw: f64, weightPerValue: f64): f64 {
  let sum = f64x2.splat(0);
  for (let i: usize = 0; i <= <usize>last; i++) sum = f64x2.add(sum, v128.load(used + (i << CELL_BITS)));
  return weightPerDraw * drawsOf(sum) + weightPerValue * f64x2.extract_lane(sum, 1);
}
