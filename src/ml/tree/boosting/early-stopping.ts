import { classTotals, combinedWeights, type TrainingWeights } from '../../class-weights.ts';
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
  const none = { fitted: all, validation: new Int32Array(0) };
  if (!isEnabled) return none;
  const strata =
    target.task === 'REGRESSION' ? [all] : target.labels.map((_, k) => all.filter((i) => target.codes[i] === k));
  const draws = validationDraws(strata.map(({ length }) => length));
  if (draws === null) return none;
  const isValidation = new Uint8Array(rowCount);
  for (const [k, stratum] of strata.entries()) {
    for (const i of sampleInOrder(stratum, draws[k]!, random)) isValidation[i] = 1;
  }
  return { fitted: all.filter((i) => isValidation[i] === 0), validation: all.filter((i) => isValidation[i] === 1) };
}

/** How many rows of each stratum are held out, by how many it has; null for too few rows in all. */
export function validationDraws(rowsOfStrata: readonly number[]): readonly number[] | null {
  if (rowsOfStrata.reduce((sum, rows) => sum + rows, 0) < MIN_ROWS) return null;
  // Rounded down: a class of a few rows stays with the rows to fit to.
  return rowsOfStrata.map((rows) => Math.floor(rows * VALIDATION_FRACTION));
}

/**
 * Where this share of the entropy of the labels is left or less, and so many rounds have not lowered it by that share, the
 * rounds to come only make probabilities surer that are right already. Both are shares of the loss without any feature.
 */
const NEARLY_ALL_LEFT = 0.01;
const NOTABLE_FALL = 1 / 5_000;

/**
 * The entropy of the labels, each row counted by its weight: the loss that they have without any feature. 0 for numbers, whose
 * errors may matter however small they are.
 */
export function entropyOf(target: TrainingTarget, weights: TrainingWeights): number {
  if (target.task === 'REGRESSION') return 0;
  const counts = classTotals(target.codes, target.labels.length, combinedWeights(target, weights));
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((sum, count) => sum - (count / all) * Math.log(count / all), 0);
}

/** The round of the smallest loss so far (0: none had a loss), that loss, and the last round. */
export interface BestRound {
  readonly loss: number;
  readonly iteration: number;
  readonly last: number;
  /** The last round that lowered the loss notably, and to what; left out by earlier versions. */
  readonly notable?: { readonly loss: number; readonly iteration: number };
}

const NO_ROUND: BestRound = { loss: Number.POSITIVE_INFINITY, iteration: 0, last: 0 };

/** Keeps the best round, and stops when it has not improved for a number of rounds, or hardly and of hardly any loss. */
export class EarlyStopping {
  readonly #rounds: number;
  readonly #entropy: number;
  #best: BestRound;

  /** `entropy`: see entropyOf; `best`: as an earlier fitting left it. */
  constructor(rounds: number, entropy: number, best: BestRound = NO_ROUND) {
    this.#rounds = rounds;
    this.#entropy = entropy;
    this.#best = best;
  }

  get best(): BestRound {
    return this.#best;
  }

  /** The round to keep: of the smallest loss, or the last one if no loss was ever given. */
  get bestIteration(): number {
    return this.#best.iteration === 0 ? this.#best.last : this.#best.iteration;
  }

  /** Whether there was no improvement for too many rounds, or none worth its time. */
  get isOver(): boolean {
    const { loss, iteration, last, notable } = this.#best;
    if (iteration === 0) return false;
    if (last - iteration >= this.#rounds) return true;
    const isNearlyAll = loss < NEARLY_ALL_LEFT * this.#entropy;
    return isNearlyAll && notable !== undefined && last - notable.iteration >= this.#rounds;
  }

  /** Records a round's loss; null: no validation rows. */
  record(iteration: number, loss: number | null): void {
    const best = this.#best;
    if (loss === null || !(loss < best.loss)) {
      this.#best = { ...best, last: iteration };
      return;
    }
    const { notable } = best;
    const isNotable = notable === undefined || loss < notable.loss - NOTABLE_FALL * this.#entropy;
    this.#best = { loss, iteration, last: iteration, notable: isNotable ? { loss, iteration } : notable };
  }
}
