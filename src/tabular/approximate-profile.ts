import { type HistogramBin, HistogramBins } from './histogram.ts';
import { countByHash, countBySort, NumberFilter, type ValueCounts } from './value-counts.ts';

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
  /** Values that are frequent in the sample, most frequent first; counts are exact from 0.1 % of the rows on. */
  readonly top: readonly (readonly [value: number, count: number])[];
}

/** Values in the sample: a quantile's rank is then within 0.5 % of the rows in all but one of 3,000 columns. */
const SAMPLE_VALUES = 1 << 17;
/** Frequent values of the sample that are counted in all rows. */
const CANDIDATES = 200;
/** Sums of squares of larger numbers may overflow. */
const LARGEST_SQUARED = 1e150;

/**
 * Looks at numbers three times, about 15 ns each in all, where sorting them takes 100 ns; null where there are so few
 * distinct ones, or so large ones, that exact counting is better. The same numbers give the same estimates.
 */
export function estimateNumbers(values: Float64Array): NumberEstimates | null {
  const sums = summarise(values);
  if (sums.present === 0 || Math.max(-sums.low, sums.high) > LARGEST_SQUARED) return null;
  const sample = sampleOf(values, sums.present);
  // Where a sample has few distinct values, so has the whole, and those are quickly counted.
  if (countByHash(sample) !== null && countByHash(values) !== null) return null;
  const mean = sums.sum / sums.present;
  const bins = new HistogramBins(sums.low, sums.high);
  let squares = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    if (Number.isNaN(value)) continue;
    squares += (value - mean) * (value - mean);
  }
  bins.addAll(values);
  const counts = countBySort(sample);
  return {
    ...sums,
    mean,
    stddev: Math.sqrt(squares / Math.max(1, sums.present - 1)),
    histogram: bins.all(),
    counts,
    top: countCandidates(values, counts, sums.present),
  };
}

/** At least one bit for each row: the estimate is then within 0.3 % of a million distinct values nearly always. */
const BITS_PER_ROW = 1;
/** 8 MiB of bits: enough for 60 million distinct values within 0.1 %. */
const MOST_BITS = 2 ** 26;

/**
 * Present values, their range and sum, and the number of distinct ones by linear counting: each value sets the bit
 * that its hash picks, and the share of bits that stay unset tells how many there were (K.-Y. Whang et al., "A
 * linear-time probabilistic counting algorithm", 1990).
 */
function summarise(values: Float64Array) {
  const size = Math.min(MOST_BITS, 2 ** Math.ceil(Math.log2(values.length * BITS_PER_ROW)));
  const bits = new Int32Array(size / 32);
  const words = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  let present = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    if (Number.isNaN(value)) continue;
    present++;
    sum += value;
    if (value < low) low = value;
    if (value > high) high = value;
    // -0 has a bit set that 0 has not, and is the same value.
    const upper = value === 0 ? 0 : (words[row * 2 + 1] as number);
    let hash = Math.imul((words[row * 2] as number) ^ Math.imul(upper ^ (upper >>> 15), 0x85ebca6b), 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15), 0x27d4eb2f);
    hash = (hash ^ (hash >>> 16)) & (size - 1);
    bits[hash >>> 5] = (bits[hash >>> 5] as number) | (1 << (hash & 31));
  }
  let unset = 0;
  for (const word of bits) unset += 32 - bitCount(word);
  const distinct = Math.min(present, Math.round(-size * Math.log(Math.max(1, unset) / size)));
  return { present, low, high, sum, distinct };
}

/** The bits of a word that are 1, by adding up neighbours in ever wider fields. */
function bitCount(word: number): number {
  let count = word - ((word >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
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
    const value = values[Math.floor((run + state / 2 ** 32) * length)] as number;
    if (!Number.isNaN(value)) sample[size++] = value + 0;
  }
  return sample.subarray(0, size);
}

/** Counts are told apart up to here: whatever is more frequent is a candidate in any case. */
const FREQUENCIES = 1024;

/** The count that at least so many values have as there are candidates, or all of them: found without sorting. */
function leastFrequency(counts: Float64Array): number {
  const having = new Uint32Array(FREQUENCIES + 1);
  for (let at = 0; at < counts.length; at++) {
    const frequency = Math.min(FREQUENCIES, counts[at] as number);
    having[frequency] = (having[frequency] as number) + 1;
  }
  let above = 0;
  for (let frequency = FREQUENCIES; frequency > 1; frequency--) {
    above += having[frequency] as number;
    if (above >= CANDIDATES) return frequency;
  }
  return 1;
}

/** Values that make up less of the sample than this are not worth counting in all rows. */
const WORTH_COUNTING = 0.001;

/** The most frequent values of the sample: counted in all rows where they are frequent, else by their share of the sample. */
function countCandidates(column: Float64Array, { values, counts, present: sampled }: ValueCounts, present: number) {
  const least = leastFrequency(counts);
  const candidates: number[] = [];
  for (let at = 0; at < counts.length; at++) if ((counts[at] as number) >= least) candidates.push(at);
  const order = candidates
    .sort((left, right) => (counts[right] as number) - (counts[left] as number) || left - right)
    .slice(0, CANDIDATES);
  const found = new Map<number, number>();
  const frequent: number[] = [];
  for (const at of order) {
    const share = (counts[at] as number) / sampled;
    if (share >= WORTH_COUNTING) frequent.push(values[at] as number);
    found.set(values[at] as number, share >= WORTH_COUNTING ? 0 : Math.round(share * present));
  }
  if (frequent.length > 0) {
    const chosen = Float64Array.from(frequent);
    const filter = new NumberFilter(chosen, new Float64Array(chosen.length).fill(1), 1);
    const wanted = new Set(frequent);
    for (let row = 0; row < column.length; row++) {
      const value = (column[row] as number) + 0;
      if (filter.mayHold(value) && wanted.has(value)) found.set(value, (found.get(value) ?? 0) + 1);
    }
  }
  return [...found].sort((left, right) => right[1] - left[1]);
}
