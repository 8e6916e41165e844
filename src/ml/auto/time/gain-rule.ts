/** So many candidates without gain are tried on tables of up to so many rows; on larger ones all. */
const CANDIDATES_BY_ROWS = [
  { rows: 100, candidates: 4 },
  { rows: 500, candidates: 8 },
  { rows: 2_500, candidates: 15 },
  { rows: 10_000, candidates: 40 },
] as const;

/** A smaller share of the loss is no gain. */
const SMALLEST_GAIN = 1e-3;

/** Data alone. */
export interface GainState {
  /** The smallest loss that was a gain. */
  readonly best: number;
  /** Candidates since then. */
  readonly waited: number;
  /** How many candidates had ended when there had been enough of them; null or left out: there were not yet. */
  readonly enoughAfter?: number | null;
}

/** On few rows, further candidates soon fit the chance of the folds: the search ends where they bring no gain. */
export class GainRule {
  readonly #candidates: number;
  #state: GainState;

  /** `state`: as an earlier attempt left it. */
  constructor(trainRows: number, state: GainState = { best: Number.POSITIVE_INFINITY, waited: 0 }) {
    this.#state = state;
    this.#candidates = CANDIDATES_BY_ROWS.find(({ rows }) => trainRows <= rows)?.candidates ?? Number.POSITIVE_INFINITY;
  }

  /** Another candidate is done, when `ended` have ended; `loss`: of the best that can be made of all so far. */
  record(loss: number, ended: number): void {
    const { best, waited, enoughAfter = null } = this.#state;
    const next = loss < best * (1 - SMALLEST_GAIN) ? { best: loss, waited: 0 } : { best, waited: waited + 1 };
    this.#state = { ...next, enoughAfter: enoughAfter ?? (next.waited >= this.#candidates ? ended : null) };
  }

  get state(): GainState {
    return this.#state;
  }

  /** Whether no further candidate is worth its time after the first `ended` ones. */
  isOver(ended: number): boolean {
    const { enoughAfter = null } = this.#state;
    return enoughAfter !== null && enoughAfter <= ended;
  }
}
