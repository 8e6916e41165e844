import { LEAF } from '../../runtime/model.ts';
import { type BinnedMatrix, GROUP_SIZE } from '../tree/binning/binned-matrix.ts';
import { type ForestMemory, NODE_LENGTH } from './forest-memory.ts';
import type { ForestTree } from './forest-tree.ts';

/** Says to which leaf of a tree rows come, in the memory of a thread that is growing none just then. */
export class LeafFinder {
  readonly #matrix: BinnedMatrix;
  readonly #memory: ForestMemory;

  /** `memory` is in the matrix's wasm memory. */
  constructor(matrix: BinnedMatrix, memory: ForestMemory) {
    this.#matrix = matrix;
    this.#memory = memory;
  }

  /**
   * The leaf of each row of the table that is among `rows`; earlier results are overwritten. Cost: about 2 ns per row and
   * level.
   */
  find(tree: ForestTree, rows: Int32Array): Int32Array {
    const { wasm, words, groupCount } = this.#matrix;
    const { leaves, nodes, sets } = this.#memory;
    this.#writeNodes(tree);
    this.#memory.rows.set(rows);
    wasm.functions.findLeaves(
      wasm.addressOf(nodes),
      tree.nodeFeatures.length,
      wasm.addressOf(sets),
      wasm.addressOf(words),
      groupCount * GROUP_SIZE,
      wasm.addressOf(this.#memory.rows),
      rows.length,
      wasm.addressOf(this.#memory.spareRows),
      wasm.addressOf(leaves),
    );
    return leaves;
  }

  #writeNodes({ nodeFeatures, nodeSplits, nodeRights, categorySets }: ForestTree): void {
    const { isCategory, binCounts } = this.#matrix;
    const { nodes, sets } = this.#memory;
    sets.set(categorySets);
    for (let node = 0, at = 0; node < nodeFeatures.length; node++, at += NODE_LENGTH) {
      const feature = nodeFeatures[node]!;
      const split = nodeSplits[node]!;
      nodes[at + 1] = nodeRights[node]!;
      if (feature === LEAF) nodes[at] = -1;
      else {
        nodes[at] = feature;
        nodes[at + 2] = isCategory[feature] === 1 ? split : split >>> 1;
        nodes[at + 3] = isCategory[feature] === 1 ? -2 : (split & 1) === 1 ? binCounts[feature]! - 1 : -1;
      }
    }
  }
}
