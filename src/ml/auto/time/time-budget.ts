/** The share of the time that is kept for the blend, its fitting to all rows, and its test; more where these take longer. */
const RESERVED_SHARE = 0.1;

/** The time that an AUTO training may take. */
export class TimeBudget {
  readonly #seconds: number | null;
  readonly #clock: () => number;

  /** `seconds`: null for no limit. `clock`: see SearchConditions. */
  constructor(seconds: number | null, clock: () => number) {
    this.#seconds = seconds;
    this.#clock = clock;
  }

  /** What is left for more candidates where what comes after them takes `needed` seconds. */
  left(needed: number): number {
    if (this.#seconds === null) return Number.POSITIVE_INFINITY;
    return this.#seconds - Math.max(RESERVED_SHARE * this.#seconds, needed) - this.#clock();
  }

  get isOver(): boolean {
    return this.#seconds !== null && this.#clock() >= this.#seconds;
  }

  /** How much of the time for candidates is gone, 0 to 1; 0 without a limit. */
  spent(needed: number): number {
    if (this.#seconds === null) return 0;
    const all = this.#seconds - Math.max(RESERVED_SHARE * this.#seconds, needed);
    return all <= 0 ? 1 : Math.min(1, this.#clock() / all);
  }
}

/** Without a limit. */
export const UNLIMITED = new TimeBudget(null, () => 0);
