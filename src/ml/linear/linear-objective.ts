import { BLOCK_ROWS, createBlock, type DesignBlock, type LinearDesign, loadBlock } from './design.ts';
import { addGram, gramBlocksPerStep } from './gram.ts';
import type { LinearLoss } from './linear-loss.ts';

/** Blocks between two breaths: multiplied by the columns they make some 10 ms. */
const BLOCK_COLUMNS_PER_STEP = 4000;

/**
 * f(w) = sum of the rows' losses + l2 / 2 * sum of w^2, the intercepts left out of the second sum. Weight k of column j is at
 * j * marginCount + k.
 */
export class LinearObjective {
  readonly design: LinearDesign;
  readonly loss: LinearLoss;
  readonly l2: number;
  readonly #block: DesignBlock;
  readonly #margins: Float64Array;

  constructor(design: LinearDesign, loss: LinearLoss, l2: number) {
    this.design = design;
    this.loss = loss;
    this.l2 = l2;
    this.#block = createBlock(design);
    this.#margins = new Float64Array(BLOCK_ROWS * loss.marginCount);
  }

  /** No weights but the intercepts that fit best alone. */
  startWeights(): Float64Array {
    const weights = new Float64Array(this.design.columnCount * this.loss.marginCount);
    weights.set(this.loss.startIntercepts);
    return weights;
  }

  /**
   * Returns f(w) and fills `gradient`; with one margin and `hessian` given (columns * columns, row after row) also its lower
   * triangle. Cost: for each row columns * margins; with the hessian also half the square of the features.
   */
  *evaluate(weights: Float64Array, gradient: Float64Array, hessian: Float64Array | null): Generator<void, number> {
    gradient.fill(0);
    hessian?.fill(0);
    const { design, loss } = this;
    const width = (design.denseCount + design.indicatorFeatures) * loss.marginCount;
    const stepBlocks =
      hessian === null ? Math.max(1, Math.floor(BLOCK_COLUMNS_PER_STEP / width)) : gramBlocksPerStep(design);
    let sum = 0;
    for (let start = 0, blocks = 1; start < design.rows.length; start += BLOCK_ROWS, blocks++) {
      if (blocks % stepBlocks === 0) yield;
      loadBlock(design, start, this.#block);
      this.#multiply(weights);
      sum += loss.differentiate(this.#margins, start, this.#block.rowCount);
      this.#addGradient(gradient);
      if (hessian !== null) addGram(design, this.#block, loss.curvatures, hessian);
    }
    return sum + this.#addPenalty(weights, gradient, hessian);
  }

  #addPenalty(weights: Float64Array, gradient: Float64Array, hessian: Float64Array | null): number {
    const { marginCount } = this.loss;
    const { columnCount } = this.design;
    let squares = 0;
    for (let j = marginCount; j < weights.length; j++) {
      squares += weights[j]! * weights[j]!;
      gradient[j]! += this.l2 * weights[j]!;
    }
    if (hessian !== null) for (let j = 1; j < columnCount; j++) hessian[j * columnCount + j]! += this.l2;
    return (this.l2 / 2) * squares;
  }

  /** margins = X w for the block. */
  #multiply(weights: Float64Array): void {
    const { marginCount } = this.loss;
    const { dense, indicators, rowCount } = this.#block;
    this.#margins.fill(0);
    for (let k = 0; k < marginCount; k++) {
      const margins = this.#margins.subarray(k * BLOCK_ROWS, k * BLOCK_ROWS + rowCount);
      for (let j = 0; j < this.design.denseCount; j += UNROLLED) {
        addColumns(margins, dense, j, Math.min(UNROLLED, this.design.denseCount - j), weights, k, marginCount);
      }
      for (let s = 0; s < this.design.indicatorFeatures; s++) {
        const from = s * BLOCK_ROWS;
        for (let i = 0; i < rowCount; i++) {
          const column = indicators[from + i]!;
          if (column >= 0) margins[i]! += weights[column * marginCount + k]!;
        }
      }
    }
  }

  /** gradient += X' d, with the derivatives d that stand in the place of the margins. */
  #addGradient(gradient: Float64Array): void {
    const { marginCount } = this.loss;
    const { dense, indicators, rowCount } = this.#block;
    for (let k = 0; k < marginCount; k++) {
      const derivatives = this.#margins.subarray(k * BLOCK_ROWS, k * BLOCK_ROWS + rowCount);
      for (let j = 0; j < this.design.denseCount; j += UNROLLED) {
        addProducts(gradient, dense, j, Math.min(UNROLLED, this.design.denseCount - j), derivatives, k, marginCount);
      }
      for (let s = 0; s < this.design.indicatorFeatures; s++) {
        const from = s * BLOCK_ROWS;
        for (let i = 0; i < rowCount; i++) {
          const column = indicators[from + i]!;
          if (column >= 0) gradient[column * marginCount + k]! += derivatives[i]!;
        }
      }
    }
  }
}

/** Dense columns that are read together: each row's margin or derivative is then touched once for four of them. */
const UNROLLED = 4;

/** margins[i] += the sum over `count` dense columns from `first` of dense value * weight for margin k. */
function addColumns(
  margins: Float64Array,
  dense: Float64Array,
  first: number,
  count: number,
  weights: Float64Array,
  k: number,
  marginCount: number,
): void {
  const at = first * BLOCK_ROWS;
  if (count < UNROLLED) {
    for (let j = 0; j < count; j++) {
      const weight = weights[(first + j) * marginCount + k]!;
      for (let i = 0; i < margins.length; i++) margins[i]! += dense[at + j * BLOCK_ROWS + i]! * weight;
    }
    return;
  }
  const weight0 = weights[first * marginCount + k]!;
  const weight1 = weights[(first + 1) * marginCount + k]!;
  const weight2 = weights[(first + 2) * marginCount + k]!;
  const weight3 = weights[(first + 3) * marginCount + k]!;
  for (let i = 0; i < margins.length; i++) {
    margins[i]! +=
      dense[at + i]! * weight0 +
      dense[at + BLOCK_ROWS + i]! * weight1 +
      dense[at + 2 * BLOCK_ROWS + i]! * weight2 +
      dense[at + 3 * BLOCK_ROWS + i]! * weight3;
  }
}

/** gradient of `count` dense columns from `first`, margin k, += the sum over the rows of dense value * derivative. */
function addProducts(
  gradient: Float64Array,
  dense: Float64Array,
  first: number,
  count: number,
  derivatives: Float64Array,
  k: number,
  marginCount: number,
): void {
  const at = first * BLOCK_ROWS;
  if (count < UNROLLED) {
    for (let j = 0; j < count; j++) {
      let sum = 0;
      for (let i = 0; i < derivatives.length; i++) sum += dense[at + j * BLOCK_ROWS + i]! * derivatives[i]!;
      gradient[(first + j) * marginCount + k]! += sum;
    }
    return;
  }
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let i = 0; i < derivatives.length; i++) {
    const derivative = derivatives[i]!;
    sum0 += dense[at + i]! * derivative;
    sum1 += dense[at + BLOCK_ROWS + i]! * derivative;
    sum2 += dense[at + 2 * BLOCK_ROWS + i]! * derivative;
    sum3 += dense[at + 3 * BLOCK_ROWS + i]! * derivative;
  }
  gradient[first * marginCount + k]! += sum0;
  gradient[(first + 1) * marginCount + k]! += sum1;
  gradient[(first + 2) * marginCount + k]! += sum2;
  gradient[(first + 3) * marginCount + k]! += sum3;
}
