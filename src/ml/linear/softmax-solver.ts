import { minimizeByLbfgs } from './lbfgs.ts';
import type { SoftmaxLoss } from './linear-loss.ts';
import type { LinearObjective } from './linear-objective.ts';
import { type Minimum, type OptimizerStep, type SearchRange, unsettled, withSteps } from './optimizer-step.ts';
import { boundPreconditioner, hessianPreconditioner, type Preconditioner } from './precondition.ts';

/**
 * With a bound of the hessian L-BFGS soon comes near the lowest point, and then takes some hundred steps to reach it; with the
 * hessian at a point that is near, a dozen. Steps that promise less than this share of f show that the time has come.
 */
const NEAR = 1e-3;

/** The lowest point of a softmax loss, and the inverse of the hessian at a point near it. */
export function* minimizeSoftmax(
  objective: LinearObjective<SoftmaxLoss>,
  range: SearchRange,
): Generator<OptimizerStep, Minimum & { readonly inverse: Preconditioner }> {
  const bound = yield* withSteps(boundPreconditioner(objective), 0, 0);
  const near = yield* unsettled(minimizeByLbfgs(objective, bound, { ...range, tolerance: NEAR }));
  const inverse = yield* withSteps(hessianPreconditioner(objective, near.weights), 0, 0);
  const { weights: start, iterations } = near;
  const search = minimizeByLbfgs(objective, inverse, { ...range, start, iterations });
  return { ...(yield* search), inverse };
}
