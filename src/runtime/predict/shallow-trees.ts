import { LEAF, type TreesModel } from '../model.ts';

/** Deeper trees are walked: another level doubles the splits of a tree, and the number of a leaf is to fit into a byte. */
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
