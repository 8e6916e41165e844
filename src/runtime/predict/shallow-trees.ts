import { LEAF, type TreesModel } from '../model.ts';

/** Deeper trees are walked: another level doubles the splits of a tree, and a leaf's number is to fit into a byte. */
export const SHALLOW_DEPTH = 8;

/**
 * Trees of at most SHALLOW_DEPTH levels, filled up so that all leaves of one are equally deep: of a leaf that was not, both
 * sides of any split lead to its value. The leaf of a row is then a number of `depth` bits, the directions on its path.
 */
export interface ShallowTrees {
  readonly depths: Uint8Array;
  /** For each tree where its splits begin: 2^depth - 1 masks, level after level, each from left to right. */
  readonly splitStarts: Uint32Array;
  readonly masks: Uint32Array;
  /** For each tree where its 2^depth leaf values begin, from right to left. */
  readonly leafStarts: Uint32Array;
  readonly leafValues: Float64Array;
}

/** For each tree its depth. One pass over the nodes. */
export function treeDepths({ roots, nodeFeatures, nodeRights }: TreesModel): Uint32Array {
  const levels = new Uint32Array(nodeFeatures.length);
  const depths = new Uint32Array(roots.length);
  for (let tree = 0; tree < roots.length; tree++) {
    const end = roots[tree + 1] ?? nodeFeatures.length;
    for (let node = roots[tree]!; node < end; node++) {
      const level = levels[node]!;
      if (level > depths[tree]!) depths[tree] = level;
      if (nodeFeatures[node] === LEAF) continue;
      levels[node + 1] = level + 1;
      levels[nodeRights[node]!] = level + 1;
    }
  }
  return depths;
}

/** Lays trees out as above. `maskOfNode`: see Splits. */
export function layOutShallowTrees(trees: TreesModel, depths: Uint32Array, maskOfNode: Uint32Array): ShallowTrees {
  const splitStarts = new Uint32Array(depths.length);
  const leafStarts = new Uint32Array(depths.length);
  let splits = 0;
  let leaves = 0;
  for (const [tree, depth] of depths.entries()) {
    splitStarts[tree] = splits;
    leafStarts[tree] = leaves;
    splits += 2 ** depth - 1;
    leaves += 2 ** depth;
  }
  const laidOut = {
    depths: Uint8Array.from(depths),
    splitStarts,
    masks: new Uint32Array(splits),
    leafStarts,
    leafValues: new Float64Array(leaves),
  };
  for (const [tree, depth] of depths.entries()) {
    /** Lays out the nodes below one, which is number `path` of its level. */
    const layOut = (node: number, level: number, path: number): void => {
      if (trees.nodeFeatures[node] === LEAF) {
        const below = 2 ** (depth - level);
        const first = leafStarts[tree]! + (2 ** level - 1 - path) * below;
        laidOut.leafValues.fill(trees.leafValues[trees.nodeRights[node]!]!, first, first + below);
        return;
      }
      laidOut.masks[splitStarts[tree]! + 2 ** level - 1 + path] = maskOfNode[node]!;
      layOut(node + 1, level + 1, 2 * path);
      layOut(trees.nodeRights[node]!, level + 1, 2 * path + 1);
    };
    layOut(trees.roots[tree]!, 0, 0);
  }
  return laidOut;
}

/** In word k the leaves of rows k, k + 8, k + 16, k + 24, a byte for each, its highest bit the direction at the first split. */
const leaves = new Int32Array(8);

/** Adds to 32 margins, from `marginAt` on, what a tree has for their rows, whose masks are `rowMasks`. */
export function addShallowTree(
  trees: ShallowTrees,
  tree: number,
  rowMasks: Int32Array,
  margins: Float64Array,
  marginAt: number,
): void {
  const { leafValues } = trees;
  const depth = trees.depths[tree]!;
  const leafAt = trees.leafStarts[tree]!;
  findLeaves(trees.masks, trees.splitStarts[tree]!, depth, rowMasks);
  const unused = SHALLOW_DEPTH - depth;
  const last = 255 >>> unused;
  for (let k = 0; k < 8; k++) {
    const leaf = leaves[k]! >>> unused;
    const at = marginAt + k;
    margins[at]! += leafValues[leafAt + (leaf & last)]!;
    margins[at + 8]! += leafValues[leafAt + ((leaf >>> 8) & last)]!;
    margins[at + 16]! += leafValues[leafAt + ((leaf >>> 16) & last)]!;
    margins[at + 24]! += leafValues[leafAt + ((leaf >>> 24) & last)]!;
  }
}

/** Bit by bit: `left` where `leftBins` is 1, else `right`. */
function choose(leftMask: number, left: number, right: number): number {
  return right ^ ((right ^ left) & leftMask);
}

/**
 * The directions at 8 splits of one level for the rows that reach them: the directions of the three levels above, `a` the highest,
 * say which rows come to which. Written out, as is that of 16 and 32, for that is a third faster than calls of each other.
 */
function of8(q: Uint32Array, at: number, masks: Int32Array, a: number, b: number, c: number): number {
  return choose(
    a,
    choose(b, choose(c, masks[q[at]!]!, masks[q[at + 1]!]!), choose(c, masks[q[at + 2]!]!, masks[q[at + 3]!]!)),
    choose(b, choose(c, masks[q[at + 4]!]!, masks[q[at + 5]!]!), choose(c, masks[q[at + 6]!]!, masks[q[at + 7]!]!)),
  );
}

function of16(q: Uint32Array, at: number, masks: Int32Array, a: number, b: number, c: number, d: number): number {
  return choose(
    a,
    choose(
      b,
      choose(c, choose(d, masks[q[at]!]!, masks[q[at + 1]!]!), choose(d, masks[q[at + 2]!]!, masks[q[at + 3]!]!)),
      choose(c, choose(d, masks[q[at + 4]!]!, masks[q[at + 5]!]!), choose(d, masks[q[at + 6]!]!, masks[q[at + 7]!]!)),
    ),
    choose(
      b,
      choose(c, choose(d, masks[q[at + 8]!]!, masks[q[at + 9]!]!), choose(d, masks[q[at + 10]!]!, masks[q[at + 11]!]!)),
      choose(
        c,
        choose(d, masks[q[at + 12]!]!, masks[q[at + 13]!]!),
        choose(d, masks[q[at + 14]!]!, masks[q[at + 15]!]!),
      ),
    ),
  );
}

function of32(
  q: Uint32Array,
  at: number,
  masks: Int32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
): number {
  return choose(
    a,
    choose(
      b,
      choose(
        c,
        choose(d, choose(e, masks[q[at]!]!, masks[q[at + 1]!]!), choose(e, masks[q[at + 2]!]!, masks[q[at + 3]!]!)),
        choose(d, choose(e, masks[q[at + 4]!]!, masks[q[at + 5]!]!), choose(e, masks[q[at + 6]!]!, masks[q[at + 7]!]!)),
      ),
      choose(
        c,
        choose(
          d,
          choose(e, masks[q[at + 8]!]!, masks[q[at + 9]!]!),
          choose(e, masks[q[at + 10]!]!, masks[q[at + 11]!]!),
        ),
        choose(
          d,
          choose(e, masks[q[at + 12]!]!, masks[q[at + 13]!]!),
          choose(e, masks[q[at + 14]!]!, masks[q[at + 15]!]!),
        ),
      ),
    ),
    choose(
      b,
      choose(
        c,
        choose(
          d,
          choose(e, masks[q[at + 16]!]!, masks[q[at + 17]!]!),
          choose(e, masks[q[at + 18]!]!, masks[q[at + 19]!]!),
        ),
        choose(
          d,
          choose(e, masks[q[at + 20]!]!, masks[q[at + 21]!]!),
          choose(e, masks[q[at + 22]!]!, masks[q[at + 23]!]!),
        ),
      ),
      choose(
        c,
        choose(
          d,
          choose(e, masks[q[at + 24]!]!, masks[q[at + 25]!]!),
          choose(e, masks[q[at + 26]!]!, masks[q[at + 27]!]!),
        ),
        choose(
          d,
          choose(e, masks[q[at + 28]!]!, masks[q[at + 29]!]!),
          choose(e, masks[q[at + 30]!]!, masks[q[at + 31]!]!),
        ),
      ),
    ),
  );
}

/** Fills `leaves`: level by level, the directions of 32 rows at the splits that they reach. */
function findLeaves(q: Uint32Array, at: number, depth: number, masks: Int32Array): void {
  const a = depth > 0 ? masks[q[at]!]! : 0;
  const b = depth > 1 ? choose(a, masks[q[at + 1]!]!, masks[q[at + 2]!]!) : 0;
  let c = 0;
  let d = 0;
  let e = 0;
  let f = 0;
  let g = 0;
  let h = 0;
  if (depth > 2) {
    const left = choose(b, masks[q[at + 3]!]!, masks[q[at + 4]!]!);
    c = choose(a, left, choose(b, masks[q[at + 5]!]!, masks[q[at + 6]!]!));
  }
  if (depth > 3) d = of8(q, at + 7, masks, a, b, c);
  if (depth > 4) e = of16(q, at + 15, masks, a, b, c, d);
  if (depth > 5) f = of32(q, at + 31, masks, a, b, c, d, e);
  if (depth > 6) g = choose(a, of32(q, at + 63, masks, b, c, d, e, f), of32(q, at + 95, masks, b, c, d, e, f));
  if (depth > 7) {
    const left = choose(b, of32(q, at + 127, masks, c, d, e, f, g), of32(q, at + 159, masks, c, d, e, f, g));
    const right = choose(b, of32(q, at + 191, masks, c, d, e, f, g), of32(q, at + 223, masks, c, d, e, f, g));
    h = choose(a, left, right);
  }
  // The answers of a level that a tree has not are 0, of the others 1 is for left: leaves are counted from the right.
  turnOver(h, g, f, e, d, c, b, a);
}

/**
 * Fills `leaves` from one word for each bit of a leaf's number, the lowest one first, in which each row has a bit: four
 * squares of 8 by 8 bits are turned over at once, by exchanging blocks of 4, 2 and 1 bits across the diagonal (Henry S.
 * Warren, "Hacker's Delight", section 7-3).
 */
function turnOver(
  bit0: number,
  bit1: number,
  bit2: number,
  bit3: number,
  bit4: number,
  bit5: number,
  bit6: number,
  bit7: number,
): void {
  const x0 = (bit0 & 0x0f0f0f0f) | ((bit4 & 0x0f0f0f0f) << 4);
  const x1 = (bit1 & 0x0f0f0f0f) | ((bit5 & 0x0f0f0f0f) << 4);
  const x2 = (bit2 & 0x0f0f0f0f) | ((bit6 & 0x0f0f0f0f) << 4);
  const x3 = (bit3 & 0x0f0f0f0f) | ((bit7 & 0x0f0f0f0f) << 4);
  turnOverHalf(x0, x1, x2, x3, 0);
  const y0 = ((bit0 >>> 4) & 0x0f0f0f0f) | (bit4 & 0xf0f0f0f0);
  const y1 = ((bit1 >>> 4) & 0x0f0f0f0f) | (bit5 & 0xf0f0f0f0);
  const y2 = ((bit2 >>> 4) & 0x0f0f0f0f) | (bit6 & 0xf0f0f0f0);
  const y3 = ((bit3 >>> 4) & 0x0f0f0f0f) | (bit7 & 0xf0f0f0f0);
  turnOverHalf(y0, y1, y2, y3, 4);
}

/** The rest of it for four words, which hold the leaves of the rows from `k` on, and those eight further. */
function turnOverHalf(x0: number, x1: number, x2: number, x3: number, k: number): void {
  const y0 = (x0 & 0x33333333) | ((x2 & 0x33333333) << 2);
  const y1 = (x1 & 0x33333333) | ((x3 & 0x33333333) << 2);
  const y2 = ((x0 >>> 2) & 0x33333333) | (x2 & 0xcccccccc);
  const y3 = ((x1 >>> 2) & 0x33333333) | (x3 & 0xcccccccc);
  leaves[k] = (y0 & 0x55555555) | ((y1 & 0x55555555) << 1);
  leaves[k + 1] = ((y0 >>> 1) & 0x55555555) | (y1 & 0xaaaaaaaa);
  leaves[k + 2] = (y2 & 0x55555555) | ((y3 & 0x55555555) << 1);
  leaves[k + 3] = ((y2 >>> 1) & 0x55555555) | (y3 & 0xaaaaaaaa);
}
