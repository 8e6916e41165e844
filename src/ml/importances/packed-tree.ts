import { type ForestModel, isCategory, LEAF, type ModelFeature, type TreesModel } from '../../runtime/model.ts';

/** Numbers for each node. */
export const NODE = 4;

/** In place of the first of them: a leaf. */
export const PACKED_LEAF = 0x7fff_ffff;

/**
 * One tree at a time, its nodes side by side in memory, so that a visit touches one cache line. Node p has at
 *
 * - p: the offset of the bin that it reads, among those of a row (see binOffsetsOf); of a category one's complement; or PACKED_LEAF
 * - p + 1: bins above this one go right; of a category where its set begins in `categorySets`
 * - p + 2: its right child; its left one is p + NODE. Of a leaf the number of its vector
 * - p + 3: the number of the feature's column among those that are shuffled, or -1
 */
export class PackedTree {
  readonly #model: TreesModel | ForestModel;
  readonly #isCategory: Uint8Array;
  readonly #binOffsets: Int32Array;
  readonly #permutedOf: Int32Array;
  readonly #nodes: Int32Array;

  constructor(
    model: TreesModel | ForestModel,
    features: readonly ModelFeature[],
    binOffsets: Int32Array,
    permutedOf: Int32Array,
  ) {
    this.#model = model;
    this.#isCategory = Uint8Array.from(features, (feature) => Number(isCategory(feature)));
    this.#binOffsets = binOffsets;
    this.#permutedOf = permutedOf;
    this.#nodes = new Int32Array(largestTree(model) * NODE);
  }

  /** No path from the root to a leaf has more nodes. */
  get maxPathLength(): number {
    return this.#nodes.length / NODE;
  }

  /** The nodes of a tree, its root first; valid until the next one is packed. One pass over them. */
  pack(tree: number): Int32Array {
    const { roots, nodeFeatures, nodeSplits, nodeRights } = this.#model;
    const nodes = this.#nodes;
    const root = roots[tree]!;
    const end = roots[tree + 1] ?? nodeFeatures.length;
    for (let node = root, p = 0; node < end; node++, p += NODE) {
      const feature = nodeFeatures[node]!;
      if (feature === LEAF) {
        nodes[p] = PACKED_LEAF;
        nodes[p + 2] = nodeRights[node]!;
        continue;
      }
      const split = nodeSplits[node]!;
      const binOffset = this.#binOffsets[feature]!;
      const isCategory = this.#isCategory[feature] === 1;
      nodes[p] = isCategory ? ~binOffset : binOffset + (split & 1);
      nodes[p + 1] = isCategory ? split : split >>> 1;
      nodes[p + 2] = (nodeRights[node]! - root) * NODE;
      nodes[p + 3] = this.#permutedOf[feature]!;
    }
    return nodes;
  }
}

function largestTree({ roots, nodeFeatures }: TreesModel | ForestModel): number {
  let largest = 0;
  for (const [tree, root] of roots.entries()) {
    largest = Math.max(largest, (roots[tree + 1] ?? nodeFeatures.length) - root);
  }
  return largest;
}

/**
 * For each feature where its two bins are among those of a row, or -1 if no node splits on it. Both are the bin itself, but
 * where the value is missing: the first is then above all others, the second below them, for nodes that send what is missing
 * to the left.
 */
export function binOffsetsOf({ nodeFeatures, edges }: TreesModel | ForestModel): Int32Array {
  const binOffsets = new Int32Array(edges.length).fill(-1);
  for (const feature of nodeFeatures) if (feature !== LEAF) binOffsets[feature] = 0;
  let next = 0;
  for (let f = 0; f < binOffsets.length; f++) {
    if (binOffsets[f]! < 0) continue;
    binOffsets[f] = next;
    next += 2;
  }
  return binOffsets;
}
