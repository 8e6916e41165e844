import { mapSteps } from '../steps.ts';

/** A piece of a search for the lowest point has been done. */
export interface OptimizerStep {
  /** 1, 2, 3 … where an iteration has ended, or null for a yield point within one. */
  readonly iteration: number | null;
  /** f at the weights that the iteration led to. */
  readonly value: number;
  /** Multiplications since the last step. */
  readonly cost: number;
  /** Multiplications that the whole usually takes, where that has just become known. */
  readonly expected?: number;
  /** 0 to 1: how far the solver has converged, by how far the predicted decreases of f have shrunk; 0 where unknown. */
  readonly convergence: number;
}

/** Where a search begins and ends. */
export interface SolverOptions {
  readonly start: Float64Array;
  /** Of searches before. */
  readonly iterations: number;
  readonly maxIterations: number;
  /** A step that promises to lower f by less than this share of it is the last one. */
  readonly tolerance: number;
  /** Asked after each iteration: whether to end with the weights of now. */
  readonly shouldStop: () => boolean;
}

export interface SolverResult {
  readonly weights: Float64Array;
  /** Of all searches that led here. */
  readonly iterations: number;
  readonly isConverged: boolean;
}

/** How often a step that overshoots is halved before the search gives up. */
export const MAX_HALVINGS = 30;

/** Passes the steps of a search on that is followed by another: where it settles is not yet the end. */
export function hideConvergence<T>(search: Generator<OptimizerStep, T>): Generator<OptimizerStep, T> {
  return mapSteps(search, (step) => ({ ...step, convergence: 0 }));
}

/** Passes the steps of a search on a sample on as yield points: its iterations are not those of the fit. */
export function asSubsteps<T>(search: Generator<OptimizerStep, T>): Generator<OptimizerStep, T> {
  return mapSteps(search, (step) => ({ ...step, iteration: null, convergence: 0 }));
}

/** Passes the yield points of a part of an iteration on. */
export function withSteps<T>(
  part: Generator<number, T>,
  value: number,
  convergence: number,
): Generator<OptimizerStep, T> {
  return mapSteps(part, (cost) => ({ iteration: null, value, cost, convergence }));
}

/**
 * How much of the way a search has come when its steps promise falls of `now` that began at `first` and are to end at `last`,
 * all as shares of f. Falls fall by a factor with each iteration that is the smaller the nearer the lowest point is: the
 * square of the share of their logarithms was seen to go on about evenly.
 */
export function convergenceFraction(first: number, now: number, last: number): number {
  if (!(now > last)) return 1;
  return first > last ? Math.max(0, Math.log(first / now) / Math.log(first / last)) ** 2 : 0;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
