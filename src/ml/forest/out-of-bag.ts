import type { TrainingTarget } from '../training-set.ts';
import type { ForestTree } from './forest-tree.ts';
import type { LeafFinder } from './leaf-finder.ts';

/** What a tree says about some rows: for each the probability of its own label, or for regression the value. */
export function outputsFor(
  finder: LeafFinder,
  target: TrainingTarget,
  tree: ForestTree,
  rows: Int32Array,
): Float64Array {
  const leaves = finder.find(tree, rows);
  const { leafStarts, leafOutputs, leafValues } = tree;
  const outputs = new Float64Array(rows.length);
  if (target.task === 'REGRESSION') {
    // Each leaf has one value.
    for (let i = 0; i < rows.length; i++) outputs[i] = leafValues[leaves[rows[i]!]!]!;
    return outputs;
  }
  const { codes } = target;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const leaf = leaves[row]!;
    const end = leafStarts[leaf + 1]!;
    let at = leafStarts[leaf]!;
    while (at < end && leafOutputs[at] !== codes[row]) at++;
    outputs[i] = at < end ? leafValues[at]! : 0;
  }
  return outputs;
}

/** Probabilities that are multiplied before the logarithm is taken: each is above 1e-9, and no product below 1e-144. */
const FACTORS = 16;

/**
 * The loss of a forest on rows that it did not see: each training row is predicted by the trees that it was not drawn for
 * (Breiman 2001, section 3.1), about three of eight. An estimate of the loss on new rows, for which none have to be set
 * aside. Of a row's probabilities only that of its own label is kept.
 */
export class OutOfBag {
  readonly #target: TrainingTarget;
  /** For each row the sum over its trees: of its label's probability, or of the value. */
  readonly #sums: Float64Array;
  readonly #treeCounts: Uint16Array;
  readonly #prior: Float64Array;
  readonly #treesWeight: number;
  readonly #weights: Float64Array | null;

  /** `prior`: the forest's (see ForestModel); `weights`: how much each row counts, null for 1. */
  constructor(target: TrainingTarget, prior: Float64Array, weights: Float64Array | null) {
    this.#weights = weights;
    this.#prior = prior;
    this.#treesWeight = 1 - prior.reduce((sum, share) => sum + share, 0);
    this.#target = target;
    const rowCount = target.task === 'REGRESSION' ? target.values.length : target.codes.length;
    this.#sums = new Float64Array(rowCount);
    this.#treeCounts = new Uint16Array(rowCount);
  }

  /** Adds a tree's predictions for its out-of-bag rows. Trees are added in order. */
  add(rows: Int32Array, outputs: Float64Array): void {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      this.#sums[row]! += outputs[i]!;
      this.#treeCounts[row]!++;
    }
  }

  /**
   * The mean log-loss, or half the mean squared error, of the rows that are out of bag for any tree, by weight; null if there
   * are none.
   */
  loss(): number | null {
    const target = this.#target;
    if (this.#weights !== null) return this.#weightedLoss(this.#weights);
    const { loss, rows } =
      target.task === 'REGRESSION' ? this.#squaredError(target.values) : this.#logLoss(target.codes);
    return rows > 0 && Number.isFinite(loss) ? loss / rows : null;
  }

  #weightedLoss(weights: Float64Array): number | null {
    const target = this.#target;
    let loss = 0;
    let total = 0;
    for (let row = 0; row < this.#sums.length; row++) {
      const trees = this.#treeCounts[row]!;
      if (trees === 0) continue;
      const output = this.#sums[row]! / trees;
      const weight = weights[row]!;
      total += weight;
      if (target.task === 'REGRESSION') loss += (weight * (output - target.values[row]!) ** 2) / 2;
      else loss -= weight * Math.log(this.#prior[target.codes[row]!]! + this.#treesWeight * output);
    }
    return total > 0 && Number.isFinite(loss) ? loss / total : null;
  }

  #squaredError(values: Float64Array): { readonly loss: number; readonly rows: number } {
    const sums = this.#sums;
    const treeCounts = this.#treeCounts;
    let loss = 0;
    let rows = 0;
    for (let row = 0; row < sums.length; row++) {
      const trees = treeCounts[row]!;
      if (trees === 0) continue;
      rows++;
      loss += (sums[row]! / trees - values[row]!) ** 2 / 2;
    }
    return { loss, rows };
  }

  #logLoss(codes: Int32Array): { readonly loss: number; readonly rows: number } {
    const sums = this.#sums;
    const treeCounts = this.#treeCounts;
    const prior = this.#prior;
    const share = this.#treesWeight;
    let loss = 0;
    let rows = 0;
    let product = 1;
    for (let row = 0; row < sums.length; row++) {
      const trees = treeCounts[row]!;
      if (trees === 0) continue;
      rows++;
      product *= prior[codes[row]!]! + (share * sums[row]!) / trees;
      if (rows % FACTORS === 0) {
        loss -= Math.log(product);
        product = 1;
      }
    }
    return { loss: loss - Math.log(product), rows };
  }
}
