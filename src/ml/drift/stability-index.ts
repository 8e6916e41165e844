/**
 * The population stability index (PSI) compares two samples that are divided into the same groups: the sum over the groups of
 * (p - q) * ln(p / q), where p and q are the shares of a group in either. It is 0 for equal shares, and the same in both
 * directions (it is the sum of the two Kullback-Leibler divergences).
 *
 * Half a row is added to each group of either sample, so that a group that is empty in one of them gives no infinity. Groups
 * that are empty in both are left out.
 *
 * @example stabilityIndex([50, 50], [50, 50]) // => 0
 */
export function stabilityIndex(before: readonly number[], now: readonly number[]): number {
  const groups = usedGroups(before, now);
  if (groups.length === 0 || sumOf(before) === 0 || sumOf(now) === 0) return 0;
  const rowsBefore = sumOf(before) + groups.length * PSEUDO_ROWS;
  const rowsNow = sumOf(now) + groups.length * PSEUDO_ROWS;
  return groups.reduce((sum, group) => {
    const p = (before[group]! + PSEUDO_ROWS) / rowsBefore;
    const q = (now[group]! + PSEUDO_ROWS) / rowsNow;
    return sum + (p - q) * Math.log(p / q);
  }, 0);
}

const PSEUDO_ROWS = 0.5;

/** What chance alone makes of the index where nothing has changed. */
export interface RandomIndex {
  readonly expected: number;
  /** It is exceeded in one of a thousand such samples. */
  readonly limit: number;
}

/** The quantile of the standard normal distribution at 0.999. */
const NORMAL_QUANTILE = 3.0902;

/**
 * Where both samples come from one distribution, the index is about (1 / n + 1 / m) times a chi-squared variable with one degree
 * of freedom fewer than groups (Yurdakul and Naranjo, Statistical properties of the population stability index, Journal of Risk
 * Model Validation 14(4), 2020). Its quantile is that of Wilson and Hilferty (1931), within a percent.
 */
export function randomIndex(before: readonly number[], now: readonly number[]): RandomIndex {
  const freedom = usedGroups(before, now).length - 1;
  const [rowsBefore, rowsNow] = [sumOf(before), sumOf(now)];
  if (freedom < 1 || rowsBefore === 0 || rowsNow === 0) return { expected: 0, limit: 0 };
  const scale = 1 / rowsBefore + 1 / rowsNow;
  const spread = 2 / (9 * freedom);
  const quantile = freedom * (1 - spread + NORMAL_QUANTILE * Math.sqrt(spread)) ** 3;
  return { expected: scale * freedom, limit: scale * quantile };
}

export const DRIFT_VERDICTS = ['NONE', 'MODERATE', 'STRONG'] as const;

export type DriftVerdict = (typeof DRIFT_VERDICTS)[number];

/** The limits that the field uses (Siddiqi, Credit Risk Scorecards, 2006). */
const MODERATE_LIMIT = 0.1;
const STRONG_LIMIT = 0.25;

/**
 * MODERATE from 0.1 and STRONG from 0.25 above what chance makes of the index on average, and neither where chance alone exceeds
 * it more often than once in a thousand times: a few rows never look alike.
 */
export function driftVerdict(before: readonly number[], now: readonly number[]): DriftVerdict {
  const index = stabilityIndex(before, now);
  const { expected, limit } = randomIndex(before, now);
  if (index <= limit) return 'NONE';
  const excess = index - expected;
  return excess >= STRONG_LIMIT ? 'STRONG' : excess >= MODERATE_LIMIT ? 'MODERATE' : 'NONE';
}

function usedGroups(before: readonly number[], now: readonly number[]): readonly number[] {
  return before.flatMap((count, group) => (count > 0 || (now[group] ?? 0) > 0 ? [group] : []));
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
