import type { BinnedMatrix } from '../binning/binned-matrix.ts';
import type { GrownNode, PartitionPoints, SplitFinder } from '../grow-tree.ts';
import { sortBinsByRatio } from './category-order.ts';
import { partitionRows } from './partition.ts';
import { categorySplit, numberSplit, type Split } from './split.ts';

/** Rows times features between two yield points: about 10 ms. */
const COST_PER_STEP = 2_000_000;

/**
 * Splits by Gini impurity for any number of classes: with class weights c_k and their sum n on each side, the gain is
 * sum(cL_k^2) / nL + sum(cR_k^2) / nR - sum(c_k^2) / n, that is n times the fall of the impurity 1 - sum((c_k / n)^2).
 *
 * Only the classes that a node has rows of are counted, feature by feature: no histogram of all features and classes is
 * kept. Categories are put in order by their share of the node's most frequent class, which is exact for two classes.
 * Cost for each node: rows * features, and bins * classes for each feature.
 */
export class GiniSplitFinder implements SplitFinder {
  readonly maxBatch = 1;
  /** The rows in the order of the tree's nodes. */
  readonly rows: Int32Array;
  readonly #spare: Int32Array;
  readonly #matrix: BinnedMatrix;
  readonly #codes: Int32Array;
  readonly #weights: Float64Array | null;
  readonly #minRows: number;

  // The current node: its classes are renumbered by `#localClass`.
  readonly #localClass: Int32Array;
  #classCount = 0;
  #totals = new Float64Array(0);

  /** Rows and bins that were scanned since the last yield point, of however many nodes. */
  #sinceStep = 0;

  // The current feature.
  #table = new Float64Array(0);
  readonly #rowsOfBin = new Uint32Array(256);
  readonly #sequence = new Uint8Array(256);
  readonly #ratios = new Float64Array(256);
  readonly #keys = new Float64Array(256);

  /** `codes`: the class of each row; `weights`: how much each row counts, null if all count 1. */
  constructor(
    matrix: BinnedMatrix,
    codes: Int32Array,
    classCount: number,
    weights: Float64Array | null,
    minSamplesLeaf: number,
  ) {
    this.#matrix = matrix;
    this.#codes = codes;
    this.#weights = weights;
    this.#minRows = minSamplesLeaf;
    this.#localClass = new Int32Array(classCount);
    this.rows = matrix.wasm.integers(matrix.rowCount);
    for (let row = 0; row < this.rows.length; row++) this.rows[row] = row;
    this.#spare = matrix.wasm.integers(matrix.rowCount);
  }

  *openRoot(root: GrownNode): Generator<void, void> {
    yield* this.#open(root);
  }

  partition(nodes: readonly GrownNode[]): readonly PartitionPoints[] {
    return nodes.map(({ split, start, end, otherEnd }) => ({
      // Every open node has a split.
      rightStart: partitionRows(this.#matrix, split!, this.rows, start, end, this.#spare),
      // All rows have their say.
      otherRightStart: otherEnd,
    }));
  }

  *openChildren(parents: readonly GrownNode[]): Generator<void, void> {
    for (const { children } of parents) for (const child of children ?? []) yield* this.#open(child);
  }

  close(): void {
    // Nothing is kept for open nodes.
  }

  *#open(node: GrownNode): Generator<void, void> {
    const nodeRows = this.rows.subarray(node.start, node.end);
    if (nodeRows.length < 2 * this.#minRows) return;
    this.#countClasses(nodeRows);
    if (this.#classCount < 2) return;
    for (let f = 0; f < this.#matrix.featureCount; f++) {
      const split = this.#findFeature(f, nodeRows);
      if (split !== null && split.gain > (node.split?.gain ?? 0)) node.split = split;
      // In small nodes it is the bins that take the time.
      this.#sinceStep += nodeRows.length + this.#matrix.binCounts[f]! * this.#classCount;
      if (this.#sinceStep > COST_PER_STEP) {
        yield;
        this.#sinceStep = 0;
      }
    }
  }

  #countClasses(rows: Int32Array): void {
    this.#localClass.fill(-1);
    const totals: number[] = [];
    for (const row of rows) {
      const code = this.#codes[row]!;
      if (this.#localClass[code]! < 0) {
        this.#localClass[code] = totals.length;
        totals.push(0);
      }
      totals[this.#localClass[code]!]! += this.#weights?.[row] ?? 1;
    }
    this.#classCount = totals.length;
    this.#totals = Float64Array.from(totals);
  }

  #findFeature(feature: number, rows: Int32Array): Split | null {
    this.#countBins(feature, rows);
    const bins = this.#matrix.binCounts[feature]!;
    return this.#matrix.isCategory[feature] === 1 ? this.#findCategory(feature, bins) : this.#findNumber(feature, bins);
  }

  #countBins(feature: number, rows: Int32Array): void {
    const bins = this.#matrix.binCounts[feature]!;
    const classes = this.#classCount;
    if (this.#table.length < bins * classes) this.#table = new Float64Array(256 * classes);
    const table = this.#table.fill(0, 0, bins * classes);
    const rowsOfBin = this.#rowsOfBin.fill(0);
    const binOfRow = this.#matrix.columns[feature]!;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const bin = binOfRow[row]!;
      const code = this.#codes[row]!;
      table[bin * classes + this.#localClass[code]!]! += this.#weights === null ? 1 : this.#weights[row]!;
      rowsOfBin[bin]!++;
    }
  }

  #findNumber(feature: number, bins: number): Split | null {
    const missing = bins - 1;
    let length = 0;
    for (let bin = 0; bin < missing; bin++) if (this.#rowsOfBin[bin]! > 0) this.#sequence[length++] = bin;
    const missingRight = this.#scan(length, -1);
    const missingLeft =
      this.#rowsOfBin[missing]! > 0 ? this.#scan(length, missing) : { gain: 0, cut: -1, isHeavy: false };
    const best = missingLeft.gain > missingRight.gain ? missingLeft : missingRight;
    if (best.cut < 0) return null;
    const bin = this.#sequence[best.cut]!;
    // The cut may lie anywhere in the run of empty bins above it: the middle is the fairest guess for rows to come.
    const next = best.cut + 1 < length ? this.#sequence[best.cut + 1]! : bin + 1;
    const sendsMissingLeft = this.#rowsOfBin[missing] === 0 ? best.isHeavy : best === missingLeft;
    return numberSplit(feature, best.gain, (bin + next - 1) >>> 1, sendsMissingLeft, bins);
  }

  #findCategory(feature: number, bins: number): Split | null {
    const classes = this.#classCount;
    const frequent = this.#totals.indexOf(Math.max(...this.#totals));
    let length = 0;
    for (let bin = 0; bin < bins; bin++) {
      if (this.#rowsOfBin[bin] === 0) continue;
      let weight = 0;
      for (let k = 0; k < classes; k++) weight += this.#table[bin * classes + k]!;
      this.#sequence[length] = bin;
      this.#ratios[length] = this.#table[bin * classes + frequent]! / weight;
      length++;
    }
    sortBinsByRatio(this.#sequence, this.#ratios, length, this.#keys);
    const best = this.#scan(length, -1);
    if (best.cut < 0) return null;
    const leftBins = new Uint8Array(bins).fill(best.isHeavy ? 1 : 0);
    for (let i = 0; i < length; i++) leftBins[this.#sequence[i]!] = i <= best.cut ? 1 : 0;
    return categorySplit(feature, best.gain, leftBins);
  }

  /**
   * The best cut of the first `length` bins of the sequence, with the bin `initial` on the left from the start (-1: none);
   * cut -1 if none is allowed. isHeavy: the left side has more than half the weight.
   */
  #scan(length: number, initial: number): { gain: number; cut: number; isHeavy: boolean } {
    const classes = this.#classCount;
    const left = new Float64Array(classes);
    const right = Float64Array.from(this.#totals);
    let leftSquares = 0;
    let rightSquares = 0;
    let weight = 0;
    let leftWeight = 0;
    for (const total of right) {
      rightSquares += total * total;
      weight += total;
    }
    let rowsLeft = 0;
    let rowsAll = 0;
    for (const count of this.#rowsOfBin) rowsAll += count;
    const parentScore = rightSquares / weight;
    const best = { gain: 0, cut: -1, isHeavy: false };
    // A node of several classes is divided even where nothing is gained, because the next splits may (XOR).
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let i = initial < 0 ? 0 : -1; i < length; i++) {
      const bin = i < 0 ? initial : this.#sequence[i]!;
      for (let k = 0; k < classes; k++) {
        const moved = this.#table[bin * classes + k]!;
        if (moved === 0) continue;
        // (c + m)^2 = c^2 + m (2 c + m), and the like on the other side.
        leftSquares += moved * (2 * left[k]! + moved);
        rightSquares -= moved * (2 * right[k]! - moved);
        left[k]! += moved;
        right[k]! -= moved;
        leftWeight += moved;
      }
      rowsLeft += this.#rowsOfBin[bin]!;
      if (i < 0 || rowsLeft < this.#minRows || rowsAll - rowsLeft < this.#minRows) continue;
      const score = leftSquares / leftWeight + rightSquares / (weight - leftWeight);
      if (score > bestScore) {
        bestScore = score;
        best.cut = i;
        best.gain = Math.max(score - parentScore, Number.MIN_VALUE);
        best.isHeavy = 2 * leftWeight > weight;
      }
    }
    return best;
  }
}
