import type { NumberReader } from '../../runtime/encode-features.ts';
import type { Random } from '../random.ts';

/**
 * Edges are placed by at most this many rows: the quantiles of 100,000 rows are right to a third of a bin of 1/255, and
 * sorting them takes some 10 ms for a column, whatever its length.
 */
const SAMPLE_ROWS = 100_000;

/**
 * The edges between bins of about equally many rows: ascending, at most maxBins - 1 of them. With no more than maxBins
 * distinct values each value gets a bin. Every edge lies midway between two neighbouring values of the sample.
 * Cost: one sort of the sample.
 */
export function fitBinEdges(numberAt: NumberReader, rows: Int32Array, maxBins: number, random: Random): Float64Array {
  const sorted = sampleNumbers(numberAt, rows, random).sort();
  const distinct: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (value === distinct[distinct.length - 1]) counts[counts.length - 1]!++;
    else {
      distinct.push(value);
      counts.push(1);
    }
  }
  return cutAfter(distinct, counts, maxBins);
}

/**
 * The edges for ascending distinct values and how often each occurs. A value with a full bin's share of the rows gets a bin
 * to itself; the others divide the bins that are left evenly.
 */
function cutAfter(distinct: readonly number[], counts: readonly number[], maxBins: number): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const isHeavy = counts.map((count) => count * maxBins >= total);
  let heavyLeft = isHeavy.filter((heavy) => heavy).length;
  let lightRowsLeft = counts.reduce((sum, count, i) => (isHeavy[i] ? sum : sum + count), 0);
  const edges: number[] = [];
  let rowsInBin = 0;
  for (let i = 0; i + 1 < distinct.length && edges.length + 1 < maxBins; i++) {
    rowsInBin += counts[i]!;
    // One bin at least is left for light values, however many heavy ones are to come.
    const share = lightRowsLeft / Math.max(1, maxBins - edges.length - heavyLeft);
    const isFull = isHeavy[i] === true || isHeavy[i + 1] === true || rowsInBin >= share;
    if (!isFull && distinct.length > maxBins) continue;
    edges.push(midpoint(distinct[i]!, distinct[i + 1]!));
    if (isHeavy[i] === true) heavyLeft--;
    else lightRowsLeft -= rowsInBin;
    rowsInBin = 0;
  }
  return Float64Array.from(edges);
}

/** The known numbers of the rows, or of a sample: one row drawn from each of SAMPLE_ROWS stretches of equal length. */
function sampleNumbers(numberAt: NumberReader, rows: Int32Array, random: Random): Float64Array {
  const size = Math.min(rows.length, SAMPLE_ROWS);
  const stretch = rows.length / size;
  const sample = new Float64Array(size);
  let known = 0;
  for (let i = 0; i < size; i++) {
    const at = stretch === 1 ? i : Math.floor((i + random.uniform()) * stretch);
    const value = numberAt(rows[Math.min(at, rows.length - 1)]!);
    if (!Number.isNaN(value)) sample[known++] = value;
  }
  return sample.subarray(0, known);
}

/** A number m with a <= m < b, midway as far as doubles allow; a < b. */
function midpoint(a: number, b: number): number {
  const middle = a / 2 + b / 2;
  return middle >= a && middle < b ? middle : a;
}
