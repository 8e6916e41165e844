import { isCategory, LEAF, type ModelFeature, type TreesModel } from '../model.ts';

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

/** Sets of a category whose masks are found together. */
const BLOCK = 32;

/**
 * All distinct splits of some trees, each with one mask for a group of rows: a bit is 1 if its row goes left.
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
      maskCount += (splits.leftMasks.length / 256) * BLOCK;
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
  const leftMasks = new Int32Array(Math.ceil(sets.length / BLOCK) * 256);
  for (const [number, set] of sets.entries()) {
    const block = (number >>> 5) * 256;
    for (let code = 0; code < words * 32; code++) {
      leftMasks[block + code]! |= ((set[code >>> 5]! >>> (code & 31)) & 1) << (number & 31);
    }
  }
  return { kind: 'CATEGORY', feature, firstMask, leftMasks };
}
