import type { TrainingWasm } from '../../parallel/training-wasm.ts';
import type { Random } from '../../random.ts';

/**
 * Edges are placed by at most this many rows: the quantiles of 100,000 rows are right to a third of a bin of 1/255, and
 * sorting them takes a few milliseconds for a column, whatever its length.
 */
const SAMPLE_ROWS = 100_000;

/** Places edges, by arrays that are used again for each feature. */
export class BinEdges {
  readonly #wasm: TrainingWasm;
  readonly #maxBins: number;
  readonly #random: Random;
  readonly #sample: Float64Array;
  readonly #counts: Float64Array;
  readonly #edges: Float64Array;

  /** `rowCount`: the most numbers that are given at once. */
  constructor(rowCount: number, maxBins: number, random: Random, wasm: TrainingWasm) {
    this.#wasm = wasm;
    this.#maxBins = maxBins;
    this.#random = random;
    this.#sample = wasm.doubles(Math.min(rowCount, SAMPLE_ROWS));
    this.#counts = wasm.doubles(this.#sample.length);
    this.#edges = wasm.doubles(maxBins);
  }

  /**
   * The edges between bins of about equally many of the numbers, NaN left out: ascending, at most maxBins - 1 of them. With
   * no more than maxBins distinct values each value gets a bin. Every edge lies midway between two neighbouring values of
   * the sample. Cost: one radix sort of the sample.
   */
  of(numbers: Float64Array): Float64Array {
    const { functions } = this.#wasm;
    const size = this.#drawSample(numbers);
    const [sample, counts] = [this.#wasm.addressOf(this.#sample), this.#wasm.addressOf(this.#counts)];
    const known = functions.gatherNumbers(sample, size);
    // The memory of the counts is free until they are counted.
    functions.sortNumbers(sample, counts, known);
    const distinct = functions.countRuns(sample, known, counts);
    const edges = this.#wasm.addressOf(this.#edges);
    return this.#edges.slice(0, functions.placeEdges(sample, counts, distinct, this.#maxBins, edges));
  }

  /** Copies all numbers, or one drawn from each of SAMPLE_ROWS stretches of equal length; returns how many. */
  #drawSample(numbers: Float64Array): number {
    const sample = this.#sample;
    if (numbers.length <= sample.length) {
      sample.set(numbers);
      return numbers.length;
    }
    const stretch = numbers.length / sample.length;
    for (let i = 0; i < sample.length; i++) {
      const at = Math.floor((i + this.#random.uniform()) * stretch);
      sample[i] = numbers[Math.min(at, numbers.length - 1)]!;
    }
    return sample.length;
  }
}
