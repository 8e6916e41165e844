/** An iteration of a search for the lowest point has ended. */
export interface MinimiseStep {
  /** 1, 2, 3 …, or null for a breath within an iteration. */
  readonly iteration: number | null;
  /** f at the weights that the iteration led to. */
  readonly value: number;
  /** 0 to 1: a guess, from the iterations that a search usually takes. */
  readonly progress: number;
}

/** Where a search begins and ends. */
export interface SearchRange {
  readonly start: Float64Array;
  /** Of searches before. */
  readonly iterations: number;
  readonly maxIterations: number;
  /** A step that promises to lower f by less than this share of it is the last one. */
  readonly tolerance: number;
  /** Asked after each iteration: whether to end with the weights of now. */
  readonly isToStop: () => boolean;
}

export interface Minimum {
  readonly weights: Float64Array;
  /** Of all searches that led here. */
  readonly iterations: number;
  readonly isConverged: boolean;
}

/** How often a step that overshoots is halved before the search gives up. */
export const MAX_HALVINGS = 30;

/** Passes the steps of one of several searches on, of which the progress goes from `begin` to `end`. */
export function* phase<T>(search: Generator<MinimiseStep, T>, begin: number, end: number): Generator<MinimiseStep, T> {
  let step = search.next();
  for (; !step.done; step = search.next()) {
    yield { ...step.value, progress: begin + (end - begin) * step.value.progress };
  }
  return step.value;
}

/** Passes the steps of a search on a sample on as breaths: its iterations are not those of the fit. */
export function* uncounted<T>(search: Generator<MinimiseStep, T>): Generator<MinimiseStep, T> {
  let step = search.next();
  for (; !step.done; step = search.next()) yield { ...step.value, iteration: null };
  return step.value;
}

/** Passes the breaths of a part of an iteration on. */
export function* breathing<T>(part: Generator<void, T>, value: number, progress: number): Generator<MinimiseStep, T> {
  let step = part.next();
  for (; !step.done; step = part.next()) yield { iteration: null, value, progress };
  return step.value;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
