import type { TrainingWasm } from '../../parallel/training-wasm.ts';
import type { Random } from '../../random.ts';

/**
 * Edges are placed by at most this many rows: the quantiles of 100,000 rows are right to a third of a bin of 1/255, and
 * sorting them takes a few milliseconds for a column, whatever its length.
 */
export const SAMPLE_ROWS = 100_000;

/** The numbers of a feature that its edges are placed by. In wasm memory, used again for other features. */
export interface EdgeSample {
  readonly numbers: Float64Array;
  /** The first so many are of the sample. */
  readonly size: Int32Array;
}

/** What a thread needs for placing edges: room as long as a sample, and for counting digits. In wasm memory. */
export interface EdgeRoom {
  readonly spare: Float64Array;
  readonly counters: Uint8Array;
  readonly edges: Float64Array;
}

/** Room for a sample of so many rows. */
export function createSample(rowCount: number, wasm: TrainingWasm): EdgeSample {
  return { numbers: wasm.unsetDoubles(Math.min(rowCount, SAMPLE_ROWS)), size: wasm.integers(1) };
}

export function createEdgeRoom(rowCount: number, maxBins: number, wasm: TrainingWasm): EdgeRoom {
  return {
    spare: wasm.unsetDoubles(Math.min(rowCount, SAMPLE_ROWS)),
    counters: wasm.bytes(wasm.functions.SORT_COUNTER_BYTES.value),
    edges: wasm.doubles(maxBins),
  };
}

/** Copies all numbers, or one drawn from each of SAMPLE_ROWS stretches of equal length. */
export function drawSample(numbers: Float64Array, { numbers: sample, size }: EdgeSample, random: Random): void {
  size[0] = Math.min(numbers.length, sample.length);
  if (numbers.length <= sample.length) {
    sample.set(numbers);
    return;
  }
  const stretch = numbers.length / sample.length;
  for (let i = 0; i < sample.length; i++) {
    const at = Math.floor((i + random.uniform()) * stretch);
    sample[i] = numbers[Math.min(at, numbers.length - 1)]!;
  }
}

/**
 * The edges between bins of about equally many of the numbers, NaN left out: ascending, at most maxBins - 1 of them. With
 * no more than maxBins distinct values each value gets a bin. Every edge lies midway between two neighbouring values of
 * the sample, which is sorted. Cost: one radix sort.
 */
export function placeEdges(sample: EdgeSample, maxBins: number, room: EdgeRoom, wasm: TrainingWasm): Float64Array {
  const { functions } = wasm;
  const numbers = wasm.addressOf(sample.numbers);
  const spare = wasm.addressOf(room.spare);
  const known = functions.gatherNumbers(numbers, sample.size[0]!);
  functions.sortNumbers(numbers, spare, known, wasm.addressOf(room.counters));
  const distinct = functions.countRuns(numbers, known, spare);
  const count = functions.placeEdges(numbers, spare, distinct, maxBins, wasm.addressOf(room.edges));
  return room.edges.slice(0, count);
}
