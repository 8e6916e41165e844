import { MAX_MODEL_BYTES } from '../../runtime/format/write-model-file.ts';
import { LEAF, type TreesModel } from '../../runtime/model.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { GrownNode } from './grow-tree.ts';

/** In the model file a node takes 10 bytes and a leaf's number 8, both in base64 (4/3). */
const FILE_BYTES_PER_NODE = (10 * 4) / 3;
const FILE_BYTES_PER_LEAF_VALUE = (8 * 4) / 3;

/** The arrays of collected trees, as in a TreesModel. */
export type TreeArrays = ReturnType<EnsembleBuilder['toArrays']>;

/** Collects grown trees in the form of a TreesModel. */
export class EnsembleBuilder {
  readonly #leafSize: number;
  readonly #roots: number[] = [];
  readonly #features: number[] = [];
  readonly #splits: number[] = [];
  readonly #rights: number[] = [];
  readonly #sets: number[] = [];
  readonly #leafValues: number[] = [];

  /** `leafSize`: the numbers in a leaf's vector; `trees`: those to begin with. */
  constructor(leafSize: number, trees: TreeArrays | null = null) {
    this.#leafSize = leafSize;
    if (trees === null) return;
    this.#roots = [...trees.roots];
    this.#features = [...trees.nodeFeatures];
    this.#splits = [...trees.nodeSplits];
    this.#rights = [...trees.nodeRights];
    this.#sets = [...trees.categorySets];
    this.#leafValues = [...trees.leafValues];
  }

  get treeCount(): number {
    return this.#roots.length;
  }

  /** Appends a tree; `leafVector` gives each leaf's vector. Throws TrainingDataError when the model gets too large to keep. */
  append(root: GrownNode, leafVector: (leaf: GrownNode) => ArrayLike<number>): void {
    this.#roots.push(this.#features.length);
    this.#appendNode(root, leafVector);
    const bytes =
      this.#features.length * FILE_BYTES_PER_NODE +
      this.#leafValues.length * FILE_BYTES_PER_LEAF_VALUE +
      this.#sets.length * ((4 * 4) / 3);
    // A tenth of the file is left for the labels, categories and edges.
    if (bytes > 0.9 * MAX_MODEL_BYTES) {
      throw new TrainingDataError(
        'MODEL_TOO_LARGE',
        `the model outgrew ${MAX_MODEL_BYTES / 2 ** 20} MB at tree ${this.treeCount}`,
        'use fewer trees, a smaller maxDepth or maxLeaves, or a larger minSamplesLeaf',
      );
    }
  }

  /** Gives the leaves other values: as many as there are, in the order of their numbers. */
  replaceLeafValues(values: Float64Array): void {
    for (let i = 0; i < values.length; i++) this.#leafValues[i] = values[i]!;
  }

  /** Drops the last trees. */
  truncate(treeCount: number): void {
    if (treeCount >= this.#roots.length) return;
    const nodeCount = this.#roots[treeCount]!;
    const leaves = this.#features.slice(0, nodeCount).filter((feature) => feature === LEAF).length;
    this.#roots.length = treeCount;
    this.#features.length = nodeCount;
    this.#splits.length = nodeCount;
    this.#rights.length = nodeCount;
    // The sets of dropped nodes remain unused: finding them is not worth a search.
    this.#leafValues.length = leaves * this.#leafSize;
  }

  /** The collected trees as the arrays of a model. */
  toArrays(): Pick<
    TreesModel,
    'leafSize' | 'roots' | 'nodeFeatures' | 'nodeSplits' | 'nodeRights' | 'categorySets' | 'leafValues'
  > {
    return {
      leafSize: this.#leafSize,
      roots: Uint32Array.from(this.#roots),
      nodeFeatures: Uint16Array.from(this.#features),
      nodeSplits: Uint32Array.from(this.#splits),
      nodeRights: Uint32Array.from(this.#rights),
      categorySets: Uint32Array.from(this.#sets),
      leafValues: Float64Array.from(this.#leafValues),
    };
  }

  #appendNode(node: GrownNode, leafVector: (leaf: GrownNode) => ArrayLike<number>): void {
    const nodeIndex = this.#features.length;
    if (node.children === null) {
      this.#features.push(LEAF);
      this.#splits.push(0);
      this.#rights.push(this.#leafValues.length / this.#leafSize);
      const vector = leafVector(node);
      for (let k = 0; k < this.#leafSize; k++) this.#leafValues.push(vector[k]!);
      return;
    }
    // A divided node keeps the split that divided it.
    const split = node.split!;
    this.#features.push(split.feature);
    if (split.isCategory) this.#splits.push(this.#appendSet(split.leftBins));
    else this.#splits.push(2 * split.bin + split.leftBins[split.leftBins.length - 1]!);
    this.#rights.push(0);
    this.#appendNode(node.children[0], leafVector);
    this.#rights[nodeIndex] = this.#features.length;
    this.#appendNode(node.children[1], leafVector);
  }

  #appendSet(leftBins: Uint8Array): number {
    const offset = this.#sets.length;
    for (let from = 0; from < leftBins.length; from += 32) {
      let word = 0;
      for (let bit = 0; bit < 32 && from + bit < leftBins.length; bit++) word |= leftBins[from + bit]! << bit;
      this.#sets.push(word >>> 0);
    }
    return offset;
  }
}
