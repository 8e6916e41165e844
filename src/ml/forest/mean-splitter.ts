import type { TrainingTarget } from '../training-set.ts';
import { BinSums } from './bin-sums.ts';
import {
  CODE_SMOOTHING,
  GAIN_TOLERANCE,
  type LeafSink,
  type NodeSplit,
  type NodeSplitter,
  SUBTREE_ROWS,
  type TreeColumn,
} from './node-splitter.ts';

/**
 * Splits by variance for numbers and by Gini impurity for two labels, which is twice the variance of 0 and 1. With sum G
 * and weight H of each side the gain is GL^2 / HL + GR^2 / HR - G^2 / H.
 *
 * Cost for each feature: one addition per row (two labels; two for numbers), some 2 ns, and 5 ns for each bin with rows.
 */
export class MeanSplitter implements NodeSplitter {
  readonly best: NodeSplit = { feature: -1, gain: 0, cut: 0, missingLeft: false };
  readonly #minRows: number;
  readonly #isBinary: boolean;
  /** For each row 0 or 1 for two labels; else its number, moved and scaled to between -1 and 1. */
  readonly #allValues: Float64Array;
  /** The numbers as they came, for the leaves; for labels the same as above. */
  readonly #allRawValues: Float64Array;
  /** How much a draw of the first and of the second label counts. */
  readonly #firstWeight: number;
  readonly #secondWeight: number;
  readonly #areWeighted: boolean;
  #treeDraws: Uint16Array = new Uint16Array(0);
  #mostDraws = 0;

  // The rows that are looked at: all, or those of the subtree, copied.
  #draws: Uint16Array = this.#treeDraws;
  #values: Float64Array;
  #rawValues: Float64Array;
  readonly #subtreeDraws: Uint16Array;
  readonly #subtreeValues: Float64Array;
  readonly #subtreeRawValues: Float64Array;

  // The open node.
  #rows: Int32Array = new Int32Array(0);
  #start = 0;
  #count = 0;
  #sum = 0;
  #weight = 0;
  readonly #bins: BinSums;

  /** `weights`: how much a row of each label counts, null if all count 1. */
  constructor(target: TrainingTarget, weights: Float64Array | null, minSamplesLeaf: number) {
    this.#minRows = minSamplesLeaf;
    this.#isBinary = target.task === 'CLASSIFICATION';
    this.#allValues = target.task === 'CLASSIFICATION' ? Float64Array.from(target.codes) : scaled(target.values);
    this.#allRawValues = target.task === 'CLASSIFICATION' ? this.#allValues : target.values;
    this.#values = this.#allValues;
    this.#rawValues = this.#allRawValues;
    const size = Math.min(SUBTREE_ROWS, this.#values.length);
    this.#subtreeDraws = new Uint16Array(size);
    this.#subtreeValues = new Float64Array(size);
    this.#subtreeRawValues = new Float64Array(size);
    this.#firstWeight = weights?.[0] ?? 1;
    this.#secondWeight = weights?.[1] ?? 1;
    this.#areWeighted = this.#firstWeight !== 1 || this.#secondWeight !== 1;
    this.#bins = new BinSums(this.#allValues.length);
  }

  startTree(draws: Uint16Array): void {
    this.#treeDraws = draws;
    this.leaveSubtree();
    this.#mostDraws = 0;
    for (let row = 0; row < draws.length; row++) if (draws[row]! > this.#mostDraws) this.#mostDraws = draws[row]!;
  }

  enterSubtree(rows: Int32Array): void {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      this.#subtreeDraws[i] = this.#treeDraws[row]!;
      this.#subtreeValues[i] = this.#allValues[row]!;
      this.#subtreeRawValues[i] = this.#allRawValues[row]!;
    }
    this.#draws = this.#subtreeDraws;
    this.#values = this.#subtreeValues;
    this.#rawValues = this.#subtreeRawValues;
  }

  leaveSubtree(): void {
    this.#draws = this.#treeDraws;
    this.#values = this.#allValues;
    this.#rawValues = this.#allRawValues;
  }

  open(rows: Int32Array, start: number, end: number): boolean {
    this.best.feature = -1;
    this.best.gain = 0;
    this.#rows = rows;
    this.#start = start;
    this.#count = end - start;
    const bins = this.#bins;
    const isMixed = bins.open(rows, start, end, this.#draws, this.#values, this.#mostDraws, this.#isBinary);
    this.#weight = this.#areWeighted
      ? this.#firstWeight * (bins.totalDraws - bins.totalSum) + this.#secondWeight * bins.totalSum
      : bins.totalDraws;
    this.#sum = this.#secondWeight * bins.totalSum;
    return isMixed && this.#count >= 2 * this.#minRows;
  }

  tryFeature(feature: number, column: TreeColumn): void {
    const used = this.#bins.collect(column.bins, column.binCount);
    if (this.#areWeighted) this.#weigh(used);
    const last = used - 1;
    const hasMissing = !column.isCategory && this.#bins.bins[last] === column.binCount - 1;
    this.#scan(feature, column, hasMissing ? last : used, hasMissing, false);
    if (hasMissing) this.#scan(feature, column, last, true, true);
  }

  /** From draws to weights, for labels of different weights. */
  #weigh(used: number): void {
    const { draws, sums } = this.#bins;
    for (let at = 0; at < used; at++) {
      draws[at] = this.#firstWeight * (draws[at]! - sums[at]!) + this.#secondWeight * sums[at]!;
      sums[at]! *= this.#secondWeight;
    }
  }

  /** Tries the cuts after each of the first `length` bins with rows; the missing values are the next one, if there are any. */
  #scan(feature: number, column: TreeColumn, length: number, hasMissing: boolean, missingLeft: boolean): void {
    const usedRows = this.#bins.rows;
    const usedWeights = this.#bins.draws;
    const usedSums = this.#bins.sums;
    const count = this.#count;
    const minRows = this.#minRows;
    const weight = this.#weight;
    const sum = this.#sum;
    const parentScore = (sum * sum) / weight;
    let bestScore = parentScore * (1 + GAIN_TOLERANCE) + this.best.gain;
    let bestAt = -1;
    let rowsLeft = missingLeft ? usedRows[length]! : 0;
    let leftWeight = missingLeft ? usedWeights[length]! : 0;
    let leftSum = missingLeft ? usedSums[length]! : 0;
    let bestLeftWeight = 0;
    for (let i = 0; i < length; i++) {
      rowsLeft += usedRows[i]!;
      leftWeight += usedWeights[i]!;
      leftSum += usedSums[i]!;
      if (rowsLeft < minRows) continue;
      if (count - rowsLeft < minRows) break;
      const rightWeight = weight - leftWeight;
      const rightSum = sum - leftSum;
      const score = (leftSum * leftSum * rightWeight + rightSum * rightSum * leftWeight) / (leftWeight * rightWeight);
      if (score > bestScore) {
        bestScore = score;
        bestAt = i;
        bestLeftWeight = leftWeight;
      }
    }
    if (bestAt < 0) return;
    this.best.feature = feature;
    this.best.gain = bestScore - parentScore;
    // The cut may lie anywhere in the run of empty bins above it: the middle is the fairest guess for rows to come.
    this.best.cut =
      bestAt + 1 < length ? (this.#bins.bins[bestAt]! + this.#bins.bins[bestAt + 1]! - 1) >>> 1 : column.binCount - 2;
    this.best.missingLeft = hasMissing ? missingLeft : 2 * bestLeftWeight > weight;
  }

  describeLeaf(sink: LeafSink): void {
    if (this.#isBinary) {
      const second = this.#sum / this.#weight;
      if (second < 1) sink(0, 1 - second);
      if (second > 0) sink(1, second);
      return;
    }
    const origin = this.#rawValues[this.#rows[this.#start]!]!;
    let sum = 0;
    for (let i = this.#start; i < this.#start + this.#count; i++) {
      const row = this.#rows[i]!;
      sum += this.#draws[row]! * (this.#rawValues[row]! - origin);
    }
    sink(0, origin + sum / this.#weight);
  }

  codeScores(codes: Uint8Array, binCount: number, rows: Int32Array): Float64Array {
    const sums = new Float64Array(binCount);
    const draws = new Float64Array(binCount);
    let sum = 0;
    let total = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const drawn = this.#draws[row]!;
      draws[codes[row]!]! += drawn;
      sums[codes[row]!]! += drawn * this.#values[row]!;
      total += drawn;
      sum += drawn * this.#values[row]!;
    }
    const mean = sum / total;
    return sums.map((codeSum, code) => (codeSum + CODE_SMOOTHING * mean) / (draws[code]! + CODE_SMOOTHING));
  }
}

/** The values moved by their midrange and divided by half their range: their squares stay small, whatever their unit. */
function scaled(values: Float64Array): Float64Array {
  let smallest = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    smallest = Math.min(smallest, value);
    largest = Math.max(largest, value);
  }
  const middle = smallest / 2 + largest / 2;
  const reach = largest / 2 - smallest / 2 || 1;
  return values.map((value) => (value - middle) / reach);
}
