import type { NumericProfile } from './profile.ts';

/** Numbers that people and instruments write where they have no value. */
const SENTINELS = new Set([-9, -99, -200, -999, -9999, -99_999, 99, 999, 9999, 99_999, 999_999]);

/** A number that seems to stand for "no value". */
export interface Sentinel {
  readonly value: number;
  readonly count: number;
}

/** It has to occur at least so often: once or twice may be an outlier. */
const MIN_COUNT = 5;
/** And in at least this share of the rows. */
const MIN_SHARE = 0.001;

/**
 * The smallest or largest value of a column, where it is one of the usual stand-ins for "no value", occurs
 * repeatedly, and lies further from the next value than all others lie from each other; or is the only negative
 * number of at least 99. Null where it is not so.
 *
 * @param counts how many rows have each of the values; one each where left out
 */
export function findSentinel(
  values: Float64Array,
  { numeric, missing }: { readonly numeric: Pick<NumericProfile, 'min' | 'max'> | null; readonly missing: number },
  counts: Uint32Array | null = null,
): Sentinel | null {
  if (numeric === null) return null;
  const { min, max } = numeric;
  const present = counts === null ? values.length - missing : countPresent(values, counts);
  for (const value of [min, max]) {
    if (!SENTINELS.has(value)) continue;
    let count = 0;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < values.length; at++) {
      const other = values[at]!;
      if (other === value) count += counts === null ? 1 : counts[at]!;
      else {
        if (other < low) low = other;
        if (other > high) high = other;
      }
    }
    if (count < MIN_COUNT || count < present * MIN_SHARE || low > high) continue;
    const gap = value === min ? low - value : value - high;
    if (gap > high - low || (value <= -99 && low >= 0)) return { value, count };
  }
  return null;
}

/** The sentinel among numbers that have no profile; NaN and infinities are missing. Null for none. */
export function sentinelOf(values: Float64Array): number | null {
  let [min, max, present] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    present += 1;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const numeric = present === 0 ? null : { min, max };
  return findSentinel(values, { numeric, missing: values.length - present })?.value ?? null;
}

/** Rows whose value is a number. */
function countPresent(values: Float64Array, counts: Uint32Array): number {
  return counts.reduce((sum, rows, at) => sum + (Number.isNaN(values[at]) ? 0 : rows), 0);
}
