import { minimizeByLbfgs } from './lbfgs.ts';
import type { SoftmaxLoss } from './linear-loss.ts';
import type { LinearObjective } from './linear-objective.ts';
import {
  hideConvergence,
  type OptimizerStep,
  type SolverOptions,
  type SolverResult,
  withSteps,
} from './optimizer-step.ts';
import { boundPreconditioner, hessianPreconditioner, type Preconditioner } from './precondition.ts';

/**
 * With a bound of the hessian L-BFGS soon comes near the lowest point, and then takes some hundred steps to reach it; with the
 * hessian at a point that is near, a dozen. Steps that promise less than this share of f show that the time has come.
 */
const WARM_UP_TOLERANCE = 1e-3;

/** The lowest point of a softmax loss, and the inverse of the hessian at a point near it. */
export function* minimizeSoftmax(
  objective: LinearObjective<SoftmaxLoss>,
  options: SolverOptions,
): Generator<OptimizerStep, SolverResult & { readonly inverse: Preconditioner }> {
  const bound = yield* withSteps(boundPreconditioner(objective), 0, 0);
  const warmUp = yield* hideConvergence(
    minimizeByLbfgs(objective, bound, { ...options, tolerance: WARM_UP_TOLERANCE }),
  );
  const inverse = yield* withSteps(hessianPreconditioner(objective, warmUp.weights), 0, 0);
  const { weights: start, iterations } = warmUp;
  const search = minimizeByLbfgs(objective, inverse, { ...options, start, iterations });
  return { ...(yield* search), inverse };
}
