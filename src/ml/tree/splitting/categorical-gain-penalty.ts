import type { PackedGradients } from './gradient-packing.ts';

/** A variance is estimated from this many rows at least, and from less than twice as many: accurate to about 9 %. */
const SAMPLE_ROWS = 256;

/** The mean of |z| for a standard normal z, squared. */
const SQUARED_MEAN_SIZE = 2 / Math.PI;

/**
 * What the best division of a category gains when the category is uninformative, in units of the noise. Of groups with hessian
 * sums h_i, those with gradients above the mean go to one side: their gradients, of standard deviation sqrt(noise * h_i),
 * add up to a gain of about
 *
 *   noise * 2 / pi * (k - 2), with the effective number of groups k = (sum of sqrt(h_i))^2 / sum of h_i,
 *
 * a little less than the mean of the best divisions. k is the number of groups if they are equal; rare ones count less. Two
 * groups leave no choice: their gain is as for a number of two values. Without this, a category of many values wins over
 * numbers by chance. `rootSum`: the sum of sqrt(h_i); `hessian`: the sum of h_i.
 */
export function categoricalGainPenalty(rootSum: number, hessian: number, noise: number): number {
  return noise * SQUARED_MEAN_SIZE * Math.max(0, (rootSum * rootSum) / hessian - 2);
}

/**
 * The noise of a node's gradients: their sum of squares about their mean over the sum of hessians, 1 for log-loss if the
 * margins are right. From a sample of the node's rows[start, end), evenly spaced in their order.
 */
export function gradientNoise(
  { gradients, hessians, rowCounts }: PackedGradients,
  rows: Int32Array,
  start: number,
  end: number,
): number {
  const step = Math.max(1, Math.floor((end - start) / SAMPLE_ROWS));
  let count = 0;
  let sum = 0;
  let squares = 0;
  let curvature = 0;
  for (let i = start; i < end; i += step) {
    const row = rows[i]!;
    const gradient = gradients[row]!;
    // A row that stands for several has the sum of their gradients.
    const standsFor = rowCounts.length === 0 ? 1 : rowCounts[row]!;
    count += standsFor;
    sum += gradient;
    squares += (gradient * gradient) / standsFor;
    curvature += hessians.length === 0 ? 1 : hessians[row]!;
  }
  return curvature > 0 ? (squares - (sum * sum) / count) / curvature : 0;
}
