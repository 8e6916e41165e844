import type { ValueCounts } from '../scan/wasm-numbers.ts';
import { WasmNumbers } from '../scan/wasm-numbers.ts';
import { type HistogramBin, HistogramBins } from './histogram.ts';

/** Figures of many numbers. Exact are present, low, high, mean, stddev and histogram. */
export interface NumberEstimates {
  readonly present: number;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  readonly stddev: number;
  readonly histogram: readonly HistogramBin[];
  readonly distinct: number;
  /** The values of a sample, for quantiles. */
  readonly counts: ValueCounts;
  /** Values that are frequent in the sample, with their exact counts, most frequent first. */
  readonly top: readonly (readonly [value: number, count: number])[];
}

/** Values in the sample: a quantile's rank is then within 0.5 % of the rows in all but one of 3,000 columns. */
const SAMPLE_VALUES = 1 << 17;
/** Frequent values of the sample that are counted in all rows. */
const CANDIDATES = 200;
/** Sums of squares of larger numbers may overflow. */
const LARGEST_SQUARED = 1e150;

/**
 * Looks at numbers three times, about 17 ns each in all, where sorting them takes 25 to 35 ns; null where there are so few
 * distinct ones, or so large ones, that exact counting is better. The same numbers give the same estimates.
 */
export function estimateNumbers(numbers: WasmNumbers): NumberEstimates | null {
  const { present, low, high, sum, distinct } = summarise(numbers, numbers.values.length);
  if (present === 0 || Math.max(-low, high) > LARGEST_SQUARED) return null;
  using sample = WasmNumbers.of(sampleOf(numbers.values, present));
  // Where a sample has few distinct values, so has the whole, and those are quickly counted.
  if (sample.countFew() !== null && numbers.countFew() !== null) return null;
  const mean = sum / present;
  const bins = new HistogramBins(low, high);
  const squares = bins.spread(numbers, mean);
  const counts = sample.countAll();
  return {
    present,
    low,
    high,
    mean,
    distinct,
    counts,
    stddev: Math.sqrt(squares / Math.max(1, present - 1)),
    histogram: bins.all(),
    top: countCandidates(numbers, counts),
  };
}

/** At least one bit for each row: the estimate is then within 0.3 % of a million distinct values nearly always. */
const BITS_PER_ROW = 1;
/** 8 MiB of bits: enough for 60 million distinct values within 0.1 %. */
const MAX_LOG_BITS = 26;

/**
 * Present values, their range and sum, and the number of distinct ones by linear counting: each value sets the bit
 * that its hash picks, and the share of bits that stay unset tells how many there were (K.-Y. Whang et al., "A
 * linear-time probabilistic counting algorithm", 1990).
 */
function summarise(numbers: WasmNumbers, rowCount: number) {
  const logBits = Math.min(MAX_LOG_BITS, Math.ceil(Math.log2(rowCount * BITS_PER_ROW)));
  const { bitsSet, ...sums } = numbers.summarise(logBits);
  const size = 2 ** logBits;
  const distinct = Math.min(sums.present, Math.round(-size * Math.log(Math.max(1, size - bitsSet) / size)));
  return { ...sums, distinct };
}

/** One present value out of each of many equally long runs of rows, chosen by a generator with a fixed seed. */
function sampleOf(values: Float64Array, present: number): Float64Array {
  const runs = Math.min(values.length, Math.ceil((SAMPLE_VALUES * values.length) / present));
  const length = values.length / runs;
  const sample = new Float64Array(runs);
  let size = 0;
  // A linear congruential generator (Numerical Recipes).
  let state = 7;
  for (let run = 0; run < runs; run++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = values[Math.floor((run + state / 2 ** 32) * length)]!;
    if (!Number.isNaN(value)) sample[size++] = value + 0;
  }
  return sample.subarray(0, size);
}

/** Counts are distinguished up to this one: everything more frequent is a candidate. */
const FREQUENCIES = 1024;

/** The minimum count of the CANDIDATES most frequent values, or 1 if there are fewer values: found without sorting. */
function minFrequency(counts: Float64Array): number {
  const having = new Uint32Array(FREQUENCIES + 1);
  for (let at = 0; at < counts.length; at++) {
    const frequency = Math.min(FREQUENCIES, counts[at]!);
    having[frequency] = having[frequency]! + 1;
  }
  let above = 0;
  for (let frequency = FREQUENCIES; frequency > 1; frequency--) {
    above += having[frequency]!;
    if (above >= CANDIDATES) return frequency;
  }
  return 1;
}

/** The most frequent values of the sample, with how often each occurs in all rows. */
function countCandidates(column: WasmNumbers, { values, counts }: ValueCounts) {
  const minCount = minFrequency(counts);
  const candidates: number[] = [];
  for (let at = 0; at < counts.length; at++) if (counts[at]! >= minCount) candidates.push(at);
  const frequent = candidates
    .sort((left, right) => counts[right]! - counts[left]! || left - right)
    .slice(0, CANDIDATES)
    .map((at) => values[at]!);
  const exact = column.count(frequent);
  return frequent.map((value, index) => [value, exact[index]!] as const).sort((left, right) => right[1] - left[1]);
}
