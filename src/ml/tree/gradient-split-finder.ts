import type { BinnedMatrix } from './binned-matrix.ts';
import type { PackedGradients } from './gradient-packing.ts';
import { GradientSplitSearch, type GradientSplitSettings } from './gradient-split-search.ts';
import type { GrownNode, SplitFinder } from './grow-tree.ts';
import { type Histogram, HistogramBuilder, subtractHistogram } from './histogram.ts';

/** Open nodes may hold histograms of this many bytes together; beyond that, children are counted row by row again. */
const HISTOGRAM_BYTES = 256 * 1024 * 1024;

/**
 * Splits by gradient histograms. Of two children only the smaller one is counted; the other's histogram is the parent's
 * minus that, in the parent's place.
 */
export class GradientSplitFinder implements SplitFinder {
  readonly #matrix: BinnedMatrix;
  readonly #builder: HistogramBuilder;
  readonly #search: GradientSplitSearch;
  readonly #gradients: PackedGradients;
  readonly #length: number;
  readonly #minRows: number;
  readonly #held = new Map<GrownNode, Histogram>();
  readonly #free: Histogram[] = [];

  constructor(matrix: BinnedMatrix, gradients: PackedGradients, settings: GradientSplitSettings) {
    this.#matrix = matrix;
    this.#builder = new HistogramBuilder(matrix);
    this.#search = new GradientSplitSearch(matrix, settings);
    this.#gradients = gradients;
    this.#length = 2 * matrix.totalBins;
    this.#minRows = 2 * settings.minSamplesLeaf;
  }

  /** From now on only the features marked 1 are split on; at least one is. */
  selectFeatures(isWanted: Uint8Array): void {
    this.#builder.selectFeatures(isWanted);
    this.#search.selectFeatures(isWanted);
  }

  *openRoot(root: GrownNode, rows: Int32Array): Generator<void, void> {
    if (this.#isTooSmall(root)) return;
    yield* this.#count(root, rows);
    this.#findSplit(root, rows);
  }

  *openChildren(parent: GrownNode, left: GrownNode, right: GrownNode, rows: Int32Array): Generator<void, void> {
    const [smaller, larger] = left.end - left.start <= right.end - right.start ? [left, right] : [right, left];
    if (this.#isTooSmall(larger)) {
      this.close(parent);
      return;
    }
    const histogram = this.#held.get(parent);
    this.#held.delete(parent);
    if (histogram === undefined) {
      yield* this.#count(larger, rows);
      if (!this.#isTooSmall(smaller)) yield* this.#count(smaller, rows);
    } else {
      yield* this.#count(smaller, rows);
      subtractHistogram(histogram, this.#held.get(smaller)!, this.#matrix);
      this.#held.set(larger, histogram);
    }
    this.#findSplit(left, rows);
    this.#findSplit(right, rows);
  }

  close(node: GrownNode): void {
    const histogram = this.#held.get(node);
    if (histogram === undefined) return;
    this.#held.delete(node);
    this.#free.push(histogram);
  }

  #isTooSmall(node: GrownNode): boolean {
    return node.end - node.start < this.#minRows;
  }

  *#count(node: GrownNode, rows: Int32Array): Generator<void, void> {
    const histogram = this.#free.pop() ?? this.#matrix.kernel.doubles(this.#length);
    this.#held.set(node, histogram);
    yield* this.#builder.count(histogram, rows, node.start, node.end, this.#gradients);
  }

  /** Keeps the histogram only of a node that can be divided, and only while there is room. */
  #findSplit(node: GrownNode, rows: Int32Array): void {
    const histogram = this.#held.get(node);
    if (histogram !== undefined && !this.#isTooSmall(node)) {
      node.candidate = this.#search.find(node, histogram, rows, this.#gradients);
    }
    if (node.candidate === null || this.#held.size * this.#length * 8 > HISTOGRAM_BYTES) this.close(node);
  }
}
