import type { ForestTree } from './forest-tree.ts';
import { GrowingArray } from './growing-array.ts';

/** Vectors that are remembered: 65,536, and with ten draws to divide among two labels there are a few thousand. */
const SLOT_BITS = 16;

/**
 * The vectors of a forest's leaves, each kept once, or nearly so: a new one takes the slot of another of the same hash,
 * which is then kept again when it comes back. So the memory is bounded, though each of millions of leaves may differ.
 */
export class LeafVectors {
  readonly #ends = new GrowingArray(new Uint32Array(0));
  readonly #outputs = new GrowingArray(new Uint16Array(0));
  readonly #values = new GrowingArray(new Float64Array(0));
  readonly #slots = new Int32Array(2 ** SLOT_BITS).fill(-1);
  readonly #key = new Float64Array(1);
  readonly #keyWords = new Uint32Array(this.#key.buffer);

  get count(): number {
    return this.#ends.length;
  }

  /** Numbers in all vectors together. */
  get valueCount(): number {
    return this.#values.length;
  }

  /** The number of the vector of a tree's leaf. */
  numberOf(tree: ForestTree, leaf: number): number {
    const start = tree.leafStarts[leaf]!;
    const end = tree.leafStarts[leaf + 1]!;
    const slot = this.#slotOf(tree, start, end);
    const known = this.#slots[slot]!;
    if (known >= 0 && this.#isSame(known, tree, start, end)) return known;
    const vector = this.#ends.length;
    this.#slots[slot] = vector;
    for (let i = start; i < end; i++) {
      this.#outputs.push(tree.leafOutputs[i]!);
      this.#values.push(tree.leafValues[i]!);
    }
    this.#ends.push(this.#values.length);
    return vector;
  }

  toArrays(): { readonly ends: Uint32Array; readonly outputs: Uint16Array; readonly values: Float64Array } {
    return { ends: this.#ends.toArray(), outputs: this.#outputs.toArray(), values: this.#values.toArray() };
  }

  #slotOf(tree: ForestTree, start: number, end: number): number {
    let key = 0;
    for (let i = start; i < end; i++) key += tree.leafValues[i]! * Math.sqrt(tree.leafOutputs[i]! + 2);
    this.#key[0] = key;
    // Which of the two words is the low one makes no difference to their sum.
    const word = this.#keyWords[0]! + this.#keyWords[1]!;
    // Multiplicative hashing by the golden ratio of 2^32 (Knuth, The Art of Computer Programming 3, 6.4).
    return Math.imul(word | 0, 0x9e3779b1) >>> (32 - SLOT_BITS);
  }

  #isSame(vector: number, tree: ForestTree, start: number, end: number): boolean {
    const from = vector === 0 ? 0 : this.#ends.at(vector - 1);
    if (this.#ends.at(vector) - from !== end - start) return false;
    for (let i = start; i < end; i++) {
      const at = from + i - start;
      if (this.#values.at(at) !== tree.leafValues[i] || this.#outputs.at(at) !== tree.leafOutputs[i]) return false;
    }
    return true;
  }
}
