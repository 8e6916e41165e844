import type { TrainingWasm } from '../../parallel/training-wasm.ts';
import type { GrowthWorkerInput } from '../shared-growth-state.ts';
import type { ValidationSplit } from './early-stopping.ts';

/**
 * Up to this many rows, all are used for choosing the splits of each round; of more, a random half per round: with so many
 * rows the others would not change the result, and leaf values are computed from all rows in any case. (Friedman 2002,
 * "Stochastic gradient boosting", found that half of the rows predict better than all.)
 */
const MAX_UNSAMPLED_ROWS = 250_000;
const SUBSAMPLE_FRACTION = 0.5;

/**
 * Of many rows, 2^3 neighbours are drawn together: memory is fetched in lines of several rows, and one row of each would cost
 * as much as all.
 */
const SAMPLE_BLOCK_BITS = 3;

/** Puts the rows of a boosting in the order that a round needs. */
export class RoundSample {
  /** In wasm memory. */
  readonly #fitted: Int32Array;
  readonly #validation: Int32Array;
  readonly #rowFraction: number;
  readonly #growth: GrowthWorkerInput;
  readonly #wasm: TrainingWasm;

  /** `rowFraction`: null for the share by size, see MAX_UNSAMPLED_ROWS. */
  constructor(
    { fitted, validation }: ValidationSplit,
    rowFraction: number | null,
    growth: GrowthWorkerInput,
    wasm: TrainingWasm,
  ) {
    this.#fitted = wasm.integers(fitted.length);
    this.#fitted.set(fitted);
    this.#validation = validation;
    this.#rowFraction = rowFraction ?? (fitted.length > MAX_UNSAMPLED_ROWS ? SUBSAMPLE_FRACTION : 1);
    this.#growth = growth;
    this.#wasm = wasm;
  }

  /**
   * Puts the rows that the round's splits are chosen on first, then the others, those that are set aside last; the same
   * ones for the same `seed`. Returns how many are drawn.
   */
  draw(seed: number): number {
    const { rows, spare } = this.#growth;
    const fitted = this.#fitted;
    rows.set(this.#validation, fitted.length);
    if (this.#rowFraction < 1) {
      const bits = fitted.length > MAX_UNSAMPLED_ROWS ? SAMPLE_BLOCK_BITS : 0;
      const limit = Math.floor(this.#rowFraction * 2 ** 32);
      const [from, to, room] = [this.#wasm.addressOf(fitted), this.#wasm.addressOf(rows), this.#wasm.addressOf(spare)];
      const drawn = this.#wasm.functions.sampleRows(from, fitted.length, seed, limit, bits, to, room);
      if (drawn > 0) return drawn;
    }
    rows.set(fitted);
    return fitted.length;
  }
}
