import { createRandom, type Random } from '../random.ts';
import type { Interval } from './metrics.ts';

const RESAMPLES = 1000;
/** More rows than these are drawn by groups, so that the cost is bounded; so many groups tell as much. */
const MOST_GROUPS = 10_000;
const TAIL = 0.025;
/** The same test gives the same interval. */
const SEED = 0;
/** So many draws take some 20 ms. */
const DRAWS_IN_A_STEP = 1_000_000;

/**
 * The 95 % bootstrap interval of R2: the rows are drawn anew with replacement, as many as there are, 1,000 times, and the
 * 2.5th and 97.5th percentile of R2 taken. Of more than 10,000 rows, row i is in group i % 10,000, and groups are drawn.
 *
 * Resamples without spread in the truth have no R2 and are left out. Where the rows are few and unlike each other, R2
 * itself may be beyond the percentiles: the interval then reaches to it. Yields after some 20 ms of drawing.
 * Cost: at most ten million draws.
 */
export function* r2Interval(truth: Float64Array, predicted: Float64Array, r2: number): Generator<void, Interval> {
  const groups = groupRows(truth, predicted);
  const random = createRandom(SEED);
  const drawn = new Int32Array(groups.count.length);
  const values: number[] = [];
  let draws = 0;
  for (let i = 0; i < RESAMPLES; i++) {
    const value = resampledR2(groups, random, drawn);
    if (Number.isFinite(value)) values.push(value);
    draws += drawn.length;
    if (draws < DRAWS_IN_A_STEP) continue;
    draws = 0;
    yield;
  }
  const sorted = Float64Array.from(values).sort();
  return { low: Math.min(r2, percentile(sorted, TAIL, r2)), high: Math.max(r2, percentile(sorted, 1 - TAIL, r2)) };
}

/** Of each group of rows. */
interface RowGroups {
  readonly count: Float64Array;
  /** The mean of the truth, and the sum of its squared distances from there. */
  readonly mean: Float64Array;
  readonly spread: Float64Array;
  /** The sum of the squared errors. */
  readonly squares: Float64Array;
}

function groupRows(truth: Float64Array, predicted: Float64Array): RowGroups {
  const size = Math.min(truth.length, MOST_GROUPS);
  const count = new Float64Array(size);
  const mean = new Float64Array(size);
  const spread = new Float64Array(size);
  const squares = new Float64Array(size);
  for (let i = 0; i < truth.length; i++) {
    const g = i % size;
    // Welford's update: a sum of squares less a square of the sum would lose the digits of targets far from 0.
    const rows = ++count[g]!;
    const before = truth[i]! - mean[g]!;
    mean[g]! += before / rows;
    spread[g]! += before * (truth[i]! - mean[g]!);
    squares[g]! += (predicted[i]! - truth[i]!) ** 2;
  }
  return { count, mean, spread, squares };
}

/** R2 of as many groups as there are, drawn with replacement; not finite where their truth has no spread, or one beyond a double. */
function resampledR2({ count, mean, spread, squares }: RowGroups, random: Random, drawn: Int32Array): number {
  const size = drawn.length;
  for (let i = 0; i < size; i++) drawn[i] = Math.floor(random.uniform() * size);
  // Distances from one of the means: those of equal targets are exactly 0.
  const origin = mean[drawn[0]!]!;
  let rows = 0;
  let sum = 0;
  let errors = 0;
  for (let i = 0; i < size; i++) {
    const g = drawn[i]!;
    rows += count[g]!;
    sum += count[g]! * (mean[g]! - origin);
    errors += squares[g]!;
  }
  const centre = origin + sum / rows;
  let total = 0;
  for (let i = 0; i < size; i++) {
    const g = drawn[i]!;
    total += spread[g]! + count[g]! * (mean[g]! - centre) ** 2;
  }
  return total === 0 || total === Number.POSITIVE_INFINITY ? Number.NaN : 1 - errors / total;
}

/** By linear interpolation between the two nearest; `otherwise` where there are no values. */
function percentile(sorted: Float64Array, share: number, otherwise: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? otherwise;
  const above = sorted[Math.ceil(place)] ?? otherwise;
  return below + (above - below) * (place - Math.floor(place));
}
