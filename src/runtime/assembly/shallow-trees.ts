// Trees of at most eight levels: 128 rows are asked at once, a bit of a mask for each.

/** Rows of a group. Row r is bit r % 32 of lane r / 32 of a mask. */
const GROUP_ROWS: usize = 128;

/** Bytes of a mask. */
const MASK: usize = 16;

/** Between 254 edges at most, each of which may be in two splits, and one for missing values. All 0 between two uses. */
const ROWS_IN_BIN = memory.data(16 * 512, 16);

/** Of four trees the leaves of a group's rows, a byte for each. */
const LEAVES = memory.data(4 * 128, 16);

const NONE = i32x4.splat(0);

/**
 * Adds what the trees have for a group of rows to its margins.
 *
 * @param features for each feature that is asked about five words: whether it is a category, where its masks are, how many
 *   splits (of a number) or blocks of 32 sets (of a category) it has, where missingLeft or leftMasks are (see row-masks.ts), and
 *   the bin of missing values
 * @param trees for each tree four words: its depth, where the addresses of its splits' masks are, its leaf values, and the margins
 *   of the group; four trees in a row have the same margins
 * @param bins of the group's rows, u16, `stride` bytes from one feature to the next
 */
export function addTrees(
  features: usize,
  featureCount: usize,
  trees: usize,
  treeCount: usize,
  bins: usize,
  stride: usize,
  marginOffset: u32,
): void {
  const featureEnd = features + featureCount * 20;
  for (let at = features; at < featureEnd; at += 20) {
    const masks = load<u32>(at, 4);
    if (load<u32>(at) == 0) fillBounds(bins, masks, load<u32>(at, 8), load<u32>(at, 12), load<u32>(at, 16));
    else fillSets(bins, masks, load<u32>(at, 8), load<u32>(at, 12));
    bins += stride;
  }
  const treeEnd = trees + (treeCount << 4);
  for (let at = trees; at < treeEnd; at += 64) {
    findLeaves(load<u32>(at, 4), load<u32>(at), LEAVES);
    findLeaves(load<u32>(at, 20), load<u32>(at, 16), LEAVES + 128);
    findLeaves(load<u32>(at, 36), load<u32>(at, 32), LEAVES + 256);
    findLeaves(load<u32>(at, 52), load<u32>(at, 48), LEAVES + 384);
    const margins = load<u32>(at, 12) + marginOffset;
    addLeaves(load<u32>(at, 8), load<u32>(at, 24), load<u32>(at, 40), load<u32>(at, 56), margins);
  }
}

/** The masks of a number's splits: the rows in the bins up to each. */
function fillBounds(bins: usize, masks: usize, splits: usize, missingLeft: usize, missingBin: usize): void {
  for (let row: usize = 0; row < GROUP_ROWS; row++) {
    const word = ROWS_IN_BIN + ((<usize>load<u16>(bins + (row << 1))) << 4) + ((row >> 5) << 2);
    store<u32>(word, load<u32>(word) | (1 << (<u32>row & 31)));
  }
  const missingAt = ROWS_IN_BIN + (missingBin << 4);
  const missing = v128.load(missingAt);
  v128.store(missingAt, NONE);
  let below = NONE;
  const end = splits << 4;
  for (let at: usize = 0; at < end; at += MASK) {
    below = v128.or(below, v128.load(ROWS_IN_BIN + at));
    v128.store(masks + at, below);
  }
  for (let at: usize = ROWS_IN_BIN; at < missingAt; at += MASK) v128.store(at, NONE);
  if (!v128.any_true(missing)) return;
  for (let at: usize = 0; at < end; at += MASK) {
    const left = v128.and(missing, v128.load32_splat(missingLeft + (at >> 2)));
    v128.store(masks + at, v128.or(v128.load(masks + at), left));
  }
}

/** The masks of a category's splits: rows by splits, transposed to splits by rows, 32 of each at a time. */
function fillSets(bins: usize, masks: usize, blocks: usize, leftMasks: usize): void {
  for (let block: usize = 0; block < blocks; block++) {
    const square = masks + (block << 9);
    const words = leftMasks + (block << 10);
    for (let i: usize = 0; i < 32; i++) {
      const at = bins + (i << 1);
      let word = v128.load32_zero(words + ((<usize>load<u16>(at)) << 2));
      word = v128.load_lane<u32>(words + ((<usize>load<u16>(at, 64)) << 2), word, 1);
      word = v128.load_lane<u32>(words + ((<usize>load<u16>(at, 128)) << 2), word, 2);
      word = v128.load_lane<u32>(words + ((<usize>load<u16>(at, 192)) << 2), word, 3);
      v128.store(square + (i << 4), word);
    }
    transpose(square);
  }
}

/**
 * Bit j of word i changes places with bit i of word j, for 32 words of each lane: blocks of 16, 8, 4, 2 and 1 bits are exchanged
 * across the diagonal (Henry S. Warren, "Hacker's Delight", section 7-3).
 */
function transpose(square: usize): void {
  let bits: u32 = 0xffff;
  for (let width: usize = 16; width > 0; width >>= 1) {
    const mask = i32x4.splat(bits);
    for (let i: usize = 0; i < 32; i = (i + width + 1) & ~width) {
      const one = square + (i << 4);
      const other = one + (width << 4);
      const exchanged = v128.and(v128.xor(i32x4.shr_u(v128.load(one), <i32>width), v128.load(other)), mask);
      v128.store(other, v128.xor(v128.load(other), exchanged));
      v128.store(one, v128.xor(v128.load(one), i32x4.shl(exchanged, <i32>width)));
    }
    bits ^= bits << (<u32>width >> 1);
  }
}

/** The mask of the split at a place of a tree. */
function maskAt(splits: usize): v128 {
  return v128.load(load<u32>(splits));
}

/** Row by row: `left` where `isLeft` is 1, else `right`. */
function choose(isLeft: v128, left: v128, right: v128): v128 {
  return v128.bitselect(left, right, isLeft);
}

/**
 * The directions at 4 splits of one level for the rows that reach them: the directions of the two levels above, `a` the higher, say
 * which rows come to which. So for 8 and more.
 */
function of4(q: usize, a: v128, b: v128): v128 {
  return choose(a, choose(b, maskAt(q), maskAt(q + 4)), choose(b, maskAt(q + 8), maskAt(q + 12)));
}

function of8(q: usize, a: v128, b: v128, c: v128): v128 {
  return choose(a, of4(q, b, c), of4(q + 16, b, c));
}

function of16(q: usize, a: v128, b: v128, c: v128, d: v128): v128 {
  return choose(a, of8(q, b, c, d), of8(q + 32, b, c, d));
}

function of32(q: usize, a: v128, b: v128, c: v128, d: v128, e: v128): v128 {
  return choose(a, of16(q, b, c, d, e), of16(q + 64, b, c, d, e));
}

/**
 * Level by level, the directions of the rows at the splits that they reach: the bits of the number of a row's leaf, counted from
 * the right, the highest the first split's. Written to `leaves`: that of row 32 g + 8 j + k at byte 16 k + 4 g + j.
 */
function findLeaves(q: usize, depth: u32, leaves: usize): void {
  let a = NONE;
  let b = NONE;
  let c = NONE;
  let d = NONE;
  let e = NONE;
  let f = NONE;
  let g = NONE;
  let h = NONE;
  if (depth > 0) a = maskAt(q);
  if (depth > 1) b = choose(a, maskAt(q + 4), maskAt(q + 8));
  if (depth > 2) c = of4(q + 12, a, b);
  if (depth > 3) d = of8(q + 28, a, b, c);
  if (depth > 4) e = of16(q + 60, a, b, c, d);
  if (depth > 5) f = of32(q + 124, a, b, c, d, e);
  if (depth > 6) g = choose(a, of32(q + 252, b, c, d, e, f), of32(q + 380, b, c, d, e, f));
  if (depth > 7) {
    const left = choose(b, of32(q + 508, c, d, e, f, g), of32(q + 636, c, d, e, f, g));
    h = choose(a, left, choose(b, of32(q + 764, c, d, e, f, g), of32(q + 892, c, d, e, f, g)));
  }
  // Squares of 8 by 8 bits are turned over, all at once, by exchanging blocks of 4, 2 and 1 bits: see transpose.
  const low = i32x4.splat(0x0f0f0f0f);
  turnOverHalf(mixLow(h, d, low), mixLow(g, c, low), mixLow(f, b, low), mixLow(e, a, low), depth, leaves);
  const high = i32x4.splat(0xf0f0f0f0);
  turnOverHalf(mixHigh(h, d, high), mixHigh(g, c, high), mixHigh(f, b, high), mixHigh(e, a, high), depth, leaves + 64);
}

function mixLow(one: v128, other: v128, low: v128): v128 {
  return v128.bitselect(one, i32x4.shl(other, 4), low);
}

function mixHigh(one: v128, other: v128, high: v128): v128 {
  return v128.bitselect(other, i32x4.shr_u(one, 4), high);
}

function turnOverHalf(x0: v128, x1: v128, x2: v128, x3: v128, depth: u32, leaves: usize): void {
  const pairs = i32x4.splat(0x33333333);
  const y0 = v128.bitselect(x0, i32x4.shl(x2, 2), pairs);
  const y1 = v128.bitselect(x1, i32x4.shl(x3, 2), pairs);
  const y2 = v128.bitselect(i32x4.shr_u(x0, 2), x2, pairs);
  const y3 = v128.bitselect(i32x4.shr_u(x1, 2), x3, pairs);
  const ones = i32x4.splat(0x55555555);
  // The lowest bits, of levels that the tree has not, are 0.
  const unused = 8 - depth;
  v128.store(leaves, i8x16.shr_u(v128.bitselect(y0, i32x4.shl(y1, 1), ones), unused));
  v128.store(leaves + 16, i8x16.shr_u(v128.bitselect(i32x4.shr_u(y0, 1), y1, ones), unused));
  v128.store(leaves + 32, i8x16.shr_u(v128.bitselect(y2, i32x4.shl(y3, 1), ones), unused));
  v128.store(leaves + 48, i8x16.shr_u(v128.bitselect(i32x4.shr_u(y2, 1), y3, ones), unused));
}

/** Adds the leaf values of four trees to each row's margin, in their order. */
function addLeaves(one: usize, two: usize, three: usize, four: usize, margins: usize): void {
  for (let row: usize = 0; row < GROUP_ROWS; row++) {
    const at = LEAVES + row;
    const to = margins + (row << 3);
    let margin = load<f64>(to);
    margin += load<f64>(one + ((<usize>load<u8>(at)) << 3));
    margin += load<f64>(two + ((<usize>load<u8>(at, 128)) << 3));
    margin += load<f64>(three + ((<usize>load<u8>(at, 256)) << 3));
    margin += load<f64>(four + ((<usize>load<u8>(at, 384)) << 3));
    store<f64>(to, margin);
  }
}
