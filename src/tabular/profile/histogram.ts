import type { WasmNumbers } from '../scan/wasm-numbers.ts';

/** A range of values and how many lie in it. */
export interface HistogramBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const BINS = 20;

/** 20 bins of equal width; a value on an edge counts in the bin above it, the maximum in the last. */
export class HistogramBins {
  readonly #edges: Float64Array;
  readonly #counts = new Float64Array(BINS);
  readonly #low: number;
  readonly #perBin: number;

  /** One value alone gets a range of its own around it. */
  constructor(min: number, max: number) {
    const low = min === max ? min - 0.5 : min;
    const high = min === max ? max + 0.5 : max;
    const step = (high - low) / BINS;
    // The same edges as numpy's; weighted sums of the ends where high - low overflows.
    const edge = (bin: number) =>
      Number.isFinite(step) ? bin * step + low : low * (1 - bin / BINS) + high * (bin / BINS);
    this.#edges = Float64Array.from({ length: BINS + 1 }, (_, bin) => (bin === BINS ? high : edge(bin)));
    this.#low = low;
    this.#perBin = Number.isFinite(1 / step) ? 1 / step : 0;
  }

  /** Adds a value between min and max, `count` times. */
  add(value: number, count: number): void {
    const edges = this.#edges;
    // A guess, put right by the edges themselves: rounding makes it wrong by one now and then.
    let bin = Math.min(BINS - 1, ((value - this.#low) * this.#perBin) | 0);
    while (bin > 0 && value < edges[bin]!) bin--;
    while (bin < BINS - 1 && value >= edges[bin + 1]!) bin++;
    this.#counts[bin] = this.#counts[bin]! + count;
  }

  /** Counts numbers that lie between min and max, whose squares do not overflow; returns what WasmNumbers.spread does. */
  spread(numbers: WasmNumbers, mean: number): number {
    const { squares, counts } = numbers.spread(mean, this.#edges, this.#perBin);
    this.#counts.set(counts);
    return squares;
  }

  all(): readonly HistogramBin[] {
    return Array.from(this.#counts, (count, bin) => {
      return { from: this.#edges[bin]!, to: this.#edges[bin + 1]!, count };
    });
  }
}
