import type { ColumnProfile } from '../../runtime/training-profile.ts';
import { type DriftVerdict, driftVerdict, stabilityIndex } from './stability-index.ts';

/** How the values of a column are now, against those of the training rows. */
export interface ColumnDrift {
  readonly column: string;
  /** The population stability index. */
  readonly statistic: number;
  /** Shares of the rows without a value. */
  readonly missingBefore: number;
  readonly missingNow: number;
  /** The share of the rows whose value no training row has: a text that is none of the categories, or a number beyond their range. */
  readonly unseenRatio: number;
  readonly verdict: DriftVerdict;
}

/** The rows of a column in the groups of its profile. */
export interface GroupCounts {
  /** In the order of the profile's counts. */
  readonly counts: Float64Array;
  missing: number;
  unseen: number;
}

export function emptyCounts(profile: ColumnProfile): GroupCounts {
  return { counts: new Float64Array(profile.counts.length), missing: 0, unseen: 0 };
}

/** Adds the counts of other rows to `total`. */
export function addCounts(total: GroupCounts, more: GroupCounts): void {
  for (let group = 0; group < total.counts.length; group++) total.counts[group]! += more.counts[group]!;
  total.missing += more.missing;
  total.unseen += more.unseen;
}

/** Counts numbers, or timestamps: NaN is missing. */
export function countNumbers(
  { bounds, range }: Extract<ColumnProfile, { readonly bounds: unknown }>,
  values: Float64Array,
  total: GroupCounts,
): void {
  const [min, max] = range === null ? [Number.NaN, Number.NaN] : [range.min, range.max];
  for (const value of values) {
    if (Number.isNaN(value)) {
      total.missing++;
      continue;
    }
    let group = 0;
    while (group < bounds.length && value > bounds[group]!) group++;
    total.counts[group]! += 1;
    if (!(value >= min && value <= max)) total.unseen++;
  }
}

/** Counts codes of categories, in the profile's order; the one after them is any other text, and a negative one is missing. */
export function countCodes(codes: Int32Array, total: GroupCounts): void {
  const other = total.counts.length - 1;
  for (const code of codes) {
    if (code < 0) {
      total.missing++;
      continue;
    }
    total.counts[code]! += 1;
    if (code === other) total.unseen++;
  }
}

/** Compares the rows of now with the training rows of the profile; "no value" is a group of its own. */
export function columnDrift(profile: ColumnProfile, { counts, missing, unseen }: GroupCounts): ColumnDrift {
  const before = [...profile.counts, profile.missing];
  const now = [...counts, missing];
  const rows = now.reduce((sum, count) => sum + count, 0);
  return {
    column: profile.name,
    statistic: stabilityIndex(before, now),
    missingBefore: profile.missing / Math.max(1, profile.rows),
    missingNow: missing / Math.max(1, rows),
    unseenRatio: unseen / Math.max(1, rows),
    verdict: driftVerdict(before, now),
  };
}
