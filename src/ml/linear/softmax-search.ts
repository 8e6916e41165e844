import { minimiseByLbfgs } from './lbfgs.ts';
import type { SoftmaxLoss } from './linear-loss.ts';
import type { LinearObjective } from './linear-objective.ts';
import { breathing, type MinimiseStep, type Minimum, type SearchRange, unsettled } from './minimise-step.ts';
import { boundPreconditioner, hessianPreconditioner, type Preconditioner } from './precondition.ts';

/**
 * With a bound of the hessian L-BFGS soon comes near the lowest point, and then takes some hundred steps to reach it; with the
 * hessian at a point that is near, a dozen. Steps that promise less than this share of f show that the time has come.
 */
const NEAR = 1e-3;

/** The lowest point of a softmax loss, and the inverse of the hessian at a point near it. */
export function* minimiseSoftmax(
  objective: LinearObjective<SoftmaxLoss>,
  range: SearchRange,
): Generator<MinimiseStep, Minimum & { readonly inverse: Preconditioner }> {
  const bound = yield* breathing(boundPreconditioner(objective), 0, 0);
  const near = yield* unsettled(minimiseByLbfgs(objective, bound, { ...range, tolerance: NEAR }));
  const inverse = yield* breathing(hessianPreconditioner(objective, near.weights), 0, 0);
  const { weights: start, iterations } = near;
  const search = minimiseByLbfgs(objective, inverse, { ...range, start, iterations });
  return { ...(yield* search), inverse };
}
