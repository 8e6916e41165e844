import { factorCholesky, solveFactored } from './cholesky.ts';
import type { LinearObjective } from './linear-objective.ts';
import type { Preconditioner } from './precondition.ts';

/** An iteration has ended. */
export interface MinimiseStep {
  /** 1, 2, 3 …, or null for a breath within an iteration. */
  readonly iteration: number | null;
  /** f at the weights that the iteration led to. */
  readonly value: number;
  /** 0 to 1: how near the end is, in iterations or in the size of the steps. */
  readonly progress: number;
}

export interface Minimum {
  readonly weights: Float64Array;
  readonly isConverged: boolean;
}

/** Steps that promise to lower f by less than this share of it are not worth taking. */
const TOLERANCE = 1e-9;

/** How often a step that overshoots is halved before the search gives up. */
const MAX_HALVINGS = 30;

/** A first guess at the Newton steps that a fit takes. */
const USUAL_NEWTON_STEPS = 8;

/**
 * Newton's method, each step halved until f falls. Squared loss needs one step, logistic loss some five to ten.
 * Cost of a step: one evaluation with the hessian, columns^3 / 6.
 */
export function* minimiseByNewton(objective: LinearObjective, maxIterations: number): Generator<MinimiseStep, Minimum> {
  let weights = objective.startWeights();
  const size = weights.length;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  let value = yield* breathing(objective.evaluate(weights, gradient, hessian), 0, 0);
  let isConverged = false;
  for (let iteration = 1; iteration <= maxIterations && !isConverged; iteration++) {
    const progress = 1 - 0.5 ** (iteration / USUAL_NEWTON_STEPS);
    const step = Float64Array.from(gradient);
    yield* breathing(factorCholesky(hessian, size), value, progress);
    solveFactored(hessian, step);
    // Half of gradient * step is the fall that the quadratic model promises.
    const promised = dot(gradient, step) / 2;
    if (!(promised > TOLERANCE * Math.abs(value))) isConverged = true;
    let next = weights;
    let nextValue = Number.POSITIVE_INFINITY;
    let halvings = 0;
    for (let length = 1; !(nextValue <= value) && halvings <= MAX_HALVINGS; length /= 2, halvings++) {
      next = weights.map((weight, j) => weight - length * step[j]!);
      nextValue = yield* breathing(objective.evaluate(next, gradient, hessian), value, progress);
    }
    // Rounding alone can keep f from falling at its lowest point.
    if (!(nextValue <= value)) return { weights, isConverged: true };
    weights = next;
    value = nextValue;
    yield { iteration, value, progress };
  }
  return { weights, isConverged };
}

/** Pairs of steps and gradient changes that L-BFGS remembers; ten is usual. */
const MEMORY = 10;

/** Over so many iterations f must fall by LBFGS_TOLERANCE of itself to go on. */
const LBFGS_WINDOW = 5;
const LBFGS_TOLERANCE = 1e-6;

/**
 * L-BFGS (Nocedal and Wright, algorithm 7.5), with `precondition` as the first guess at the inverse hessian.
 * Cost of a step: mostly one evaluation.
 */
export function* minimiseByLbfgs(
  objective: LinearObjective,
  precondition: Preconditioner,
  maxIterations: number,
): Generator<MinimiseStep, Minimum> {
  let weights = objective.startWeights();
  let gradient = new Float64Array(weights.length);
  let value = yield* breathing(objective.evaluate(weights, gradient, null), 0, 0);
  const pairs: CurvaturePair[] = [];
  const values = [value];
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    const progress = iteration / maxIterations;
    const direction = lbfgsDirection(gradient, pairs, precondition);
    const slope = dot(gradient, direction);
    if (!(slope > 0)) return { weights, isConverged: true };
    let next = weights;
    const nextGradient = new Float64Array(weights.length);
    let nextValue = Number.POSITIVE_INFINITY;
    let halvings = 0;
    // Armijo's rule: f must fall by a ten-thousandth of what the slope promises.
    for (let length = 1; !(nextValue <= value - 1e-4 * length * slope) && halvings <= MAX_HALVINGS; length /= 2) {
      next = weights.map((weight, j) => weight - length * direction[j]!);
      nextValue = yield* breathing(objective.evaluate(next, nextGradient, null), value, progress);
      halvings++;
    }
    if (!(nextValue <= value)) return { weights, isConverged: true };
    remember(pairs, weights, next, gradient, nextGradient);
    weights = next;
    gradient = nextGradient;
    value = nextValue;
    values.push(value);
    yield { iteration, value, progress };
    const before = values[values.length - 1 - LBFGS_WINDOW];
    if (before !== undefined && before - value <= LBFGS_TOLERANCE * Math.abs(value)) {
      return { weights, isConverged: true };
    }
  }
  return { weights, isConverged: false };
}

interface CurvaturePair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly product: number;
}

function remember(
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
  const scale = lastScale(pairs, precondition);
  for (let j = 0; j < direction.length; j++) direction[j]! *= scale;
  for (const [i, { step, change, product }] of pairs.entries()) {
    const factor = factors[i]! - dot(change, direction) / product;
    for (let j = 0; j < direction.length; j++) direction[j]! += factor * step[j]!;
  }
  return direction;
}

/** How the newest pair says that the first guess should be scaled. */
function lastScale(pairs: readonly CurvaturePair[], precondition: Preconditioner): number {
  const last = pairs[pairs.length - 1];
  if (last === undefined) return 1;
  const guess = Float64Array.from(last.change);
  precondition(guess);
  return last.product / dot(last.change, guess);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Passes the breaths of a part of an iteration on. */
function* breathing<T>(part: Generator<void, T>, value: number, progress: number): Generator<MinimiseStep, T> {
  let step = part.next();
  for (; !step.done; step = part.next()) yield { iteration: null, value, progress };
  return step.value;
}
