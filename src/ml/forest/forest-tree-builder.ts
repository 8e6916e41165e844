import { LEAF } from '../../runtime/model.ts';
import type { ForestTree } from './forest-tree.ts';
import { GrowingArray } from './growing-array.ts';
import type { NodeSplit } from './splitting/node-splitter.ts';

/** Takes the nodes of a tree in preorder. The memory is used again for the next tree. */
export class ForestTreeBuilder {
  readonly #features = new GrowingArray(new Uint16Array(0));
  readonly #splits = new GrowingArray(new Uint32Array(0));
  readonly #rights = new GrowingArray(new Uint32Array(0));
  readonly #sets = new GrowingArray(new Uint32Array(0));
  readonly #leafStarts = new GrowingArray(new Uint32Array(0));
  readonly #outputs = new GrowingArray(new Uint16Array(0));
  readonly #values = new GrowingArray(new Float64Array(0));
  /** For feature * 256 + cut where its set is: within a tree a category has one set for each cut of its order. */
  readonly #setOffsets = new Map<number, number>();
  readonly #gains: Float64Array;

  constructor(featureCount: number) {
    this.#gains = new Float64Array(featureCount);
  }

  /** Appends a split and returns its node's number. `ranks`: the rank of each code of a category, null for a number. */
  addSplit(split: NodeSplit, ranks: Uint8Array | null): number {
    const node = this.#features.length;
    this.#gains[split.feature]! += split.gain;
    this.#features.push(split.feature);
    this.#splits.push(
      ranks === null ? 2 * split.cut + (split.missingLeft ? 1 : 0) : this.#setAt(split.feature, split.cut, ranks),
    );
    this.#rights.push(0);
    return node;
  }

  /** The node that is appended next is the right child of that one. */
  startRight(node: number): void {
    this.#rights.set(node, this.#features.length);
  }

  /** Appends a leaf; its outputs follow by addOutput. */
  addLeaf(): void {
    this.#features.push(LEAF);
    this.#splits.push(0);
    this.#rights.push(this.#leafStarts.length);
    this.#leafStarts.push(this.#values.length);
  }

  readonly addOutput = (output: number, value: number): void => {
    this.#outputs.push(output);
    this.#values.push(value);
  };

  /** The tree; the builder is empty again. */
  finish(): ForestTree {
    this.#leafStarts.push(this.#values.length);
    const tree: ForestTree = {
      nodeFeatures: this.#features.toArray(),
      nodeSplits: this.#splits.toArray(),
      nodeRights: this.#rights.toArray(),
      categorySets: this.#sets.toArray(),
      leafStarts: this.#leafStarts.toArray(),
      leafOutputs: this.#outputs.toArray(),
      leafValues: this.#values.toArray(),
      gains: this.#gains.slice(),
    };
    const parts = [
      this.#features,
      this.#splits,
      this.#rights,
      this.#sets,
      this.#leafStarts,
      this.#outputs,
      this.#values,
    ];
    for (const part of parts) part.clear();
    this.#setOffsets.clear();
    this.#gains.fill(0);
    return tree;
  }

  #setAt(feature: number, cut: number, ranks: Uint8Array): number {
    const known = this.#setOffsets.get(256 * feature + cut);
    if (known !== undefined) return known;
    const offset = this.#sets.length;
    this.#setOffsets.set(256 * feature + cut, offset);
    for (let from = 0; from < ranks.length; from += 32) {
      let word = 0;
      for (let bit = 0; bit < 32 && from + bit < ranks.length; bit++) {
        if (ranks[from + bit]! <= cut) word |= 1 << bit;
      }
      this.#sets.push(word >>> 0);
    }
    return offset;
  }
}
