/**
 * Turns `count` margins that begin at `at` into probabilities that sum to 1: e^margin / sum of e^margin. The largest margin
 * is subtracted first, so that no power overflows.
 */
export function softmaxInPlace(margins: Float64Array, at: number, count: number): void {
  let largest = -Infinity;
  for (let k = at; k < at + count; k++) if (margins[k]! > largest) largest = margins[k]!;
  let sum = 0;
  for (let k = at; k < at + count; k++) {
    const power = Math.exp(margins[k]! - largest);
    margins[k] = power;
    sum += power;
  }
  for (let k = at; k < at + count; k++) margins[k]! /= sum;
}
