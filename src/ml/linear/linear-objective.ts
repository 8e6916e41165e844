import { BLOCK_ROWS, type DesignRows, type RowsAddress } from './design-rows.ts';
import type { LinearLoss } from './linear-loss.ts';
import { sumByParts } from './sum-by-parts.ts';

/** The loss of a row takes as long as this many multiplications per margin. */
const LOSS_COST = 30;

/**
 * f(w) = sum of the rows' losses + l2 / 2 * sum of w^2, the intercepts left out of the second sum. Weight k of column j is at
 * j * stride + k.
 */
export class LinearObjective<Loss extends LinearLoss = LinearLoss> {
  readonly rows: DesignRows;
  readonly loss: Loss;
  readonly l2: number;
  readonly #weights: Float64Array;
  /** Of one part of the rows. */
  readonly #gradient: Float64Array;
  /** Where the margins of a block are. */
  readonly marginsAddress: number;

  constructor(rows: DesignRows, loss: Loss, l2: number) {
    this.rows = rows;
    this.loss = loss;
    this.l2 = l2;
    this.#weights = rows.wasm.doubles(this.weightCount);
    this.#gradient = rows.wasm.doubles(this.weightCount);
    this.marginsAddress = rows.wasm.addressOf(rows.wasm.doubles(BLOCK_ROWS * loss.stride));
  }

  get weightCount(): number {
    return this.rows.design.columnCount * this.loss.stride;
  }

  /** How many of the weights are not those of padding. */
  get freeWeights(): number {
    const { columnCount, width, denseCount } = this.rows.design;
    return (columnCount - width + denseCount) * this.loss.marginCount;
  }

  /** Returns f(w) and fills `gradient`. Cost: for each row twice features * margins. */
  *evaluate(weights: Float64Array, gradient: Float64Array): Generator<number, number> {
    const { rows, loss } = this;
    this.#weights.set(weights);
    gradient.fill(0);
    let sum = 0;
    let partSum = 0;
    yield* sumByParts(rows.design.rows.length, {
      costPerRow: this.costPerRow,
      begin: () => {
        this.#gradient.fill(0);
        partSum = 0;
      },
      addBlock: (start) => {
        const block = this.marginsOfBlock(start);
        partSum += loss.differentiate(this.marginsAddress, start, block[4]);
        this.#addGradient(block);
      },
      end: () => {
        for (let j = 0; j < gradient.length; j++) gradient[j]! += this.#gradient[j]!;
        sum += partSum;
      },
    });
    return sum + this.#addPenalty(weights, gradient);
  }

  /** Sets the weights at which marginsOfBlock takes margins. */
  setWeights(weights: Float64Array): void {
    this.#weights.set(weights);
  }

  /** The margins of the rows from `start` on, at `marginsAddress`; returns where the rows are. */
  marginsOfBlock(start: number): RowsAddress {
    const { rows, loss } = this;
    const { functions } = rows.wasm;
    const block = rows.block(start);
    const weightsAt = rows.wasm.addressOf(this.#weights);
    if (loss.stride === 1) functions.marginsOfRows(...block, weightsAt, this.marginsAddress);
    else functions.classMarginsOfRows(...block, weightsAt, loss.stride, this.marginsAddress);
    return block;
  }

  /** Multiplications that a row takes to evaluate. */
  get costPerRow(): number {
    const { width, indicatorFeatures } = this.rows.design;
    return this.loss.stride * (2 * (width + indicatorFeatures) + LOSS_COST) + this.rows.costPerRow;
  }

  /** gradient of the part += X' d, with the derivatives d that replaced the margins. */
  #addGradient(block: RowsAddress): void {
    const { wasm } = this.rows;
    const { stride } = this.loss;
    const gradientAt = wasm.addressOf(this.#gradient);
    if (stride === 1) wasm.functions.addGradient(...block, this.marginsAddress, gradientAt);
    else wasm.functions.addClassGradients(...block, this.marginsAddress, stride, gradientAt);
  }

  #addPenalty(weights: Float64Array, gradient: Float64Array): number {
    let squares = 0;
    for (let j = this.loss.stride; j < weights.length; j++) {
      squares += weights[j]! * weights[j]!;
      gradient[j]! += this.l2 * weights[j]!;
    }
    return (this.l2 / 2) * squares;
  }
}

/** Adds to all of a square matrix's diagonal but the first element, that of the intercept. */
export function addToDiagonal(matrix: Float64Array, size: number, amount: number): void {
  for (let j = 1; j < size; j++) matrix[j * size + j]! += amount;
}
