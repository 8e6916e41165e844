import type { FitCheckpoint, FitConditions, FitStep } from '../estimator.ts';
import { type PreparedFold, prepareFold } from '../folds/prepared-fold.ts';
import { mapSteps } from '../steps.ts';
import { TrainingDataError } from '../training-data-error.ts';
import { candidateFold } from './candidate-folds.ts';
import type { CandidateRecord, FoldOutcome } from './candidate-record.ts';
import { isClearlyWorse } from './drop-test.ts';
import type { RaceState } from './race-state.ts';
import type { SearchConditions } from './search-conditions.ts';
import type { FitForecast } from './time/fit-forecast.ts';
import { GainRule, type GainState } from './time/gain-rule.ts';
import { refitSeconds } from './time/refit-seconds.ts';
import type { TimeBudget } from './time/time-budget.ts';

/** What candidates are tried under. */
export interface RaceConditions extends Pick<FitConditions, 'pool' | 'stopReason'> {
  readonly search: SearchConditions;
  readonly budget: TimeBudget;
  readonly forecast: FitForecast;
  readonly trainRows: number;
  /** For each candidate how many folds a plan fits; null: without a plan. */
  readonly plannedFolds: readonly number[] | null;
}

/** How far a race got: data alone. */
export interface RaceCheckpoint {
  readonly records: readonly CandidateRecord[];
  readonly gains: GainState;
  /** Of the fold that was being fitted; null: none was, or nothing can be kept of it. */
  readonly fit: FitCheckpoint | null;
}

/** Why candidates were left out; null: none was, but for lack of worth. */
export type RaceEnd = 'STOPPED' | 'TIME_BUDGET' | 'EARLY_STOPPING' | null;

/** A yield point between fittings or within one. */
export interface RaceStep extends Omit<FitStep, 'checkpoint'> {
  /** Valid until the next step is requested; null where none can be made. */
  readonly checkpoint: (() => RaceCheckpoint) | null;
}

/** The first candidate is tried whatever the time: without it there is nothing to deliver. */
const ALWAYS_TRIED = 0;

/**
 * Tries the candidates one after the other, fold by fold, as long as the time allows for it and it helps. With a plan it does what
 * the plan says, however long it takes.
 */
export class CandidateRace {
  readonly #state: RaceState;
  readonly #conditions: RaceConditions;
  readonly #clock: () => number;
  readonly #prepared: PreparedFold[] = [];
  readonly #gains: GainRule;
  #progress = 0;

  /** `gains`: as an earlier attempt left it; null: there was none. */
  constructor(state: RaceState, conditions: RaceConditions, gains: GainState | null) {
    this.#state = state;
    this.#conditions = conditions;
    this.#clock = conditions.search.clock ?? (() => 0);
    this.#gains = new GainRule(conditions.trainRows, gains ?? undefined);
    for (const [index, record] of state.records.entries()) {
      for (const [fold, outcome] of record.outcomes.entries()) this.#remember(index, fold, outcome);
    }
  }

  /** Between fittings. */
  checkpoint(): RaceCheckpoint {
    return { records: [...this.#state.records], gains: this.#gains.state, fit: null };
  }

  /**
   * `fit`: where the fitting of the fold got to in which an earlier attempt ended; `end`: how the race ended then, null or
   * undefined as below. Returns why it ended early; null: it did not.
   */
  *run(fit: FitCheckpoint | null, end?: RaceEnd): Generator<RaceStep, RaceEnd> {
    const { candidates } = this.#state;
    if (this.#state.records.some(({ status }) => status === 'DONE')) yield* this.#choose(false);
    yield this.#step();
    if (end !== undefined) return end;
    let isShort = false;
    for (const index of candidates.keys()) {
      if (this.#state.isFinished(index)) continue;
      const reason = index === ALWAYS_TRIED ? null : this.#endsBefore();
      if (reason !== null) {
        this.#skipRest(index, END_REASONS[reason]);
        yield this.#step();
        return reason;
      }
      yield* this.#try(index, this.#state.record(index).status === 'RUNNING' ? fit : null);
      isShort ||= this.#state.record(index).status === 'SKIPPED';
    }
    return isShort && this.#conditions.plannedFolds === null ? 'TIME_BUDGET' : null;
  }

  *#try(index: number, fit: FitCheckpoint | null): Generator<RaceStep, void> {
    const { plannedFolds } = this.#conditions;
    const folds = this.#state.rows.folds.length;
    const wanted = plannedFolds?.[index] ?? folds;
    const lacking =
      plannedFolds === null ? this.#lacksTime(index, folds - this.#state.record(index).outcomes.length) : null;
    if (wanted === 0 || lacking !== null) {
      this.#state.setStatus(index, 'SKIPPED', lacking ?? BY_PLAN);
      yield this.#step();
      return;
    }
    this.#state.setStatus(index, 'RUNNING');
    yield this.#step();
    const begun = this.#state.record(index).outcomes.length;
    for (let fold = begun; fold < wanted; fold++) {
      const isOver = yield* this.#fold(index, fold, fold === begun ? fit : null);
      yield this.#step();
      if (isOver) return;
    }
    if (wanted < folds) {
      this.#state.setStatus(index, 'DROPPED', BY_PLAN);
      yield this.#step();
      return;
    }
    this.#state.setStatus(index, 'DONE');
    yield* this.#choose(true);
  }

  /** Fits one fold. Returns whether the candidate is not to go on. */
  *#fold(index: number, fold: number, fit: FitCheckpoint | null): Generator<RaceStep, boolean> {
    try {
      const outcome = yield* this.#fitFold(index, fold, fit);
      if (outcome === null) {
        const isStopped = this.#conditions.stopReason() === 'STOPPED';
        this.#state.setStatus(index, 'SKIPPED', END_REASONS[isStopped ? 'STOPPED' : 'TIME_BUDGET']);
        return true;
      }
      this.#remember(index, fold, outcome);
      this.#state.addOutcome(index, outcome);
    } catch (error) {
      if (!(error instanceof TrainingDataError)) throw error;
      this.#state.setStatus(index, 'FAILED', error.message);
      return true;
    }
    if (this.#conditions.plannedFolds !== null) return false;
    if (fold === 0 && this.#isClearlyWorse(index)) {
      this.#state.setStatus(index, 'DROPPED', 'clearly worse than the best one on the first fold');
      return true;
    }
    const left = this.#state.rows.folds.length - fold - 1;
    const lacking = left === 0 ? null : this.#lacksTime(index, left);
    if (lacking !== null) this.#state.setStatus(index, 'SKIPPED', lacking);
    return lacking !== null;
  }

  /** Null where it was not finished: the training is to end. */
  *#fitFold(index: number, fold: number, checkpoint: FitCheckpoint | null): Generator<RaceStep, FoldOutcome | null> {
    const { search, pool } = this.#conditions;
    const candidate = this.#state.candidates[index]!;
    const before = (index + fold / this.#state.rows.folds.length) / this.#state.candidates.length;
    const preparing = prepareFold(search.source, this.#state.rows.folds[fold]!);
    const prepared =
      this.#prepared[fold] ?? (yield* mapSteps(preparing, () => this.#step(before, checkpoint && (() => checkpoint))));
    this.#prepared[fold] = prepared;
    if (prepared.features.length === 0 && candidate.algorithm !== 'BASELINE') {
      throw new TrainingDataError('FOLDS_IMPOSSIBLE', 'no feature tells the training rows of a fold apart', null);
    }
    const { source } = search;
    const work = { source, candidate, prepared, fold, rows: this.#state.rows, clock: this.#clock, pool, checkpoint };
    const fitting = candidateFold(work);
    let step = fitting.next();
    for (; step.done !== true; step = fitting.next()) {
      if (index !== ALWAYS_TRIED && this.#isOver()) {
        (fitting as Generator<unknown, unknown>).return(null);
        return null;
      }
      const { progress, checkpoint: makeFit } = step.value;
      const folds = (fold + progress) / this.#state.rows.folds.length;
      yield this.#step((index + folds) / this.#state.candidates.length, makeFit ?? null);
    }
    return step.value;
  }

  *#choose(isNew: boolean): Generator<RaceStep, void> {
    // In between nobody could tell that the choice is still to be made.
    const { loss } = yield* mapSteps(this.#state.choose(), (): RaceStep => ({ ...this.#step(), checkpoint: null }));
    if (!isNew) return;
    this.#gains.record(loss);
    const iteration = this.#state.records.filter(({ status }) => status === 'DONE').length;
    yield { ...this.#step(), point: { iteration, trainLoss: null, validationLoss: loss } };
  }

  /** Why no further candidate is to be tried; null: there is time. */
  #endsBefore(): RaceEnd {
    if (this.#conditions.stopReason() === 'STOPPED') return 'STOPPED';
    if (this.#conditions.plannedFolds !== null) return null;
    if (this.#isOver()) return 'TIME_BUDGET';
    return this.#gains.isOver ? 'EARLY_STOPPING' : null;
  }

  #isOver(): boolean {
    if (this.#conditions.stopReason() === 'STOPPED') return true;
    return this.#conditions.plannedFolds === null && this.#conditions.budget.left(this.#needed()) <= 0;
  }

  /** Says that a candidate's folds do not fit into the time; null: they do. */
  #lacksTime(index: number, folds: number): string | null {
    if (index === ALWAYS_TRIED) return null;
    const { forecast, budget, trainRows } = this.#conditions;
    const candidate = this.#state.candidates[index]!;
    const ofFold = forecast.seconds(candidate, this.#state.rows.folds[0]!.train.length);
    const left = budget.left(this.#needed() + forecast.seconds(candidate, trainRows));
    if (folds * ofFold <= left) return null;
    return `it would take about ${rounded(folds * ofFold)} s, and ${rounded(Math.max(0, left))} s are left`;
  }

  /** Seconds that the model that would be delivered now still takes, from its fitting to all rows on. */
  #needed(): number {
    return refitSeconds(this.#state, this.#conditions.trainRows, this.#conditions.search);
  }

  #isClearlyWorse(index: number): boolean {
    const { best, rows } = this.#state;
    if (best === null || !this.#state.hasAllOutputs(ALWAYS_TRIED)) return false;
    const lossesOf = (which: number) => rows.losses(rows.scores(0, this.#state.outputs(which, 0)), 0);
    const [candidate, ofBest, baseline] = [lossesOf(index), lossesOf(best), lossesOf(ALWAYS_TRIED)];
    return isClearlyWorse({ candidate, best: ofBest, baseline });
  }

  #remember(index: number, fold: number, { fitSeconds, rounds }: FoldOutcome): void {
    const candidate = this.#state.candidates[index]!;
    this.#conditions.forecast.record(candidate, this.#state.rows.folds[fold]!.train.length, fitSeconds, rounds);
  }

  #skipRest(from: number, reason: string): void {
    for (let index = from; index < this.#state.candidates.length; index++) {
      if (!this.#state.isFinished(index)) this.#state.setStatus(index, 'SKIPPED', reason);
    }
  }

  /** `share`: of the candidates, 0 to 1; left out: as before. */
  #step(share = 0, makeFit: FitStep['checkpoint'] | null = null): RaceStep {
    const { budget, plannedFolds } = this.#conditions;
    const spent = plannedFolds === null ? budget.spent(this.#needed()) : 0;
    this.#progress = Math.min(1, Math.max(this.#progress, share, spent));
    return {
      progress: this.#progress,
      point: null,
      candidates: this.#state.changes(),
      checkpoint: () => ({ ...this.checkpoint(), fit: makeFit?.() ?? null }),
    };
  }
}

const BY_PLAN = 'by the plan';

const END_REASONS = {
  STOPPED: 'the training was stopped',
  TIME_BUDGET: 'the time was over',
  EARLY_STOPPING: 'the last candidates had brought no gain',
} as const;

/** In two digits. */
function rounded(seconds: number): string {
  return String(Number(seconds.toPrecision(2)));
}
