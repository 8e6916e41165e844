import { quantileOf, weightedQuantile } from './regression-loss.ts';

/** The rows that the losses POISSON and QUANTILE are computed of (see RegressionLoss): the arrays of a BoostingObjective. */
interface LossRows {
  readonly margins: Float64Array;
  readonly values: Float64Array;
  readonly roles: Uint8Array;
  /** How much each row counts; empty where all count 1. */
  readonly weights: Float64Array;
  readonly quantile: number;
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
}

/** e^m - y and e^m of the rows [start, end); the largest of each, in size, go to `largest`. Cost: about 15 ns a row. */
export function poissonDerivatives(
  { margins, values, gradients, hessians }: LossRows,
  start: number,
  end: number,
  largest: Float64Array,
): void {
  let [gradient, hessian] = [0, 0];
  for (let row = start; row < end; row++) {
    const rate = Math.exp(margins[row]!);
    gradients[row] = rate - values[row]!;
    hessians[row] = rate;
    gradient = Math.max(gradient, Math.abs(gradients[row]!));
    hessian = Math.max(hessian, rate);
  }
  largest.set([gradient, hessian]);
}

/** Half the deviance: y ln(y / e^m) - y + e^m, where 0 ln 0 is 0. */
export function poissonLoss(objective: LossRows, role: number, start: number, end: number): number {
  const { margins, values, roles, weights } = objective;
  let loss = 0;
  for (let row = start; row < end; row++) {
    if ((roles[row] ?? 0) !== role) continue;
    const value = values[row]!;
    const margin = margins[row]!;
    const deviance = Math.exp(margin) - value + (value > 0 ? value * (Math.log(value) - margin) : 0);
    loss += (weights[row] ?? 1) * deviance;
  }
  return loss;
}

/** The slope of the pinball loss: -quantile from the margin on, else 1 - quantile; every second derivative counts as 1. */
export function quantileDerivatives(
  { margins, values, gradients, quantile }: LossRows,
  start: number,
  end: number,
  largest: Float64Array,
): void {
  for (let row = start; row < end; row++) gradients[row] = values[row]! >= margins[row]! ? -quantile : 1 - quantile;
  largest.set([Math.max(quantile, 1 - quantile), 1]);
}

export function quantileLoss(objective: LossRows, role: number, start: number, end: number): number {
  const { margins, values, roles, weights, quantile } = objective;
  let loss = 0;
  for (let row = start; row < end; row++) {
    if ((roles[row] ?? 0) !== role) continue;
    const difference = values[row]! - margins[row]!;
    loss += (weights[row] ?? 1) * (difference > 0 ? quantile * difference : (quantile - 1) * difference);
  }
  return loss;
}

/**
 * The quantile of what is left of the targets of a leaf's rows, which are rows[from, to) of each range: the step that lowers
 * the pinball loss most, where its derivatives only say which way to go (LightGBM's renewal of leaves). Rows that are set
 * aside do not count; 0 if there are no others.
 */
export function residualQuantile(
  { margins, values, roles, weights, quantile }: LossRows,
  rows: Int32Array,
  ranges: readonly (readonly [from: number, to: number])[],
): number {
  const residuals = new Float64Array(ranges.reduce((sum, [from, to]) => sum + to - from, 0));
  const counts = new Float64Array(weights.length === 0 ? 0 : residuals.length);
  let count = 0;
  for (const [from, to] of ranges) {
    for (let i = from; i < to; i++) {
      const row = rows[i]!;
      if ((roles[row] ?? 0) !== 0) continue;
      if (counts.length > 0) counts[count] = weights[row]!;
      residuals[count++] = values[row]! - margins[row]!;
    }
  }
  if (count === 0) return 0;
  const known = residuals.subarray(0, count);
  return weights.length === 0
    ? quantileOf(known, quantile)
    : weightedQuantile(known, counts.subarray(0, count), quantile);
}
