/**
 * Orders the bins of a category for a split: of all ways to divide k categories in two, the best is a cut of their order by
 * mean gradient (Fisher 1958; Breiman et al. 1984, theorem 4.5), so k - 1 cuts are tried instead of 2^(k-1) - 1 sets.
 */

/** Whole-number steps of the sort key: with the bin in its last 8 bits the key stays below 2^53, exact in a double. */
const KEY_STEPS = 2 ** 44;

/**
 * The bins with ratio[i] for bins[i], ascending by ratio, equal ratios by bin. `count` entries of both are used; `keys` is
 * at least as long. The order is written to `bins`.
 */
export function sortBinsByRatio(bins: Uint8Array, ratios: Float64Array, count: number, keys: Float64Array): void {
  let smallest = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    smallest = Math.min(smallest, ratios[i]!);
    largest = Math.max(largest, ratios[i]!);
  }
  const scale = largest > smallest ? KEY_STEPS / (largest - smallest) : 0;
  for (let i = 0; i < count; i++) keys[i] = Math.floor((ratios[i]! - smallest) * scale) * 256 + bins[i]!;
  keys.subarray(0, count).sort();
  for (let i = 0; i < count; i++) bins[i] = keys[i]! % 256;
}

/** The codes of a category in the order of their gradients, as far as a node has rows of them. */
export class CategoryOrder {
  readonly order = new Uint8Array(256);
  /** How many codes there are. */
  length = 0;
  /** The sums of their hessians, and of the square roots of those. */
  hessian = 0;
  rootSum = 0;
  readonly #ratios = new Float64Array(256);
  readonly #keys = new Float64Array(256);

  /**
   * @param bins for each code its gradient sum and its hessian sum
   * @param gradient of the node, as `hessian`: towards their ratio each code's is smoothed
   */
  sort(bins: Float64Array, gradient: number, hessian: number, smoothing: number): void {
    const nodeRatio = gradient / hessian;
    let length = 0;
    this.hessian = 0;
    this.rootSum = 0;
    for (let bin = 0; 2 * bin < bins.length; bin++) {
      const binGradient = bins[2 * bin]!;
      const binHessian = bins[2 * bin + 1]!;
      if (binHessian === 0 && binGradient === 0) continue;
      this.hessian += binHessian;
      this.rootSum += Math.sqrt(binHessian);
      this.order[length] = bin;
      this.#ratios[length] = (binGradient + smoothing * nodeRatio) / (binHessian + smoothing);
      length++;
    }
    sortBinsByRatio(this.order, this.#ratios, length, this.#keys);
    this.length = length;
  }
}
