import type { BestRound } from './early-stopping.ts';

/**
 * Rounds that are expected of a boosting that stops early, before its validation loss tells more: about the middle of what real
 * tables take at the default learning rate.
 */
export const EXPECTED_ROUNDS = 400;

/** While the loss still falls, the best round is expected to come this much later than the best one so far. */
const STILL_FALLING = 1.3;

/**
 * The progress of rounds of which nobody knows how many there will be: each takes an equal share of what is left, for as many
 * rounds as are expected now. So it never falls, and is in proportion to the rounds where their number is fixed.
 */
export class RoundProgress {
  readonly #ends: number;
  readonly #limit: number;
  /** Rounds without improvement that end it; null: no early stopping. */
  readonly #waits: number | null;
  #progress: number;

  /** `progress`: where it is before the next round; `ends`: where it is after the last. */
  constructor(progress: number, ends: number, limit: number, waits: number | null) {
    this.#progress = progress;
    this.#ends = ends;
    this.#limit = limit;
    this.#waits = waits;
  }

  /** After the rounds so far. */
  get progress(): number {
    return this.#progress;
  }

  /** While the next round is done by this share, 0 to 1; `best`: of the `rounds` so far. */
  during(rounds: number, best: BestRound | null, share: number): number {
    const left = Math.max(1, this.#expected(rounds, best) - rounds);
    return this.#progress + (share * (this.#ends - this.#progress)) / left;
  }

  /** The next round is done; the arguments are those of before it. */
  advance(rounds: number, best: BestRound | null): void {
    this.#progress = this.during(rounds, best, 1);
  }

  /** The rounds that are expected in all: the longer the loss has not improved, the surer it is that it ends by that. */
  #expected(rounds: number, best: BestRound | null): number {
    if (this.#waits === null) return this.#limit;
    const bestRound = best?.iteration ?? 0;
    const stalled = Math.min(1, (rounds - bestRound) / this.#waits);
    const ifStalled = bestRound + this.#waits;
    const ifFalling = Math.max(EXPECTED_ROUNDS, STILL_FALLING * bestRound + this.#waits);
    return Math.min(this.#limit, stalled * ifStalled + (1 - stalled) * ifFalling);
  }
}
