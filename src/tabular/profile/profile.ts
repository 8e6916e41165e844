import type { DateOrder, NumberFormat } from '../../runtime/values/cells.ts';
import { cutValue } from '../../runtime/values/cut-value.ts';
import { type ValueCounts, WasmNumbers } from '../scan/wasm-numbers.ts';
import type { Column, ColumnKind } from '../types/column.ts';
import type { TypedColumn } from '../types/infer-column-kind.ts';
import type { Labels } from '../types/labels.ts';
import { estimateNumbers } from './approximate-profile.ts';
import { type HistogramBin, HistogramBins } from './histogram.ts';
import { countValues, indexOfValue, NumberCounts, NumberFilter } from './value-counts.ts';

/** What the values of a column are like. */
export interface ColumnProfile {
  readonly name: string;
  /** The index of the column in the file. */
  readonly index: number;
  readonly kind: ColumnKind;
  readonly missing: number;
  /** Distinct values that are not missing. */
  readonly distinct: number;
  /** NUMERIC columns with at least one value only. */
  readonly numeric: NumericProfile | null;
  /** At most 20 values, most frequent first, ties in order of first appearance, cut at 200 characters. */
  readonly topValues: readonly ValueCount[];
  /**
   * True where `distinct`, the quantiles and the choice of `topValues` are estimates: in most columns of numbers with
   * more than 100,000 rows. Quantiles are then those of about 131,000 of the values, and `distinct` is within 0.3 %.
   */
  readonly approximate: boolean;
  /** How local dates of a DATETIME column were read; null where all are ISO dates or the column holds no dates. */
  readonly dateOrder: DateOrder | null;
}

/** A column of a file: what its values are like, and how they are written there. */
export interface FileColumnProfile extends ColumnProfile {
  /** How the numbers of a NUMERIC column are written; null for all other columns. */
  readonly numberFormat: NumberFormat | null;
}

export interface ValueCount {
  readonly value: string;
  readonly count: number;
}

/** Figures of the values that are not missing; all are finite. */
export interface NumericProfile {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** The standard deviation of a sample (divisor n - 1); 0 for a single value. */
  readonly stddev: number;
  /** Quantiles, linear between neighbours: position (n - 1) * p in the sorted values, as numpy's default. */
  readonly p05: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly p95: number;
  /** 20 bins of equal width from min to max; a value on an edge counts in the bin above it, the maximum in the last. */
  readonly histogram: readonly HistogramBin[];
}

/** Up to this many rows, all statistics are exact. */
const EXACT_ROWS = 100_000;
const TOP_VALUES = 20;

/** Looks at the values of a column, through their counts where it was read as labels. */
export function profileColumn(typed: TypedColumn, column: Column, index: number) {
  const { name, kind, content, dateOrder, numberFormat } = typed;
  const rowCount = column.storage === 'number' ? column.values.length : column.codes.length;
  const values =
    column.storage === 'number' && content === null
      ? profileRead(column.values, kind)
      : profileContent(content, kind, rowCount);
  return { name, index, kind, ...values, dateOrder, numberFormat } satisfies FileColumnProfile;
}

function profileRead(values: Float64Array, kind: ColumnKind): ValueProfile {
  using numbers = WasmNumbers.of(values);
  return profileNumbers(numbers, kind);
}

/** The profile of a column that was read as labels. */
export function profileContent(content: TypedColumn['content'], kind: ColumnKind, rowCount: number): ValueProfile {
  if (content?.storage === 'number') return profileCounted(content.numbers, content.counts, kind, rowCount);
  return profileLabels(content?.labels ?? [], content?.counts ?? new Uint32Array(0), rowCount);
}

/** The part of a profile that the values alone decide. */
export type ValueProfile = Pick<ColumnProfile, 'missing' | 'distinct' | 'numeric' | 'topValues' | 'approximate'>;

/** The profile of labels, from how often each occurs. Exact. */
export function profileLabels(labels: Labels, counts: Uint32Array, rowCount: number): ValueProfile {
  const topValues = mostFrequent(counts, TOP_VALUES).map((code) => ({
    value: cutValue(labels.at(code)!),
    count: counts[code]!,
  }));
  const missing = rowCount - counts.reduce((sum, count) => sum + count, 0);
  return { missing, distinct: labels.length, numeric: null, topValues, approximate: false };
}

/**
 * The profile of numbers, from how often each occurs, in order of first appearance; the same number may come more than
 * once, and NaN does not count. Exact.
 */
function profileCounted(numbers: Float64Array, counts: Uint32Array, kind: ColumnKind, rowCount: number): ValueProfile {
  const merged = new NumberCounts(numbers.length);
  numbers.forEach((number, at) => {
    if (!Number.isNaN(number)) merged.add(number + 0, counts[at]!);
  });
  const values = merged.values.slice().sort();
  const sortedCounts = values.map((value) => merged.countOf(value));
  const present = sortedCounts.reduce((sum, count) => sum + count, 0);
  const topValues = mostFrequent(merged.counts, TOP_VALUES).map((at) => {
    return { value: showNumber(merged.values[at]!, kind), count: merged.counts[at]! };
  });
  const numeric = kind === 'NUMERIC' && present > 0 ? numericProfile({ values, counts: sortedCounts, present }) : null;
  return { missing: rowCount - present, distinct: values.length, numeric, topValues, approximate: false };
}

/**
 * The profile of numbers, row by row. Exact up to 100,000 rows, and beyond where there are few distinct values; else
 * distinct values, quantiles and the choice of the most frequent values are estimates (approximate-profile.ts).
 */
export function profileNumbers(numbers: WasmNumbers, kind: ColumnKind): ValueProfile {
  const { values } = numbers;
  const estimated = values.length > EXACT_ROWS ? estimateNumbers(numbers) : null;
  if (estimated !== null) {
    const { counts, distinct, present, low, high, mean, stddev, top } = estimated;
    const stats = { min: low, max: high, mean, stddev, ...quantilesOf(counts), histogram: estimated.histogram };
    return {
      missing: values.length - present,
      distinct,
      numeric: kind === 'NUMERIC' ? stats : null,
      topValues: top.slice(0, TOP_VALUES).map(([value, count]) => ({ value: showNumber(value, kind), count })),
      approximate: true,
    };
  }
  const counts = countValues(values);
  return {
    missing: values.length - counts.present,
    distinct: counts.values.length,
    numeric: kind === 'NUMERIC' && counts.present > 0 ? numericProfile(counts) : null,
    topValues: topNumbers(values, counts, (value) => showNumber(value, kind)),
    approximate: false,
  };
}

/** The indices of the `limit` largest counts, largest first, ties in order. One pass; the list is kept sorted. */
function mostFrequent(counts: Float64Array | Uint32Array, limit: number): readonly number[] {
  const top: number[] = [];
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index]!;
    if (top.length === limit && count <= counts[top[limit - 1]!]!) continue;
    let position = top.length;
    while (position > 0 && counts[top[position - 1]!]! < count) position--;
    top.splice(position, 0, index);
    if (top.length > limit) top.pop();
  }
  return top;
}

/**
 * The most frequent numbers. The rows are walked for the order of first appearance, only until all are found; a
 * small filter over the bits of the wanted values spares most rows the search.
 */
function topNumbers(
  column: Float64Array,
  { values, counts }: ValueCounts,
  show: (value: number) => string,
): readonly ValueCount[] {
  const limit = Math.min(TOP_VALUES, values.length);
  if (limit === 0) return [];
  const threshold = counts[mostFrequent(counts, limit).at(-1)!]!;
  let tiesWanted = limit;
  for (const count of counts) if (count > threshold) tiesWanted--;
  // Where there are hardly more values than wanted, nearly all rows would pass.
  let filter = values.length > 2 * TOP_VALUES ? new NumberFilter(values, counts, threshold) : null;
  const found = new Map<number, number>();
  for (let row = 0; row < column.length && found.size < limit; row++) {
    const value = column[row]! + 0;
    if (Number.isNaN(value) || filter?.mayHold(value) === false || found.has(value)) continue;
    const count = counts[indexOfValue(values, value)]!;
    if (count < threshold || (count === threshold && tiesWanted === 0)) continue;
    found.set(value, count);
    if (count === threshold && --tiesWanted === 0 && filter !== null) {
      filter = new NumberFilter(values, counts, threshold + 1);
    }
  }
  return [...found]
    .map(([value, count]) => ({ value: show(value), count }))
    .sort((left, right) => right.count - left.count);
}

function showNumber(value: number, kind: ColumnKind): string {
  return kind === 'DATETIME' ? showDateTime(value) : String(value);
}

/** Milliseconds since 1970 as an ISO date, with its time where that is not midnight. */
function showDateTime(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, -14) : text.replace('.000Z', 'Z');
}

function numericProfile(counted: ValueCounts): NumericProfile {
  const { values } = counted;
  return {
    min: values[0]!,
    max: values.at(-1)!,
    ...meanAndDeviation(counted),
    ...quantilesOf(counted),
    histogram: histogram(counted),
  };
}

function quantilesOf(counted: ValueCounts) {
  const quantile = quantiles(counted);
  return {
    p05: quantile(0.05),
    p25: quantile(0.25),
    median: quantile(0.5),
    p75: quantile(0.75),
    p95: quantile(0.95),
  };
}

function meanAndDeviation({ values, counts, present }: ValueCounts): { mean: number; stddev: number } {
  const largest = Math.max(Math.abs(values[0]!), Math.abs(values.at(-1)!));
  // Beyond this, squares overflow: work with the values divided by the largest.
  const scale = largest > 1e150 ? largest : 1;
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    sum += (values[index]! / scale) * counts[index]!;
  }
  const mean = sum / present;
  let squares = 0;
  for (let index = 0; index < values.length; index++) {
    const distance = values[index]! / scale - mean;
    squares += distance * distance * counts[index]!;
  }
  const deviation = present > 1 ? Math.sqrt(squares / (present - 1)) : 0;
  const withinRange = (value: number) => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
  return { mean: withinRange(mean * scale), stddev: withinRange(deviation * scale) };
}

/** A function from a probability to the quantile. */
function quantiles({ values, counts, present }: ValueCounts): (probability: number) => number {
  const upTo = new Float64Array(counts.length);
  let sum = 0;
  for (let index = 0; index < counts.length; index++) {
    sum += counts[index]!;
    upTo[index] = sum;
  }
  const valueAt = (rank: number): number => values[indexOfValue(upTo, rank + 1)]!;
  return (probability) => {
    const position = (present - 1) * probability;
    const below = Math.floor(position);
    const weight = position - below;
    const low = valueAt(below);
    const high = weight === 0 ? low : valueAt(below + 1);
    const distance = high - low;
    if (!Number.isFinite(distance)) return low * (1 - weight) + high * weight;
    // From the nearer end, as numpy does: so that the result is exact at both ends.
    return weight < 0.5 ? low + distance * weight : high - distance * (1 - weight);
  };
}

function histogram({ values, counts }: ValueCounts): readonly HistogramBin[] {
  const bins = new HistogramBins(values[0]!, values.at(-1)!);
  for (let index = 0; index < values.length; index++) bins.add(values[index]!, counts[index]!);
  return bins.all();
}
