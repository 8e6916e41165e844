import type { TermMatrix } from './term-matrix.ts';

/** What is fitted by terms: for each sampled row `width` numbers. */
export interface TermTargets {
  readonly width: number;
  /** Row after row, in the order of the sample. */
  readonly values: Float64Array;
  /** For each sampled row how much it counts. */
  readonly weights: Float64Array;
  /** For each sampled row its fold. */
  readonly folds: Uint8Array;
}

/** As conjugate gradients go, so many steps come to the last digit that out-of-fold scores tell apart. */
const STEPS = 8;

/**
 * Weights of terms by ridge regression on the rows outside of one fold (-1: on all rows): the least sum of w * (y - mean -
 * x · weights)² over the rows plus penalty * |weights|², where a term of a text of n terms is 1 / sqrt(n). By conjugate gradients
 * with the diagonal as the preconditioner (Golub and Van Loan, "Matrix Computations", 11.5), all targets side by side, from
 * `start` on. Yields after each step. Cost of a step: two passes over the terms of the rows.
 */
export function* fitRidge(
  matrix: TermMatrix,
  targets: TermTargets,
  excluded: number,
  penalty: number,
  start: Float64Array<ArrayBuffer>,
): Generator<void, Float64Array<ArrayBuffer>> {
  const { width } = targets;
  const normal = new NormalEquations(matrix, targets, excluded, penalty);
  const weights = start.slice();
  const residuals = normal.residuals(weights);
  const scaled = normal.scale(residuals);
  const direction = scaled.slice();
  let products = dots(residuals, scaled, width);
  for (let step = 0; step < STEPS; step++) {
    yield;
    const applied = normal.apply(direction);
    const curvature = dots(direction, applied, width);
    const lengths = products.map((product, k) => (curvature[k]! > 0 ? product / curvature[k]! : 0));
    for (let i = 0; i < weights.length; i++) {
      weights[i]! += lengths[i % width]! * direction[i]!;
      residuals[i]! -= lengths[i % width]! * applied[i]!;
    }
    const next = normal.scale(residuals);
    const nextProducts = dots(residuals, next, width);
    const shares = nextProducts.map((product, k) => (products[k]! > 0 ? product / products[k]! : 0));
    for (let i = 0; i < direction.length; i++) direction[i] = next[i]! + shares[i % width]! * direction[i]!;
    products = nextProducts;
  }
  return weights;
}

/** Weighted means of the targets of the rows outside of a fold. */
export function meansOutside({ width, values, weights, folds }: TermTargets, excluded: number): Float64Array {
  const means = new Float64Array(width);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    if (folds[i] === excluded) continue;
    total += weights[i]!;
    for (let k = 0; k < width; k++) means[k]! += weights[i]! * values[i * width + k]!;
  }
  return means.map((sum) => (total > 0 ? sum / total : 0));
}

/** What the terms of a text sum up to, into `sums`. */
export function addScores(
  { starts, terms }: TermMatrix,
  text: number,
  weights: Float64Array,
  sums: Float64Array,
): void {
  const [first, end] = [starts[text]!, starts[text + 1]!];
  const width = sums.length;
  sums.fill(0);
  for (let at = first; at < end; at++) {
    const from = terms[at]! * width;
    for (let k = 0; k < width; k++) sums[k]! += weights[from + k]!;
  }
  const scale = Math.sqrt(Math.max(1, end - first));
  for (let k = 0; k < width; k++) sums[k]! /= scale;
}

/** XᵀWX + penalty, and Xᵀ W (y - mean), without writing either out. */
class NormalEquations {
  readonly #matrix: TermMatrix;
  readonly #targets: TermTargets;
  readonly #excluded: number;
  readonly #penalty: number;
  readonly #means: Float64Array;
  readonly #diagonal: Float64Array;

  constructor(matrix: TermMatrix, targets: TermTargets, excluded: number, penalty: number) {
    this.#matrix = matrix;
    this.#targets = targets;
    this.#excluded = excluded;
    this.#penalty = penalty;
    this.#means = meansOutside(targets, excluded);
    this.#diagonal = new Float64Array(matrix.kept.length).fill(penalty);
    this.#eachRow((row, first, end) => {
      const share = targets.weights[row]! / (end - first);
      for (let at = first; at < end; at++) this.#diagonal[matrix.terms[at]!]! += share;
    });
  }

  /** What the weights leave of the right-hand side. */
  residuals(weights: Float64Array): Float64Array {
    const { width, values } = this.#targets;
    const left = this.#transposed(weights, (row, k, score) => values[row * width + k]! - this.#means[k]! - score);
    for (let i = 0; i < left.length; i++) left[i]! -= this.#penalty * weights[i]!;
    return left;
  }

  apply(direction: Float64Array): Float64Array {
    const applied = this.#transposed(direction, (_row, _k, score) => score);
    for (let i = 0; i < applied.length; i++) applied[i]! += this.#penalty * direction[i]!;
    return applied;
  }

  /** Divided by the diagonal. */
  scale(values: Float64Array): Float64Array {
    const { width } = this.#targets;
    return values.map((value, i) => value / this.#diagonal[Math.floor(i / width)]!);
  }

  /** Xᵀ W f(X weights). */
  #transposed(weights: Float64Array, factorOf: (row: number, k: number, score: number) => number): Float64Array {
    const { width, weights: rowWeights } = this.#targets;
    const { terms, textOf } = this.#matrix;
    const sums = new Float64Array(weights.length);
    const scores = new Float64Array(width);
    this.#eachRow((row, first, end) => {
      addScores(this.#matrix, textOf[row]!, weights, scores);
      const scale = rowWeights[row]! / Math.sqrt(end - first);
      for (let k = 0; k < width; k++) scores[k] = scale * factorOf(row, k, scores[k]!);
      for (let at = first; at < end; at++) {
        const to = terms[at]! * width;
        for (let k = 0; k < width; k++) sums[to + k]! += scores[k]!;
      }
    });
    return sums;
  }

  #eachRow(visit: (row: number, first: number, end: number) => void): void {
    const { starts, textOf } = this.#matrix;
    const { folds } = this.#targets;
    for (let row = 0; row < textOf.length; row++) {
      if (folds[row] === this.#excluded) continue;
      const [first, end] = [starts[textOf[row]!]!, starts[textOf[row]! + 1]!];
      if (end > first) visit(row, first, end);
    }
  }
}

function dots(a: Float64Array, b: Float64Array, width: number): Float64Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < a.length; i++) sums[i % width]! += a[i]! * b[i]!;
  return sums;
}
