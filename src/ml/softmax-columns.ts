/** Rows whose softmax is taken together: with a few dozen classes their margins stay in the processor's cache. */
const ROWS = 512;

/**
 * Turns margins into probabilities in place, where margin k of row i is at k * stride + i, for the rows below `count`:
 * e^margin / sum of e^margin over the classes, the largest margin subtracted first so that no power overflows.
 * Class by class for many rows at a time: faster than runtime's softmax, which takes one row.
 */
export function softmaxColumns(margins: Float64Array, stride: number, count: number, classCount: number): void {
  const largest = new Float64Array(ROWS);
  const sums = new Float64Array(ROWS);
  for (let start = 0; start < count; start += ROWS) {
    const rows = Math.min(ROWS, count - start);
    largest.fill(Number.NEGATIVE_INFINITY);
    sums.fill(0);
    for (let k = 0, from = start; k < classCount; k++, from += stride) {
      for (let i = 0; i < rows; i++) if (margins[from + i]! > largest[i]!) largest[i] = margins[from + i]!;
    }
    for (let k = 0, from = start; k < classCount; k++, from += stride) {
      for (let i = 0; i < rows; i++) {
        const power = Math.exp(margins[from + i]! - largest[i]!);
        margins[from + i] = power;
        sums[i]! += power;
      }
    }
    for (let i = 0; i < rows; i++) sums[i] = 1 / sums[i]!;
    for (let k = 0, from = start; k < classCount; k++, from += stride) {
      for (let i = 0; i < rows; i++) margins[from + i]! *= sums[i]!;
    }
  }
}
