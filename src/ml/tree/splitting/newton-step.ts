/**
 * A leaf's value in boosting, from the sums G and H of its rows' first and second derivatives, and the penalties l1 and l2. With
 * both 0 it is Newton's step whatever the leaf.
 */

/** The penalties on a leaf's value v: l1 |v| + l2 v^2 / 2. */
export interface LeafPenalty {
  readonly l1: number;
  readonly l2: number;
}

/** A lower bound on minLeafHessian: a leaf of less curvature (scikit-learn's min_hessian_to_split) has nothing left to learn. */
const SMALLEST_HESSIAN = 0.001;

/**
 * However little curvature a leaf has: a longer step would go far beyond what its rows want, the curvature there would be
 * smaller yet, and the next step longer. By 10 a probability goes from a half to 0.99995.
 */
const LONGEST_STEP = 10;

/** A leaf whose G is this many standard errors from 0 gets half of Newton's step, at an l2 of 1. */
const HALF_STEP_ERRORS = 2;

/** The least H of a leaf, from the parameter minLeafHessian: XGBoost's min_child_weight. */
export function effectiveMinHessian(minLeafHessian: number): number {
  return Math.max(minLeafHessian, SMALLEST_HESSIAN);
}

/**
 * -T(G) / (H + l2), the minimum of G v + (H + l2) v^2 / 2 + l1 |v|, where T takes l1 off the size of G, and no more than all
 * of it; 0 where nothing is curved: there is no gradient left either.
 */
export function newtonStep(gradient: number, hessian: number, { l1, l2 }: LeafPenalty): number {
  const curvature = hessian + l2;
  const size = Math.max(Math.abs(gradient) - l1, 0);
  return curvature > 0 && size > 0 ? (-Math.sign(gradient) * size) / curvature : 0;
}

/**
 * For log-loss: newtonStep * t^2 / (t^2 + 4 l2), where t is G over its standard error. A leaf that chance could explain is
 * followed less; otherwise such leaves add up, round by round, to margins far too sure. Where all rows want the same,
 * nothing is taken off. (An empirical Bayes estimate: the prior's variance is the square of the step itself.)
 *
 * `squares`: the sum of the squared first derivatives of the leaf's `rowCount` rows; t^2 = G^2 / (squares - G^2 / rows).
 */
export function shrunkNewtonStep(
  gradient: number,
  hessian: number,
  squares: number,
  rowCount: number,
  penalty: LeafPenalty,
): number {
  const square = gradient * gradient;
  const caution = HALF_STEP_ERRORS ** 2 * penalty.l2 * Math.max(0, squares - square / rowCount);
  if (!(square > 0)) return 0;
  const step = (newtonStep(gradient, hessian, penalty) * square) / (square + caution);
  return limitedStep(step);
}

/** A step of no more than LONGEST_STEP, either way. */
export function limitedStep(step: number): number {
  return Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, step));
}
