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
