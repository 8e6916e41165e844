import { mean } from '../mean.ts';
import { createRandom, type Random } from '../random.ts';
import type { Interval } from './metrics.ts';

/** With fewer rows, the sampling error of a ratio of squares is unknown. */
const MIN_ROWS = 10;

const RESAMPLES = 1000;
/** More rows than these are resampled in groups, which bounds the cost; this many groups give the width to about 2 %. */
const MAX_GROUPS = 2_000;
/** What an interval of 95 % leaves out at either end. */
const TAIL = 0.025;
/** The same test gives the same interval. */
const SEED = 0;
/** A draw in which all rows have the same share of both sums has no error but what rounding leaves. */
const ROUNDING = 1e-9;
/** Draws that take about 5 ms. */
const DRAWS_IN_A_STEP = 250_000;

/**
 * The 95 % interval of R2 by the studentised bootstrap of log(1 - R2): the rows are drawn anew with replacement, as many as
 * there are, 1,000 times; of each draw the distance of its value from that of all rows is taken in its own standard errors
 * (the delta method), and the 2.5th and 97.5th percentile of these distances bound how far off the value of all rows may be
 * in its own. Percentiles of R2 itself are too narrow where few rows with large errors decide it: a draw that lacks them has
 * a small error and does not know it. The logarithm makes a ratio of sums symmetrical, and keeps the interval below 1.
 *
 * Of more than 2,000 rows each is put into one of 2,000 groups by chance, because rows that follow one another are often
 * alike, and groups are drawn. Draws without spread or without errors are left out. Null for fewer than ten rows, and where
 * too few draws are left; of a model without errors 1 to 1. Yields after about 5 ms of drawing. Cost: at most four million row reads.
 */
export function* r2Interval(
  actual: Float64Array,
  predicted: Float64Array,
  r2: number,
): Generator<void, Interval | null> {
  if (actual.length < MIN_ROWS) return null;
  const random = createRandom(SEED);
  const groups = groupRows(actual, predicted, random);
  const whole = errorRatio(groups, arange(groups.size));
  if (r2 === 1) return { low: 1, high: 1 };
  if (!isUsable(whole)) return null;
  const distances: number[] = [];
  const drawn = new Int32Array(groups.size);
  let draws = 0;
  for (let i = 0; i < RESAMPLES; i++) {
    for (let g = 0; g < groups.size; g++) drawn[g] = Math.floor(random.uniform() * groups.size);
    const share = errorRatio(groups, drawn);
    if (isUsable(share)) distances.push((share.logarithm - whole.logarithm) / share.error);
    draws += groups.size;
    if (draws < DRAWS_IN_A_STEP) continue;
    draws = 0;
    yield;
  }
  if (distances.length < RESAMPLES / 2) return null;
  const sorted = Float64Array.from(distances).sort();
  const at = (share: number): number => 1 - Math.exp(whole.logarithm - percentile(sorted, share) * whole.error);
  const [low, high] = [at(TAIL), at(1 - TAIL)];
  return Number.isFinite(low) ? { low: Math.min(r2, low), high: Math.max(r2, high) } : null;
}

interface RowGroups {
  readonly size: number;
  /** GROUP_STATS of each group, one group after the other: a draw then reads one cache line. */
  readonly groupStats: Float64Array;
}

/** How many rows; the mean of their actual values and the sum of squared distances from it; the sum of the squared errors. */
const GROUP_STATS = 4;

function groupRows(actual: Float64Array, predicted: Float64Array, random: Random): RowGroups {
  const size = Math.min(actual.length, MAX_GROUPS);
  const groupStats = new Float64Array(GROUP_STATS * size);
  const centre = mean(actual);
  for (let i = 0; i < actual.length; i++) {
    const at = GROUP_STATS * (size === actual.length ? i : Math.floor(random.uniform() * size));
    const distance = actual[i]! - centre;
    const rows = ++groupStats[at]!;
    // Welford's update: a difference of two sums would lose the digits of targets far from 0.
    const before = distance - groupStats[at + 1]!;
    groupStats[at + 1]! += before / rows;
    groupStats[at + 2]! += before * (distance - groupStats[at + 1]!);
    groupStats[at + 3]! += (predicted[i]! - actual[i]!) ** 2;
  }
  return { size, groupStats };
}

/** log(1 - R2) of some groups, and its standard error. Not finite, or an error of 0, where it has none. */
interface ErrorRatio {
  readonly logarithm: number;
  readonly error: number;
}

/**
 * 1 - R2 is the ratio of the squared errors and the squared distances of the actual values from their mean. Its logarithm rises with a
 * group by the group's share of the errors, and falls by its share of the distances.
 */
function errorRatio({ groupStats }: RowGroups, drawn: Int32Array): ErrorRatio {
  let rows = 0;
  let sum = 0;
  let errors = 0;
  for (const g of drawn) {
    const at = GROUP_STATS * g;
    rows += groupStats[at]!;
    sum += groupStats[at]! * groupStats[at + 1]!;
    errors += groupStats[at + 3]!;
  }
  const centre = sum / rows;
  let spread = 0;
  for (const g of drawn) spread += squaredDeviation(groupStats, GROUP_STATS * g, centre);
  let squares = 0;
  for (const g of drawn) {
    const at = GROUP_STATS * g;
    squares += (groupStats[at + 3]! / errors - squaredDeviation(groupStats, at, centre) / spread) ** 2;
  }
  return { logarithm: Math.log(errors / spread), error: Math.sqrt((squares * drawn.length) / (drawn.length - 1)) };
}

/** Of the actual values of a group, around a value. */
function squaredDeviation(groupStats: Float64Array, at: number, centre: number): number {
  return groupStats[at + 2]! + groupStats[at]! * (groupStats[at + 1]! - centre) ** 2;
}

function isUsable({ logarithm, error }: ErrorRatio): boolean {
  return Number.isFinite(logarithm) && error > ROUNDING && Number.isFinite(error);
}

function arange(length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => i);
}

/** By linear interpolation between the two nearest. */
function percentile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below + (above - below) * (position - Math.floor(position));
}
