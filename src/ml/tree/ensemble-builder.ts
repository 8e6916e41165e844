import { MAX_MODEL_BYTES } from '../../runtime/format/write-model-file.ts';
import { LEAF, type LeafSlopes, type TreesModel } from '../../runtime/model.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { Slope } from './boosting/leaf-lines.ts';
import type { GrownNode } from './grow-tree.ts';

/** In the model file a node takes 10 bytes and a leaf's number 8, both in base64 (4/3). */
const FILE_BYTES_PER_NODE = (10 * 4) / 3;
const FILE_BYTES_PER_LEAF_VALUE = (8 * 4) / 3;
const FILE_BYTES_PER_SLOPE = (14 * 4) / 3;
/** How many slopes a leaf has. */
const FILE_BYTES_PER_SLOPE_COUNT = (2 * 4) / 3;

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
  /** Null where leaves have no slopes. */
  readonly #slopes: SlopeList | null;

  /** `leafSize`: the numbers in a leaf's vector; `trees`: those to begin with. */
  constructor(leafSize: number, trees: TreeArrays | null = null, hasSlopes = false) {
    this.#leafSize = leafSize;
    this.#slopes = hasSlopes ? new SlopeList(trees?.slopes ?? null) : null;
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

  /** Appends a tree; `leafVector` gives each leaf's vector, `slopesOf` its slopes. Throws TrainingDataError when the model gets too large to keep. */
  append(
    root: GrownNode,
    leafVector: (leaf: GrownNode) => ArrayLike<number>,
    slopesOf: (leaf: GrownNode) => readonly Slope[] = () => [],
  ): void {
    this.#roots.push(this.#features.length);
    this.#appendNode(root, leafVector, slopesOf);
    const bytes =
      (this.#slopes?.fileBytes ?? 0) +
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

  /** Gives the leaves other values, as many as there are, and other slopes, both in the order of their numbers. */
  replaceLeaves(values: Float64Array, slopes: readonly (readonly Slope[])[]): void {
    for (let i = 0; i < values.length; i++) this.#leafValues[i] = values[i]!;
    this.#slopes?.truncate(0);
    for (let leaf = 0; leaf < values.length; leaf++) this.#slopes?.append(slopes[leaf] ?? []);
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
    this.#slopes?.truncate(leaves);
  }

  /** The collected trees as the arrays of a model. */
  toArrays(): Pick<
    TreesModel,
    'leafSize' | 'roots' | 'nodeFeatures' | 'nodeSplits' | 'nodeRights' | 'categorySets' | 'leafValues' | 'slopes'
  > {
    return {
      leafSize: this.#leafSize,
      roots: Uint32Array.from(this.#roots),
      nodeFeatures: Uint16Array.from(this.#features),
      nodeSplits: Uint32Array.from(this.#splits),
      nodeRights: Uint32Array.from(this.#rights),
      categorySets: Uint32Array.from(this.#sets),
      leafValues: Float64Array.from(this.#leafValues),
      ...(this.#slopes === null ? {} : { slopes: this.#slopes.toArrays() }),
    };
  }

  #appendNode(
    node: GrownNode,
    leafVector: (leaf: GrownNode) => ArrayLike<number>,
    slopesOf: (leaf: GrownNode) => readonly Slope[],
  ): void {
    const nodeIndex = this.#features.length;
    if (node.children === null) {
      this.#features.push(LEAF);
      this.#splits.push(0);
      this.#rights.push(this.#leafValues.length / this.#leafSize);
      const vector = leafVector(node);
      for (let k = 0; k < this.#leafSize; k++) this.#leafValues.push(vector[k]!);
      this.#slopes?.append(slopesOf(node));
      return;
    }
    // A divided node keeps the split that divided it.
    const split = node.split!;
    this.#features.push(split.feature);
    if (split.isCategory) this.#splits.push(this.#appendSet(split.leftBins));
    else this.#splits.push(2 * split.bin + split.leftBins[split.leftBins.length - 1]!);
    this.#rights.push(0);
    this.#appendNode(node.children[0], leafVector, slopesOf);
    this.#rights[nodeIndex] = this.#features.length;
    this.#appendNode(node.children[1], leafVector, slopesOf);
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

/** The slopes of the leaves, in the order of their numbers. */
class SlopeList {
  readonly #ends: number[] = [];
  readonly #features: number[] = [];
  readonly #bins: number[] = [];
  readonly #values: number[] = [];

  constructor(slopes: LeafSlopes | null) {
    if (slopes === null) return;
    this.#ends = [...slopes.ends];
    this.#features = [...slopes.features];
    this.#bins = [...slopes.bins];
    this.#values = [...slopes.values];
  }

  get fileBytes(): number {
    return this.#values.length * FILE_BYTES_PER_SLOPE + this.#ends.length * FILE_BYTES_PER_SLOPE_COUNT;
  }

  append(slopes: readonly Slope[]): void {
    for (const { feature, bins, slope } of slopes) {
      this.#features.push(feature);
      this.#bins.push(bins);
      this.#values.push(slope);
    }
    this.#ends.push(this.#values.length);
  }

  /** Drops the slopes of the last leaves. */
  truncate(leaves: number): void {
    this.#ends.length = leaves;
    const count = this.#ends.at(-1) ?? 0;
    for (const list of [this.#features, this.#bins, this.#values]) list.length = count;
  }

  toArrays(): LeafSlopes {
    return {
      ends: Uint32Array.from(this.#ends),
      features: Uint16Array.from(this.#features),
      bins: Uint32Array.from(this.#bins),
      values: Float64Array.from(this.#values),
    };
  }
}
