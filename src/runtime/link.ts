/**
 * From margins to probabilities: the logistic function for two labels, softmax for more.
 */

/** 1 / (1 + e^-x), without overflow for any finite x. */
export function logistic(margin: number): number {
  if (margin >= 0) return 1 / (1 + Math.exp(-margin));
  const power = Math.exp(margin);
  return power / (1 + power);
}

/**
 * Turns `count` margins that begin at `at` into probabilities that sum to 1: e^margin / sum of e^margin. The largest margin
 * is subtracted first, so that no power overflows.
 */
export function softmaxInPlace(margins: Float64Array, at: number, count: number): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = at; k < at + count; k++) if (margins[k]! > largest) largest = margins[k]!;
  let sum = 0;
  for (let k = at; k < at + count; k++) {
    const power = Math.exp(margins[k]! - largest);
    margins[k] = power;
    sum += power;
  }
  for (let k = at; k < at + count; k++) margins[k]! /= sum;
}
