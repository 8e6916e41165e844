import { factorCholesky, solveFactored } from './cholesky.ts';
import { GramSum } from './gram.ts';
import type { SingleMarginLoss } from './linear-loss.ts';
import { addToDiagonal, type LinearObjective } from './linear-objective.ts';
import {
  dot,
  MAX_HALVINGS,
  type OptimizerStep,
  type SolverOptions,
  type SolverResult,
  withSteps,
} from './optimizer-step.ts';

/** A hessian serves the next step too as long as each step promises no more than this share of the one before. */
const GOOD_STEP_RATIO = 0.03;

/**
 * Newton's method for one margin, each step halved until f falls. The hessian is taken anew only when steps with an earlier
 * one lead on slowly: for squared loss never, for logistic loss once or twice near the lowest point, some five times from
 * afar. Cost of a step: one evaluation; of a hessian: half the square of the features for each row, columns^3 / 6.
 */
export function* minimizeByNewton(
  objective: LinearObjective<SingleMarginLoss>,
  { start, maxIterations, tolerance, shouldStop }: SolverOptions,
): Generator<OptimizerStep, SolverResult> {
  const { rows, loss, l2 } = objective;
  const gram = new GramSum(rows.wasm, rows.design);
  let weights = start;
  const size = weights.length;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  let value = yield* withSteps(objective.evaluate(weights, gradient), 0, 0);
  let predictedDecrease = Number.NaN;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    let step = Float64Array.from(gradient);
    const previousDecrease = predictedDecrease;
    if (iteration > 1) predictedDecrease = solveForStep(hessian, gradient, step);
    if (iteration === 1 || !(predictedDecrease <= GOOD_STEP_RATIO * previousDecrease)) {
      yield* withSteps(gram.sum(rows, loss.curvatures, hessian), value, 0);
      addToDiagonal(hessian, size, l2);
      yield* withSteps(factorCholesky(hessian, size), value, 0);
      step = Float64Array.from(gradient);
      predictedDecrease = solveForStep(hessian, gradient, step);
    }
    if (predictedDecrease <= tolerance * Math.abs(value)) {
      // Where the model of f is as good as this, what it promises need not be measured.
      yield { iteration, value: value - predictedDecrease, cost: 0, convergence: 1 };
      return { weights: weights.map((weight, j) => weight - step[j]!), iterations: iteration, isConverged: true };
    }
    let next = weights;
    let nextValue = Number.POSITIVE_INFINITY;
    let halvings = 0;
    for (let length = 1; !(nextValue <= value) && halvings <= MAX_HALVINGS; length /= 2, halvings++) {
      next = weights.map((weight, j) => weight - length * step[j]!);
      nextValue = yield* withSteps(objective.evaluate(next, gradient), value, 0);
    }
    // Rounding alone can keep f from falling at its lowest point.
    if (!(nextValue <= value)) return { weights, iterations: iteration, isConverged: true };
    weights = next;
    value = nextValue;
    yield { iteration, value, cost: 0, convergence: 0 };
    if (shouldStop()) return { weights, iterations: iteration, isConverged: false };
  }
  return { weights, iterations: maxIterations, isConverged: false };
}

/** Turns the gradient in `step` into the step; returns the fall of f that the quadratic model promises. */
function solveForStep(factor: Float64Array, gradient: Float64Array, step: Float64Array): number {
  solveFactored(factor, step);
  return dot(gradient, step) / 2;
}
