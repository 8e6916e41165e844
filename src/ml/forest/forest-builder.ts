import { MAX_MODEL_BYTES } from '../../runtime/format/write-model-file.ts';
import { type ForestModel, LEAF } from '../../runtime/model.ts';
import { int32ArrayFrom } from '../parallel/typed-arrays.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { BinnedMatrix } from '../tree/binning/binned-matrix.ts';
import type { ForestTree } from './forest-tree.ts';
import { LeafVectors } from './leaf-vectors.ts';

/** What parts of a forest take in the model file, in base64 (4/3). */
const FILE_BYTES_PER_NODE = (6 * 4) / 3;
const FILE_BYTES_PER_WORD = (4 * 4) / 3;
const FILE_BYTES_PER_SHARE = (10 * 4) / 3;
const FILE_BYTES_PER_VALUE = (8 * 4) / 3;

/** A tenth of the file is left for the labels, categories and edges. */
const MAX_BYTES = 0.9 * MAX_MODEL_BYTES;

/** Trees have similar sizes: if this many times the first one would be too much, the others are not awaited. */
const SIZE_TOLERANCE = 1.1;

/** Collects the trees of a forest, in order. */
export class ForestBuilder {
  readonly #isClassifier: boolean;
  readonly #treeCount: number;
  readonly #trees: ForestTree[] = [];
  /** For each tree and leaf the number of its vector. */
  readonly #vectorsOfLeaves: Int32Array[] = [];
  readonly #vectors = new LeafVectors();
  #nodeBytes = 0;

  /** `treeCount`: how many trees there will be. */
  constructor(isClassifier: boolean, treeCount: number) {
    this.#isClassifier = isClassifier;
    this.#treeCount = treeCount;
  }

  /** Throws TrainingDataError when the model gets, or is sure to get, too large to keep. */
  append(tree: ForestTree): void {
    const leafCount = tree.leafStarts.length - 1;
    this.#trees.push(tree);
    this.#vectorsOfLeaves.push(int32ArrayFrom(leafCount, (leaf) => this.#vectors.numberOf(tree, leaf)));
    this.#nodeBytes += tree.nodeFeatures.length * FILE_BYTES_PER_NODE + tree.categorySets.length * FILE_BYTES_PER_WORD;
    const leafBytes = this.#isClassifier
      ? this.#vectors.valueCount * FILE_BYTES_PER_SHARE + this.#vectors.count * FILE_BYTES_PER_WORD
      : this.#vectors.valueCount * FILE_BYTES_PER_VALUE;
    const willOutgrow = this.#trees.length === 1 && this.#nodeBytes * this.#treeCount > SIZE_TOLERANCE * MAX_BYTES;
    if (this.#nodeBytes + leafBytes <= MAX_BYTES && !willOutgrow) return;
    throw new TrainingDataError(
      'MODEL_TOO_LARGE',
      `${this.#treeCount} trees of ${leafCount} leaves, as the last one has, take more than ${MAX_MODEL_BYTES / 2 ** 20} MB`,
      'use fewer trees, a larger minSamplesLeaf, a smaller rowFraction, or a maxDepth',
    );
  }

  get trees(): readonly ForestTree[] {
    return this.#trees;
  }

  toModel(matrix: BinnedMatrix, prior: Float64Array): ForestModel {
    const nodeCount = this.#trees.reduce((sum, tree) => sum + tree.nodeFeatures.length, 0);
    const nodeFeatures = new Uint16Array(nodeCount);
    const nodeSplits = new Uint32Array(nodeCount);
    const nodeRights = new Uint32Array(nodeCount);
    const categorySets = new Uint32Array(this.#trees.reduce((sum, tree) => sum + tree.categorySets.length, 0));
    const roots = new Uint32Array(this.#trees.length);
    let root = 0;
    let set = 0;
    for (const [t, tree] of this.#trees.entries()) {
      roots[t] = root;
      nodeFeatures.set(tree.nodeFeatures, root);
      categorySets.set(tree.categorySets, set);
      for (let node = 0; node < tree.nodeFeatures.length; node++) {
        const feature = tree.nodeFeatures[node]!;
        const right = tree.nodeRights[node]!;
        nodeRights[root + node] = feature === LEAF ? this.#vectorsOfLeaves[t]![right]! : root + right;
        // A leaf's number is beyond all features.
        nodeSplits[root + node] = tree.nodeSplits[node]! + (matrix.isCategory[feature] === 1 ? set : 0);
      }
      root += tree.nodeFeatures.length;
      set += tree.categorySets.length;
    }
    const { ends, outputs, values } = this.#vectors.toArrays();
    return {
      kind: 'FOREST',
      prior,
      edges: matrix.edges,
      roots,
      nodeFeatures,
      nodeSplits,
      nodeRights,
      categorySets,
      leafEnds: this.#isClassifier ? ends : new Uint32Array(0),
      leafLabels: this.#isClassifier ? outputs : new Uint16Array(0),
      leafValues: values,
    };
  }
}
