import { int32ArrayFrom } from '../../parallel/typed-arrays.ts';
import { type Random, sampleInOrder } from '../../random.ts';
import type { TrainingTarget } from '../../training-set.ts';

/** The share of the training rows held out for early stopping. */
const VALIDATION_FRACTION = 0.1;

/** With fewer training rows, a tenth of them says nothing about when to stop. */
const MIN_ROWS = 50;

/** Positions of training rows, ascending: those to fit to, and those held out. */
export interface ValidationSplit {
  readonly fitted: Int32Array;
  readonly validation: Int32Array;
}

/** Holds out a tenth of the training rows, stratified by class; none if disabled, or if there are too few rows. */
export function splitValidation(target: TrainingTarget, isEnabled: boolean, random: Random): ValidationSplit {
  const rowCount = target.task === 'REGRESSION' ? target.values.length : target.codes.length;
  const all = int32ArrayFrom(rowCount, (i) => i);
  if (!isEnabled || rowCount < MIN_ROWS) return { fitted: all, validation: new Int32Array(0) };
  const strata =
    target.task === 'REGRESSION' ? [all] : target.labels.map((_, k) => all.filter((i) => target.codes[i] === k));
  const isValidation = new Uint8Array(rowCount);
  for (const stratum of strata) {
    // Rounded down: a class of a few rows stays with the rows to fit to.
    for (const i of sampleInOrder(stratum, Math.floor(stratum.length * VALIDATION_FRACTION), random)) {
      isValidation[i] = 1;
    }
  }
  return { fitted: all.filter((i) => isValidation[i] === 0), validation: all.filter((i) => isValidation[i] === 1) };
}

/** The round of the smallest loss so far (0: none had a loss), that loss, and the last round. */
export interface BestRound {
  readonly loss: number;
  readonly iteration: number;
  readonly last: number;
}

/** Keeps the best round, and stops when it has not improved for a number of rounds. */
export class EarlyStopping {
  readonly #rounds: number;
  #best: BestRound;

  /** `best`: as an earlier fitting left it. */
  constructor(rounds: number, best: BestRound = { loss: Number.POSITIVE_INFINITY, iteration: 0, last: 0 }) {
    this.#rounds = rounds;
    this.#best = best;
  }

  get best(): BestRound {
    return this.#best;
  }

  /** The round to keep: of the smallest loss, or the last one if no loss was ever given. */
  get bestIteration(): number {
    return this.#best.iteration === 0 ? this.#best.last : this.#best.iteration;
  }

  /** Whether there was no improvement for too many rounds. */
  get isOver(): boolean {
    return this.#best.iteration > 0 && this.#best.last - this.#best.iteration >= this.#rounds;
  }

  /** Records a round's loss; null: no validation rows. */
  record(iteration: number, loss: number | null): void {
    const isBest = loss !== null && loss < this.#best.loss;
    this.#best = isBest ? { loss, iteration, last: iteration } : { ...this.#best, last: iteration };
  }
}
