import type { FoldOutcome } from '../candidate-record.ts';
import type { FoldTask } from '../lanes/fold-job.ts';
import type { RaceState } from '../race-state.ts';
import type { SearchConditions } from '../search-conditions.ts';
import type { FitForecast } from './fit-forecast.ts';
import { refitSeconds } from './refit-seconds.ts';
import type { TimeBudget } from './time-budget.ts';

/** Fitting to all rows is shared by the threads that fitted a fold each: by two not in half the time. */
const SHARED_FIT = 0.75;

/** What the time of a race is told by. */
export interface RaceTimes {
  readonly state: RaceState;
  readonly budget: TimeBudget;
  /** Of a fold in one lane. */
  readonly forecast: FitForecast;
  /** Folds that are fitted at once. */
  readonly lanes: number;
  readonly search: Pick<SearchConditions, 'testRows' | 'isRefitted'>;
  readonly trainRows: number;
  /** The index of the candidate that is fitted to all training rows already; null: none is. */
  readonly fitted: number | null;
}

/** Whether there is time for more folds of more candidates. */
export class RaceClock {
  readonly #times: RaceTimes;

  constructor(times: RaceTimes) {
    this.#times = times;
  }

  /** Whether the time for candidates is over. */
  get isOver(): boolean {
    return this.#times.budget.left(this.#needed()) <= 0;
  }

  /** How much of the time for candidates is gone, 0 to 1. */
  get spent(): number {
    return this.#times.budget.spent(this.#needed());
  }

  /** A fold took so long. */
  remember({ index, fold }: FoldTask, { fitSeconds, rounds }: FoldOutcome): void {
    const { state, forecast } = this.#times;
    forecast.record(state.candidates[index]!, state.rows.folds[fold]!.train.length, fitSeconds, rounds);
  }

  /** Says that the folds that a candidate lacks do not fit into the time beside those of `open` candidates; null: they do. */
  lacksTime(index: number, open: readonly number[]): string | null {
    const { state, forecast, budget, lanes, trainRows, fitted } = this.#times;
    const ofFold = this.#secondsOfFold(index);
    const before = open.filter((each) => each < index).reduce((sum, each) => sum + this.#secondsOfRest(each), 0);
    const takes = Math.max(ofFold, (before + this.#secondsOfRest(index)) / lanes);
    const refit = index === fitted ? 0 : this.#shared * forecast.seconds(state.candidates[index]!, trainRows);
    const left = budget.left(this.#needed() + refit);
    if (takes <= left) return null;
    return `it would take about ${rounded(takes)} s, and ${rounded(Math.max(0, left))} s are left`;
  }

  #secondsOfRest(index: number): number {
    const { state } = this.#times;
    return (state.rows.folds.length - state.record(index).outcomes.length) * this.#secondsOfFold(index);
  }

  #secondsOfFold(index: number): number {
    const { state, forecast } = this.#times;
    return forecast.seconds(state.candidates[index]!, state.rows.folds[0]!.train.length);
  }

  /** What a fitting by all threads takes, of what it takes in a lane. */
  get #shared(): number {
    return this.#times.lanes === 1 ? 1 : SHARED_FIT;
  }

  /** Seconds that the model that would be delivered now still takes, from its fitting to all rows on. */
  #needed(): number {
    const { state, trainRows, search, fitted } = this.#times;
    return refitSeconds(state, { ...search, trainRows, fitted, share: this.#shared });
  }
}

/** In two digits. */
function rounded(seconds: number): string {
  return String(Number(seconds.toPrecision(2)));
}
