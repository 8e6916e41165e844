import type { LinearObjective } from './linear-objective.ts';
import {
  convergenceFraction,
  dot,
  MAX_HALVINGS,
  type OptimizerStep,
  type SolverOptions,
  type SolverResult,
  withSteps,
} from './optimizer-step.ts';
import type { Preconditioner } from './precondition.ts';

/** Pairs of steps and gradient changes that are remembered; ten is usual. */
const MEMORY = 10;

/** Within this many iterations f must fall by MIN_RELATIVE_DECREASE of itself to continue. */
const WINDOW = 5;
const MIN_RELATIVE_DECREASE = 1e-6;

/**
 * L-BFGS (Nocedal and Wright, algorithm 7.5), with `precondition` as the first guess at the inverse hessian.
 * Cost of a step: mostly one evaluation.
 */
export function* minimizeByLbfgs(
  objective: LinearObjective,
  precondition: Preconditioner,
  options: SolverOptions,
): Generator<OptimizerStep, SolverResult> {
  let weights = options.start;
  let gradient = new Float64Array(weights.length);
  let value = yield* withSteps(objective.evaluate(weights, gradient), 0, 0);
  const pairs: CurvaturePair[] = [];
  const values = [value];
  let iteration = options.iterations;
  // Whichever of the two rules ends the search, it is about here.
  const lastDecrease = Math.max(options.tolerance, MIN_RELATIVE_DECREASE / WINDOW);
  let firstDecrease: number | null = null;
  let convergence = 0;
  while (iteration < options.maxIterations) {
    const direction = lbfgsDirection(gradient, pairs, precondition);
    const slope = dot(gradient, direction);
    if (!(slope > 0)) return { weights, iterations: iteration, isConverged: true };
    // Half of the slope is the fall that a quadratic model promises.
    const decrease = slope / 2 / Math.abs(value);
    firstDecrease ??= decrease;
    convergence = Math.max(convergence, convergenceFraction(firstDecrease, decrease, lastDecrease));
    let next = weights;
    const nextGradient = new Float64Array(weights.length);
    let nextValue = Number.POSITIVE_INFINITY;
    let halvings = 0;
    // Armijo's rule: f must fall by a ten-thousandth of what the slope promises.
    for (let length = 1; !(nextValue <= value - 1e-4 * length * slope) && halvings <= MAX_HALVINGS; length /= 2) {
      next = weights.map((weight, j) => weight - length * direction[j]!);
      nextValue = yield* withSteps(objective.evaluate(next, nextGradient), value, convergence);
      halvings++;
    }
    if (!(nextValue <= value)) return { weights, iterations: iteration, isConverged: true };
    rememberPair(pairs, weights, next, gradient, nextGradient);
    weights = next;
    gradient = nextGradient;
    value = nextValue;
    values.push(value);
    iteration++;
    yield { iteration, value, cost: 0, convergence };
    const before = values[values.length - 1 - WINDOW];
    const isSlow = before !== undefined && before - value <= MIN_RELATIVE_DECREASE * Math.abs(value);
    if (isSlow || slope / 2 <= options.tolerance * Math.abs(value)) {
      return { weights, iterations: iteration, isConverged: true };
    }
    if (options.shouldStop()) break;
  }
  return { weights, iterations: iteration, isConverged: false };
}

interface CurvaturePair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly product: number;
}

function rememberPair(
  pairs: CurvaturePair[],
  from: Float64Array,
  to: Float64Array,
  gradient: Float64Array,
  nextGradient: Float64Array,
): void {
  const step = to.map((weight, j) => weight - from[j]!);
  const change = nextGradient.map((slope, j) => slope - gradient[j]!);
  const product = dot(step, change);
  // f is convex, so the product is above 0 but for rounding.
  if (product > 1e-12 * dot(change, change)) pairs.push({ step, change, product });
  if (pairs.length > MEMORY) pairs.shift();
}

/** The two loops of L-BFGS: the inverse hessian times the gradient. */
function lbfgsDirection(
  gradient: Float64Array,
  pairs: readonly CurvaturePair[],
  precondition: Preconditioner,
): Float64Array {
  const direction = Float64Array.from(gradient);
  const factors = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, product } = pairs[i]!;
    factors[i] = dot(step, direction) / product;
    for (let j = 0; j < direction.length; j++) direction[j]! -= factors[i]! * change[j]!;
  }
  precondition(direction);
  const scale = initialScale(pairs, precondition);
  for (let j = 0; j < direction.length; j++) direction[j]! *= scale;
  for (const [i, { step, change, product }] of pairs.entries()) {
    const factor = factors[i]! - dot(change, direction) / product;
    for (let j = 0; j < direction.length; j++) direction[j]! += factor * step[j]!;
  }
  return direction;
}

/** How the newest pair says that the first guess should be scaled. */
function initialScale(pairs: readonly CurvaturePair[], precondition: Preconditioner): number {
  const last = pairs[pairs.length - 1];
  if (last === undefined) return 1;
  const guess = Float64Array.from(last.change);
  precondition(guess);
  return last.product / dot(last.change, guess);
}
