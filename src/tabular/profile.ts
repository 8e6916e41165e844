import type { DateOrder } from '../runtime/cells.ts';
import type { Column, ColumnKind, LabelColumn } from './column.ts';
import { countValues, NumberFilter, placeOf, type ValueCounts } from './value-counts.ts';

/** What the values of a column are like. */
export interface ColumnProfile {
  readonly name: string;
  /** The place of the column in the file, from 0. */
  readonly index: number;
  readonly kind: ColumnKind;
  readonly missing: number;
  /** Distinct values that are not missing. */
  readonly distinct: number;
  /** NUMERIC columns with at least one value only. */
  readonly numeric: NumericProfile | null;
  /** At most 20 values, most frequent first, ties in order of first appearance, cut at 200 characters. */
  readonly topValues: readonly ValueCount[];
  /** How local dates of a DATETIME column were read; null where all are ISO dates or the column holds no dates. */
  readonly dateOrder: DateOrder | null;
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
  /** Quantiles, linear between neighbours: place (n - 1) * p in the sorted values, as numpy's default. */
  readonly p05: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly p95: number;
  /** 20 bins of equal width from min to max; a value on an edge counts in the bin above it, the maximum in the last. */
  readonly histogram: readonly HistogramBin[];
}

interface HistogramBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const TOP_VALUES = 20;
const LONGEST_VALUE = 200;
const BINS = 20;

/** Looks at all values of a column once or twice. */
export function profileColumn(column: Column, index: number, dateOrder: DateOrder | null): ColumnProfile {
  const { name, kind } = column;
  if (column.storage === 'label') {
    const counts = countLabels(column);
    const missing = column.codes.length - counts.reduce((sum, count) => sum + count, 0);
    const topValues = topLabels(column.labels, counts);
    return { name, index, kind, missing, distinct: column.labels.length, numeric: null, topValues, dateOrder };
  }
  const counts = countValues(column.values);
  const show = kind === 'DATETIME' ? showDateTime : String;
  return {
    name,
    index,
    kind,
    missing: column.values.length - counts.present,
    distinct: counts.values.length,
    numeric: kind === 'NUMERIC' && counts.present > 0 ? numericProfile(counts) : null,
    topValues: topNumbers(column.values, counts, show),
    dateOrder,
  };
}

function countLabels(column: LabelColumn): Float64Array {
  const counts = new Float64Array(column.labels.length);
  for (const code of column.codes) if (code >= 0) counts[code] = (counts[code] as number) + 1;
  return counts;
}

function topLabels(labels: readonly string[], counts: Float64Array): readonly ValueCount[] {
  return mostFrequent(counts, TOP_VALUES).map((code) => ({
    value: cutValue(labels[code] as string),
    count: counts[code] as number,
  }));
}

/** The places of the `limit` largest counts, largest first, ties in order. One pass; the list is kept sorted. */
function mostFrequent(counts: Float64Array, limit: number): readonly number[] {
  const top: number[] = [];
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index] as number;
    if (top.length === limit && count <= (counts[top[limit - 1] as number] as number)) continue;
    let place = top.length;
    while (place > 0 && (counts[top[place - 1] as number] as number) < count) place--;
    top.splice(place, 0, index);
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
  const threshold = counts[mostFrequent(counts, limit).at(-1) as number] as number;
  let tiesWanted = limit;
  for (const count of counts) if (count > threshold) tiesWanted--;
  // Where there are hardly more values than wanted, nearly all rows would pass.
  let filter = values.length > 2 * TOP_VALUES ? new NumberFilter(values, counts, threshold) : null;
  const found = new Map<number, number>();
  for (let row = 0; row < column.length && found.size < limit; row++) {
    const value = (column[row] as number) + 0;
    if (Number.isNaN(value) || filter?.mayHold(value) === false || found.has(value)) continue;
    const count = counts[placeOf(values, value)] as number;
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

/** Milliseconds since 1970 as an ISO date, with its time where that is not midnight. */
function showDateTime(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, -14) : text.replace('.000Z', 'Z');
}

/** At most 200 characters of a value, never half of a surrogate pair. */
export function cutValue(value: string): string {
  if (value.length <= LONGEST_VALUE) return value;
  const last = value.charCodeAt(LONGEST_VALUE - 1);
  return value.slice(0, last >= 0xd800 && last < 0xdc00 ? LONGEST_VALUE - 1 : LONGEST_VALUE);
}

function numericProfile(counted: ValueCounts): NumericProfile {
  const { values } = counted;
  const quantile = quantiles(counted);
  return {
    min: values[0] as number,
    max: values.at(-1) as number,
    ...meanAndDeviation(counted),
    p05: quantile(0.05),
    p25: quantile(0.25),
    median: quantile(0.5),
    p75: quantile(0.75),
    p95: quantile(0.95),
    histogram: histogram(counted),
  };
}

function meanAndDeviation({ values, counts, present }: ValueCounts): { mean: number; stddev: number } {
  const largest = Math.max(Math.abs(values[0] as number), Math.abs(values.at(-1) as number));
  // Beyond this, squares overflow: work with the values divided by the largest.
  const scale = largest > 1e150 ? largest : 1;
  let sum = 0;
  for (let index = 0; index < values.length; index++) {
    sum += ((values[index] as number) / scale) * (counts[index] as number);
  }
  const mean = sum / present;
  let squares = 0;
  for (let index = 0; index < values.length; index++) {
    const distance = (values[index] as number) / scale - mean;
    squares += distance * distance * (counts[index] as number);
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
    sum += counts[index] as number;
    upTo[index] = sum;
  }
  const valueAt = (rank: number): number => values[placeOf(upTo, rank + 1)] as number;
  return (probability) => {
    const place = (present - 1) * probability;
    const below = Math.floor(place);
    const weight = place - below;
    const low = valueAt(below);
    const high = weight === 0 ? low : valueAt(below + 1);
    const distance = high - low;
    if (!Number.isFinite(distance)) return low * (1 - weight) + high * weight;
    // From the nearer end, as numpy does: so that the result is exact at both ends.
    return weight < 0.5 ? low + distance * weight : high - distance * (1 - weight);
  };
}

function histogram({ values, counts }: ValueCounts): readonly HistogramBin[] {
  let low = values[0] as number;
  let high = values.at(-1) as number;
  if (low === high) {
    low -= 0.5;
    high += 0.5;
  }
  const step = (high - low) / BINS;
  // The same edges as numpy's; weighted sums of the ends where high - low overflows.
  const edge = (bin: number) =>
    Number.isFinite(step) ? bin * step + low : low * (1 - bin / BINS) + high * (bin / BINS);
  const edges = Array.from({ length: BINS + 1 }, (_, bin) => (bin === BINS ? high : edge(bin)));
  const inBin = new Float64Array(BINS);
  let bin = 0;
  for (let index = 0; index < values.length; index++) {
    while (bin < BINS - 1 && (values[index] as number) >= (edges[bin + 1] as number)) bin++;
    inBin[bin] = (inBin[bin] as number) + (counts[index] as number);
  }
  return Array.from(inBin, (count, at) => ({ from: edges[at] as number, to: edges[at + 1] as number, count }));
}
