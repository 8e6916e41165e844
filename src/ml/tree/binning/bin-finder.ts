import { binOf } from '../../../runtime/predict/encode-features.ts';
import type { TrainingWasm } from '../../parallel/training-wasm.ts';

/** Cells of the grid: several for each of at most 254 edges, and small enough (4 KB) for the processor's first cache. */
const CELLS = 2_048;

/** The most edges that are scanned linearly; beyond that a binary search is faster. */
const MAX_STEPS = 16;

/** What a thread needs for finding bins. In wasm memory. */
export interface BinRoom {
  readonly edges: Float64Array;
  readonly lowest: Uint8Array;
}

export function createBinRoom(wasm: TrainingWasm): BinRoom {
  return { edges: wasm.doubles(255), lowest: wasm.bytes(CELLS) };
}

/** Finds the same bins as runtime's binOf, faster for many numbers, by arrays that are used again for each feature. */
export class BinFinder {
  readonly #wasm: TrainingWasm;
  readonly #edges: Float64Array;
  readonly #lowest: Uint8Array;

  constructor(wasm: TrainingWasm, { edges, lowest }: BinRoom) {
    this.#wasm = wasm;
    this.#edges = edges;
    this.#lowest = lowest;
  }

  /** Writes the bin of each number to `bins`; both are in wasm memory. Cost: about 4 ns a number. */
  find(edges: Float64Array, numbers: Float64Array, bins: Uint8Array): void {
    const first = edges[0] ?? 0;
    const scale = CELLS / ((edges[edges.length - 1] ?? 0) - first);
    if (edges.length < 2 || !Number.isFinite(scale) || scale === 0 || !this.#fillGrid(edges, first, scale)) {
      for (let i = 0; i < numbers.length; i++) bins[i] = binOf(edges, numbers[i]!);
      return;
    }
    this.#edges.set(edges);
    this.#wasm.functions.findBins(
      this.#wasm.addressOf(numbers),
      numbers.length,
      this.#wasm.addressOf(this.#edges),
      edges.length,
      this.#wasm.addressOf(this.#lowest),
      CELLS,
      first,
      scale,
      this.#wasm.addressOf(bins),
    );
  }

  /** Fills the grid; false where edges crowd into few cells. */
  #fillGrid(edges: Float64Array, first: number, scale: number): boolean {
    const lowest = this.#lowest.fill(edges.length);
    for (let edge = edges.length - 1; edge >= 0; edge--) {
      // As the compiled loop computes it.
      const cell = Math.trunc(Math.min(Math.max((edges[edge]! - first) * scale, 0), CELLS - 1));
      lowest.fill(edge, 0, cell + 1);
    }
    for (let cell = 0; cell < CELLS; cell++) {
      if ((lowest[cell + 1] ?? edges.length) - lowest[cell]! > MAX_STEPS) return false;
    }
    return true;
  }
}
