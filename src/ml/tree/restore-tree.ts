import { LEAF } from '../../runtime/model.ts';
import type { BinnedMatrix } from './binning/binned-matrix.ts';
import type { TreeArrays } from './ensemble-builder.ts';
import { categorySplit, numberSplit } from './splitting/split.ts';

/** A node of a tree that was grown before: what routeRows needs of it. */
export interface RestoredNode {
  readonly split: ReturnType<typeof numberSplit> | null;
  readonly children: readonly [RestoredNode, RestoredNode] | null;
  /** Of a leaf: the number of its vector. */
  readonly leaf: number;
}

/** The tree of that number, 0 or more. The gains of its splits are not known any more: they are 0. */
export function restoreTree(trees: TreeArrays, number: number, matrix: BinnedMatrix): RestoredNode {
  const restore = (node: number): RestoredNode => {
    // Nodes are numbered by the arrays themselves.
    const feature = trees.nodeFeatures[node]!;
    const right = trees.nodeRights[node]!;
    if (feature === LEAF) return { split: null, children: null, leaf: right };
    const packedSplit = trees.nodeSplits[node]!;
    const bins = matrix.binCounts[feature]!;
    const split =
      matrix.isCategory[feature] === 1
        ? categorySplit(feature, 0, codesOf(trees.categorySets, packedSplit, bins))
        : numberSplit(feature, 0, packedSplit >>> 1, (packedSplit & 1) === 1, bins);
    return { split, children: [restore(node + 1), restore(right)], leaf: -1 };
  };
  return restore(trees.roots[number]!);
}

/** For each code of a category 1 if it is in the set that begins there. */
function codesOf(sets: Uint32Array, set: number, bins: number): Uint8Array {
  return Uint8Array.from({ length: bins }, (_, code) => (sets[set + (code >>> 5)]! >>> (code & 31)) & 1);
}
