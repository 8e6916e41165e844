import { isCategory, LEAF, type ModelFeature, type TreesModel } from '../model.ts';

/** Rows that are asked together: one bit of a mask for each. */
export const GROUP_ROWS = 32;

/** A feature's splits; their masks are consecutive. */
export type FeatureSplits =
  | {
      readonly kind: 'NUMBER';
      readonly feature: number;
      readonly firstMask: number;
      /** The bounds of the splits, ascending: row masks are found by the bins between them, see binOf. */
      readonly edges: Float64Array;
      /** For each split -1 if missing values go left, else 0. Beyond those with a bound one or two that all numbers pass. */
      readonly missingLeft: Int32Array;
    }
  | {
      readonly kind: 'CATEGORY';
      readonly feature: number;
      readonly firstMask: number;
      /** Word b * 256 + c: of the splits 32 b to 32 b + 31 those at which code c goes left, a bit for each. */
      readonly leftMasks: Int32Array;
    };

/**
 * All distinct splits of some trees, each with one mask for 32 rows: bit i is 1 if row i goes left.
 * Trees share many: of a number with 20 bins there are 19, however many trees ask them.
 */
export interface Splits {
  /** For each node the number of its mask; 0 for a leaf. */
  readonly maskOfNode: Uint32Array;
  readonly maskCount: number;
  /** The features that are asked about, in ascending order. */
  readonly features: readonly FeatureSplits[];
}

/** Collects the splits of all nodes. Cost: a few look-ups for each node. */
export function collectSplits(
  trees: Pick<TreesModel, 'edges' | 'nodeFeatures' | 'nodeSplits' | 'categorySets'>,
  features: readonly ModelFeature[],
): Splits {
  const { nodeFeatures } = trees;
  const nodesOf = new Map<number, number[]>();
  for (let node = 0; node < nodeFeatures.length; node++) {
    const feature = nodeFeatures[node]!;
    if (feature === LEAF) continue;
    const nodes = nodesOf.get(feature);
    if (nodes === undefined) nodesOf.set(feature, [node]);
    else nodes.push(node);
  }
  const maskOfNode = new Uint32Array(nodeFeatures.length);
  const collected: FeatureSplits[] = [];
  let maskCount = 0;
  for (const [f, feature] of features.entries()) {
    const nodes = nodesOf.get(f);
    if (nodes === undefined) continue;
    if (isCategory(feature)) {
      const words = Math.ceil((feature.categories.length + 2) / 32);
      const splits = categorySplits(trees, f, nodes, words, maskCount, maskOfNode);
      collected.push(splits);
      maskCount += (splits.leftMasks.length / 256) * GROUP_ROWS;
    } else {
      const splits = numberSplits(trees, f, nodes, maskCount, maskOfNode);
      collected.push(splits);
      maskCount += splits.missingLeft.length;
    }
  }
  return { maskOfNode, maskCount, features: collected };
}

function numberSplits(
  { edges, nodeSplits }: Pick<TreesModel, 'edges' | 'nodeSplits'>,
  feature: number,
  nodes: readonly number[],
  firstMask: number,
  maskOfNode: Uint32Array,
): FeatureSplits & { readonly kind: 'NUMBER' } {
  const splits = [...new Set(nodes.map((node) => nodeSplits[node]!))].sort((a, b) => a - b);
  const numberOfSplit = new Map(splits.map((split, number) => [split, number]));
  // The splits of all these nodes are among them.
  for (const node of nodes) maskOfNode[node] = firstMask + numberOfSplit.get(nodeSplits[node]!)!;
  // The bin after the last edge has no bound: all numbers lie in it or below.
  const bounded = splits.filter((split) => split >>> 1 < edges[feature]!.length);
  return {
    kind: 'NUMBER',
    feature,
    firstMask,
    edges: Float64Array.from(bounded, (split) => edges[feature]![split >>> 1]!),
    missingLeft: Int32Array.from(splits, (split) => -(split & 1)),
  };
}

function categorySplits(
  { nodeSplits, categorySets }: Pick<TreesModel, 'nodeSplits' | 'categorySets'>,
  feature: number,
  nodes: readonly number[],
  words: number,
  firstMask: number,
  maskOfNode: Uint32Array,
): FeatureSplits & { readonly kind: 'CATEGORY' } {
  const sets: Uint32Array[] = [];
  const numberOfSet = new Map<string, number>();
  for (const node of nodes) {
    const set = categorySets.subarray(nodeSplits[node]!, nodeSplits[node]! + words);
    const key = set.join();
    let number = numberOfSet.get(key);
    if (number === undefined) {
      number = sets.push(set) - 1;
      numberOfSet.set(key, number);
    }
    maskOfNode[node] = firstMask + number;
  }
  const leftMasks = new Int32Array(Math.ceil(sets.length / GROUP_ROWS) * 256);
  for (const [number, set] of sets.entries()) {
    const block = (number >>> 5) * 256;
    for (let code = 0; code < words * 32; code++) {
      leftMasks[block + code]! |= ((set[code >>> 5]! >>> (code & 31)) & 1) << (number & 31);
    }
  }
  return { kind: 'CATEGORY', feature, firstMask, leftMasks };
}

/**
 * Evaluates all splits for the 32 rows that begin at `row`; `bins` holds those of the features split on, `stride` rows
 * of one after the other.
 * Cost: for a bound some five instructions, for a category's split about 50, for all 32 rows together.
 */
export function fillMasks(splits: Splits, bins: Uint16Array, stride: number, row: number, masks: Int32Array): void {
  const { features } = splits;
  for (let i = 0; i < features.length; i++) {
    const split = features[i]!;
    if (split.kind === 'NUMBER') fillBounds(split, bins, i * stride + row, masks, split.firstMask);
    else fillSets(split.leftMasks, bins, i * stride + row, masks, split.firstMask);
  }
}

/** Between 254 edges at most, each of which may be in two splits; all 0 between two uses. */
const rowsInBin = new Int32Array(2 * 255 + 2);

function fillBounds(
  { edges, missingLeft }: FeatureSplits & { readonly kind: 'NUMBER' },
  bins: Uint16Array,
  at: number,
  masks: Int32Array,
  to: number,
): void {
  for (let i = 0; i < GROUP_ROWS; i++) rowsInBin[bins[at + i]!]! |= 1 << i;
  const missing = rowsInBin[edges.length + 1]!;
  rowsInBin[edges.length + 1] = 0;
  let below = 0;
  for (let number = 0; number < missingLeft.length; number++) {
    below |= rowsInBin[number]!;
    masks[to + number] = below;
  }
  if (missing !== 0) {
    for (let number = 0; number < missingLeft.length; number++) masks[to + number]! |= missing & missingLeft[number]!;
  }
  rowsInBin.fill(0);
}

/** Rows by splits, transposed to splits by rows. */
const square = new Int32Array(GROUP_ROWS);

function fillSets(leftMasks: Int32Array, bins: Uint16Array, at: number, masks: Int32Array, to: number): void {
  for (let block = 0; block < leftMasks.length; block += 256) {
    for (let i = 0; i < GROUP_ROWS; i++) square[i] = leftMasks[block + bins[at + i]!]!;
    turnOver(square);
    masks.set(square, to + block / 8);
  }
}

/**
 * Bit j of word i changes places with bit i of word j, for 32 words: blocks of 16, 8, 4, 2 and 1 bits are exchanged across
 * the diagonal (Henry S. Warren, "Hacker's Delight", section 7-3).
 */
function turnOver(words: Int32Array): void {
  let mask = 0xffff;
  for (let width = 16; width > 0; width >>= 1) {
    for (let i = 0; i < GROUP_ROWS; i = (i + width + 1) & ~width) {
      const exchanged = ((words[i]! >>> width) ^ words[i + width]!) & mask;
      words[i + width]! ^= exchanged;
      words[i]! ^= exchanged << width;
    }
    mask ^= mask << (width >> 1);
  }
}
