import { mean } from '../baseline.ts';
import { createRandom, type Random } from '../random.ts';
import type { Interval } from './metrics.ts';

const RESAMPLES = 1000;
/** More rows than these are drawn by groups, so that the cost is bounded; so many groups tell the width to some 2 %. */
const MOST_GROUPS = 2_000;
/** What an interval of 95 % leaves out at either end. */
const TAIL = 0.025;
/** The same test gives the same interval. */
const SEED = 0;
/** So many draws take some 5 ms. */
const DRAWS_IN_A_STEP = 500_000;
/** A spread of a smaller share of its two terms has lost too many digits to their difference. */
const CANCELLED = 1e-6;

/**
 * The 95 % bootstrap interval of R2: the rows are drawn anew with replacement, as many as there are, 1,000 times, and the
 * 2.5th and 97.5th percentile of R2 taken. Of more than 2,000 rows each is put into one
 * of 2,000 groups by chance, because rows that follow one another are often alike, and groups are drawn.
 *
 * Resamples without spread in the truth have no R2 and are left out. Where the rows are few and unlike each other, R2
 * itself may be beyond the percentiles: the interval then reaches to it. Yields after some 5 ms of drawing.
 * Cost: at most two million draws.
 */
export function* r2Interval(truth: Float64Array, predicted: Float64Array, r2: number): Generator<void, Interval> {
  const random = createRandom(SEED);
  const groups = groupRows(truth, predicted, random);
  const values: number[] = [];
  let draws = 0;
  for (let i = 0; i < RESAMPLES; i++) {
    const value = resampledR2(groups, random);
    if (Number.isFinite(value)) values.push(value);
    draws += groups.size;
    if (draws < DRAWS_IN_A_STEP) continue;
    draws = 0;
    yield;
  }
  const sorted = Float64Array.from(values).sort();
  return { low: Math.min(r2, percentile(sorted, TAIL, r2)), high: Math.max(r2, percentile(sorted, 1 - TAIL, r2)) };
}

interface RowGroups {
  readonly size: number;
  /** FIGURES of each group, one group after the other: a draw then reads one place of the memory. */
  readonly figures: Float64Array;
}

/** How many rows; of their truth the mean and the sum of squared distances from it; the sum of the squared errors. */
const FIGURES = 4;

function groupRows(truth: Float64Array, predicted: Float64Array, random: Random): RowGroups {
  const size = Math.min(truth.length, MOST_GROUPS);
  const figures = new Float64Array(FIGURES * size);
  const centre = mean(truth);
  for (let i = 0; i < truth.length; i++) {
    const at = FIGURES * (size === truth.length ? i : Math.floor(random.uniform() * size));
    const distance = truth[i]! - centre;
    const rows = ++figures[at]!;
    // Welford's update: a difference of two sums would lose the digits of targets far from 0.
    const before = distance - figures[at + 1]!;
    figures[at + 1]! += before / rows;
    figures[at + 2]! += before * (distance - figures[at + 1]!);
    figures[at + 3]! += (predicted[i]! - truth[i]!) ** 2;
  }
  return { size, figures };
}

/** R2 of as many groups as there are, drawn with replacement; not finite where their truth has no spread. */
function resampledR2(groups: RowGroups, random: Random): number {
  const { size, figures } = groups;
  const start = random.position();
  let rows = 0;
  let sum = 0;
  let squares = 0;
  let errors = 0;
  for (let i = 0; i < size; i++) {
    const at = FIGURES * Math.floor(random.uniform() * size);
    const count = figures[at]!;
    const middle = figures[at + 1]!;
    rows += count;
    sum += count * middle;
    squares += figures[at + 2]! + count * middle * middle;
    errors += figures[at + 3]!;
  }
  let spread = squares - (sum * sum) / rows;
  if (spread < CANCELLED * squares) {
    random.resume(start);
    spread = spreadAround(sum / rows, groups, random);
  }
  return spread === 0 || spread === Number.POSITIVE_INFINITY ? Number.NaN : 1 - errors / spread;
}

/** The spread of the truth in the groups that are drawn, around their mean: 0 exactly where all is the same. */
function spreadAround(centre: number, { size, figures }: RowGroups, random: Random): number {
  let spread = 0;
  let first: number | null = null;
  let isConstant = true;
  for (let i = 0; i < size; i++) {
    const at = FIGURES * Math.floor(random.uniform() * size);
    const middle = figures[at + 1]!;
    first ??= middle;
    isConstant &&= middle === first && figures[at + 2] === 0;
    spread += figures[at + 2]! + figures[at]! * (middle - centre) ** 2;
  }
  return isConstant ? 0 : spread;
}

/** By linear interpolation between the two nearest; `otherwise` where there are no values. */
function percentile(sorted: Float64Array, share: number, otherwise: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? otherwise;
  const above = sorted[Math.ceil(place)] ?? otherwise;
  return below + (above - below) * (place - Math.floor(place));
}
