import type { TrainingWeights } from '../../class-weights.ts';
import type { TrainingWasm } from '../../parallel/training-wasm.ts';
import type { TrainingTarget } from '../../training-set.ts';
import { midrange } from '../../tree/splitting/midrange.ts';
import type { CellMemory } from '../forest-memory.ts';
import {
  CODE_SMOOTHING,
  GAIN_TOLERANCE,
  type LeafSink,
  type NodeSplit,
  type NodeSplitter,
  type TreeColumn,
} from './node-splitter.ts';

/** Rows and draws in one double: rows + draws * 2^26, as src/ml/assembly/forest.ts takes them apart. */
const DRAWS_UNIT = 2 ** 26;

/** Values are whole multiples of 1 by this: sums of eight million values of up to 1 are exact, in any order. */
const STEPS = 2 ** 30;

/**
 * Where rows have weights, draws are units of weight: about this many in a tree, and never twice as many, so that with these steps
 * of values the sums are exact too.
 */
const WEIGHT_UNITS = 2 ** 26;
const WEIGHTED_STEPS = 2 ** 26;

/**
 * Splits by variance for numbers and by Gini impurity for two labels, which is twice the variance of 0 and 1. With sum G
 * and weight H of each side the gain is GL^2 / HL + GR^2 / HR - G^2 / H, that is H D^2 / (HL HR) with D = GL - HL G / H.
 *
 * Cost for each feature: about 1.5 ns for each row, and 3 ns for each bin with rows.
 */
export class RegressionSplitter implements NodeSplitter {
  readonly best: NodeSplit = { feature: -1, gain: 0, cut: 0, missingLeft: false };
  readonly #wasm: TrainingWasm;
  readonly #cells: CellMemory;
  readonly #minRows: number;
  readonly #isBinary: boolean;
  /** For each row 0 or 1 for two labels; else its number, moved and scaled to between -1 and 1. */
  readonly #values: Float64Array;
  /** The numbers as they came, for the leaves; for labels the same as above. */
  readonly #rawValues: Float64Array;
  /** A node weighs drawWeight * draws + sumWeight * sum of its values: more than its draws, where labels are weighted. */
  readonly #drawWeight: number;
  readonly #sumWeight: number;
  /** How much a draw of the second label counts. */
  readonly #secondWeight: number;
  /** For each row how much a draw of it counts; null: 1. */
  readonly #rowWeights: Float64Array | null;
  /** How many units of the cells' draws a weight of 1 is: a power of two, so that whole weights stay so. */
  #unit = 1;
  #draws: Int32Array = new Int32Array(0);
  /** For row i of the nodes that row of the table, null where it is the same. */
  #tableRows: Int32Array | null = null;

  // Addresses of the arrays of `#cells`.
  readonly #ofTree: number;
  readonly #ofSubtree: number;
  readonly #ofNode: number;
  readonly #sums: number;
  readonly #binFlags: number;
  readonly #totals: number;
  readonly #found: number;

  // The open node.
  #rows: Int32Array = new Int32Array(0);
  #rowsAddress = 0;
  #start = 0;
  #count = 0;
  #sum = 0;
  #weight = 0;

  /** `cells` are in the memory of `wasm`. */
  constructor(
    target: TrainingTarget,
    { ofClasses, ofRows }: TrainingWeights,
    minSamplesLeaf: number,
    wasm: TrainingWasm,
    cells: CellMemory,
  ) {
    this.#minRows = minSamplesLeaf;
    this.#isBinary = target.task === 'CLASSIFICATION';
    this.#values =
      target.task === 'CLASSIFICATION'
        ? Float64Array.from(target.codes)
        : scaled(target.values, ofRows === null ? STEPS : WEIGHTED_STEPS);
    this.#rawValues = target.task === 'CLASSIFICATION' ? this.#values : target.values;
    this.#rowWeights = ofRows;
    this.#drawWeight = ofClasses?.[0] ?? 1;
    this.#secondWeight = ofClasses?.[1] ?? 1;
    this.#sumWeight = this.#secondWeight - this.#drawWeight;
    this.#wasm = wasm;
    this.#cells = cells;
    this.#ofTree = wasm.addressOf(cells.ofTree);
    this.#ofSubtree = wasm.addressOf(cells.ofSubtree);
    this.#ofNode = wasm.addressOf(cells.ofNode);
    this.#sums = wasm.addressOf(cells.sums);
    this.#binFlags = wasm.addressOf(cells.binFlags);
    this.#totals = wasm.addressOf(cells.totals);
    this.#found = wasm.addressOf(cells.found);
  }

  startTree(draws: Int32Array): void {
    this.#draws = draws;
    this.leaveSubtree();
    const cells = this.#cells.ofTree;
    if (this.#rowWeights !== null) {
      this.#weighCells(draws, this.#rowWeights);
      return;
    }
    for (let row = 0; row < draws.length; row++) {
      const drawn = draws[row]!;
      cells[2 * row] = 1 + drawn * DRAWS_UNIT;
      cells[2 * row + 1] = drawn * this.#values[row]!;
    }
  }

  #weighCells(draws: Int32Array, weights: Float64Array): void {
    const cells = this.#cells.ofTree;
    let total = 0;
    for (let row = 0; row < draws.length; row++) total += draws[row]! * weights[row]!;
    this.#unit = 2 ** Math.floor(Math.log2(WEIGHT_UNITS / total));
    for (let row = 0; row < draws.length; row++) {
      // However small, a row that was drawn is there.
      const units = Math.max(1, Math.round(draws[row]! * weights[row]! * this.#unit));
      cells[2 * row] = 1 + units * DRAWS_UNIT;
      cells[2 * row + 1] = units * this.#values[row]!;
    }
  }

  enterSubtree(rows: Int32Array): void {
    this.#tableRows = rows;
    const { functions } = this.#wasm;
    functions.gatherCells(this.#ofTree, this.#wasm.addressOf(rows), rows.length, this.#ofSubtree);
  }

  leaveSubtree(): void {
    this.#tableRows = null;
  }

  open(rows: Int32Array, start: number, end: number): boolean {
    this.best.feature = -1;
    this.best.gain = 0;
    if (rows !== this.#rows) {
      this.#rows = rows;
      this.#rowsAddress = this.#wasm.addressOf(rows);
    }
    this.#start = start;
    this.#count = end - start;
    const isMixed = this.#wasm.functions.openNode(
      this.#tableRows === null ? this.#ofTree : this.#ofSubtree,
      this.#rowsAddress + 4 * start,
      this.#count,
      this.#ofNode,
      this.#totals,
    );
    // Both were set just now.
    const draws = this.#cells.totals[0]!;
    const sum = this.#cells.totals[1]!;
    this.#weight = this.#drawWeight * draws + this.#sumWeight * sum;
    this.#sum = this.#secondWeight * sum;
    return isMixed === 1 && this.#count >= 2 * this.#minRows;
  }

  tryFeature(feature: number, column: TreeColumn): void {
    this.#tryCuts(feature, column, -1);
  }

  tryThreshold(feature: number, column: TreeColumn, draw: number): void {
    this.#tryCuts(feature, column, draw);
  }

  /** Tries all cuts if `draw` is -1, else the one that it chooses. */
  #tryCuts(feature: number, { address, binCount, isCategory }: TreeColumn, draw: number): void {
    const weight = this.#weight;
    const mean = this.#sum / weight;
    const minScore = this.best.gain * this.#unit + (draw < 0 ? GAIN_TOLERANCE * this.#sum * mean : 0);
    const score = this.#wasm.functions.findCut(
      this.#ofNode,
      this.#rowsAddress + 4 * this.#start,
      this.#count,
      address,
      binCount,
      isCategory ? -1 : binCount - 1,
      draw,
      this.#sums,
      this.#binFlags,
      this.#minRows,
      this.#drawWeight,
      this.#sumWeight,
      mean * this.#drawWeight,
      this.#secondWeight - mean * this.#sumWeight,
      weight,
      minScore / weight,
      this.#found,
    );
    if (score === 0) return;
    this.best.feature = feature;
    this.best.gain = (score * weight) / this.#unit;
    // Both were set just now.
    this.best.cut = this.#cells.found[0]!;
    this.best.missingLeft = this.#cells.found[1] === 1;
  }

  writeLeaf(sink: LeafSink): void {
    if (this.#isBinary) {
      const second = this.#sum / this.#weight;
      if (second < 1) sink(0, 1 - second);
      if (second > 0) sink(1, second);
      return;
    }
    const origin = this.#rawValues[this.#tableRow(this.#start)]!;
    let [sum, total] = [0, 0];
    for (let i = this.#start; i < this.#start + this.#count; i++) {
      const row = this.#tableRow(i);
      const weight = this.#draws[row]! * (this.#rowWeights === null ? 1 : this.#rowWeights[row]!);
      sum += weight * (this.#rawValues[row]! - origin);
      total += weight;
    }
    sink(0, origin + sum / total);
  }

  #tableRow(index: number): number {
    const row = this.#rows[index]!;
    return this.#tableRows === null ? row : this.#tableRows[row]!;
  }

  codeScores(codes: Uint8Array, binCount: number, rows: Int32Array): Float64Array {
    const wasm = this.#wasm;
    const { sums } = this.#cells;
    wasm.functions.sumCells(this.#ofTree, wasm.addressOf(rows), rows.length, wasm.addressOf(codes), this.#sums);
    const scores = new Float64Array(binCount);
    const draws = new Float64Array(binCount);
    let sum = 0;
    let total = 0;
    for (let code = 0; code < binCount; code++) {
      draws[code] = Math.floor(sums[2 * code]! / DRAWS_UNIT);
      scores[code] = sums[2 * code + 1]!;
      total += draws[code]!;
      sum += scores[code]!;
    }
    sums.fill(0);
    const mean = sum / total;
    const smoothing = CODE_SMOOTHING * this.#unit;
    return scores.map((codeSum, code) => (codeSum + smoothing * mean) / (draws[code]! + smoothing));
  }
}

/**
 * The values moved by their midrange, divided by half their range and rounded to one of `steps`: the lost precision is below the
 * gain tolerance.
 */
function scaled(values: Float64Array, steps: number): Float64Array {
  const { midpoint, halfRange } = midrange(values);
  return values.map((value) => Math.round(((value - midpoint) / (halfRange || 1)) * steps) / steps);
}
