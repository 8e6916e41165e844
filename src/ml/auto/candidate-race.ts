import type { FitCheckpoint, FitConditions, FitStep } from '../estimator.ts';
import { mapSteps } from '../steps.ts';
import type { CandidateRecord } from './candidate-record.ts';
import { FirstFolds } from './first-folds.ts';
import type { FinishedFold, FoldTask } from './lanes/fold-job.ts';
import type { FoldLanes } from './lanes/fold-lanes.ts';
import type { RaceState } from './race-state.ts';
import { GainRule, type GainState } from './time/gain-rule.ts';
import type { RaceClock } from './time/race-clock.ts';

/** What candidates are tried under. */
export interface RaceConditions extends Pick<FitConditions, 'stopReason'> {
  /** The threads that fit the folds. */
  readonly openLanes: () => FoldLanes;
  readonly clock: RaceClock;
  readonly trainRows: number;
  /** For each candidate how many folds a plan fits; null: without a plan. */
  readonly plannedFolds: readonly number[] | null;
  /** The index of the usual model, which is fitted to all folds. */
  readonly usual: number;
}

/** How far a race got: data alone. */
export interface RaceCheckpoint {
  readonly records: readonly CandidateRecord[];
  readonly gains: GainState;
  /** The candidates that the choice looked at; left out: those at the beginning that have ended. */
  readonly judged?: number;
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

/** So many candidates are begun before one is known to be worth nothing: threads would wait for it otherwise. */
const AHEAD = 2;

/**
 * Tries the candidates in their order, fold by fold, several folds at once where there are lanes for it, as long as the time allows
 * for it and it helps. With a plan it does what the plan says, however long it takes. What comes of it depends on the time alone,
 * and not on the lanes: candidates are compared, judged and given up in their order.
 */
export class CandidateRace {
  readonly #state: RaceState;
  readonly #conditions: RaceConditions;
  readonly #gains: GainRule;
  readonly #firstFolds = new FirstFolds();
  /** For each candidate, the folds that were begun. */
  readonly #begun: number[];
  /** Folds that are finished before one that comes first. */
  readonly #early: FinishedFold[] = [];
  #inFlight = 0;
  #judged: number;
  #progress = 0;
  #end: RaceEnd = null;
  #isShort = false;

  /** `from`: what an earlier attempt left; null: there was none. */
  constructor(state: RaceState, conditions: RaceConditions, from: RaceCheckpoint | null) {
    this.#state = state;
    this.#conditions = conditions;
    this.#gains = new GainRule(conditions.trainRows, from?.gains);
    this.#begun = state.records.map(({ outcomes }) => outcomes.length);
    const unfinished = state.records.findIndex((_, index) => !state.isFinished(index));
    this.#judged = from === null ? 0 : (from.judged ?? (unfinished < 0 ? state.records.length : unfinished));
    for (const [index, { outcomes }] of state.records.entries()) {
      for (const [fold, outcome] of outcomes.entries()) conditions.clock.remember({ index, fold }, outcome);
    }
  }

  /** Between fittings. */
  checkpoint(): RaceCheckpoint {
    return { records: [...this.#state.records], gains: this.#gains.state, judged: this.#judged, fit: null };
  }

  /**
   * `fit`: where the fitting of the fold got to in which an earlier attempt ended; `end`: how the race ended then, null or
   * undefined as below. Returns why it ended early; null: it did not.
   */
  *run(fit: FitCheckpoint | null, end?: RaceEnd): Generator<RaceStep, RaceEnd> {
    if (this.#state.records.slice(0, this.#judged).some(({ status }) => status === 'DONE')) yield* this.#choose(false);
    yield this.#step();
    if (end !== undefined) return end;
    using lanes = this.#conditions.openLanes();
    this.#compareFirstFolds(lanes);
    for (let ofInterrupted = fit; ; ofInterrupted = null) {
      const judged = this.#judged;
      this.#beginFolds(lanes, ofInterrupted);
      yield* this.#takeFinished(lanes);
      // Candidates that were left out may be what others waited for.
      if (this.#inFlight === 0 && this.#judged > judged) continue;
      if (this.#inFlight === 0) break;
      const { finished, progress, checkpoint } = lanes.advance();
      for (const fold of finished) this.#finish(fold);
      yield* this.#takeFinished(lanes);
      if (this.#isOver()) this.#endAll(lanes);
      yield this.#step(this.#share(progress), checkpoint);
    }
    return this.#end ?? (this.#isShort ? 'TIME_BUDGET' : null);
  }

  #beginFolds(lanes: FoldLanes, fit: FitCheckpoint | null): void {
    for (let ofFirst = fit; this.#inFlight < lanes.capacity; ofFirst = null) {
      const task = this.#next(lanes);
      if (task === null) return;
      this.#begun[task.index]!++;
      this.#inFlight++;
      lanes.begin(task, ofFirst);
    }
  }

  /**
   * The next fold to begin; null: there is none now. A thread that has nothing else to do fits a fold that may not be needed, of a
   * candidate whose first fold is still to be compared.
   */
  #next(lanes: FoldLanes): FoldTask | null {
    let early: FoldTask | null = null;
    for (const index of this.#state.candidates.keys()) {
      if (this.#state.record(index).status === 'WAITING' && !this.#begin(index, lanes)) {
        if (this.#state.isFinished(index)) continue;
        break;
      }
      if (this.#state.isFinished(index)) continue;
      const fold = this.#begun[index]!;
      if (fold >= this.#wanted(index)) continue;
      if (fold === 0 || this.#isJudgedWorthwhile(index)) return { index, fold };
      early ??= { index, fold };
    }
    return this.#inFlight < lanes.size ? early : null;
  }

  /** Whether a candidate begins; if not, it waits for others, or was left out. */
  #begin(index: number, lanes: FoldLanes): boolean {
    if (this.#judged < index - AHEAD) return false;
    const end = index === ALWAYS_TRIED ? null : this.#endsBefore(index);
    if (end !== null) {
      this.#endWith(end, index, lanes);
      return false;
    }
    const { plannedFolds, clock } = this.#conditions;
    const lacking = plannedFolds === null && index !== ALWAYS_TRIED ? clock.lacksTime(index, this.#open()) : null;
    if (lacking === null && this.#wanted(index) > 0) {
      this.#state.setStatus(index, 'RUNNING');
      return true;
    }
    this.#state.setStatus(index, 'SKIPPED', lacking ?? BY_PLAN);
    this.#isShort ||= lacking !== null;
    return false;
  }

  #finish(fold: FinishedFold): void {
    this.#inFlight--;
    if (!this.#state.isFinished(fold.index)) this.#early.push(fold);
  }

  /** Takes up what has been finished, in the order of the folds and candidates, and judges those that have ended. */
  *#takeFinished(lanes: FoldLanes): Generator<RaceStep, void> {
    // More folds may be taken up once first ones are compared.
    for (let compared = -1; compared < this.#firstFolds.compared; ) {
      compared = this.#firstFolds.compared;
      for (const index of this.#open()) {
        for (let next = this.#take(index); next !== null; next = this.#take(index)) {
          this.#record(next, lanes);
          yield this.#step();
        }
      }
      this.#compareFirstFolds(lanes);
    }
    for (const index of this.#open()) {
      const { outcomes } = this.#state.record(index);
      if (outcomes.length < this.#wanted(index)) continue;
      const isWhole = outcomes.length === this.#state.rows.folds.length;
      this.#state.setStatus(index, isWhole ? 'DONE' : 'DROPPED', isWhole ? null : BY_PLAN);
    }
    while (this.#judged < this.#state.candidates.length && this.#state.isFinished(this.#judged)) {
      const { status } = this.#state.record(this.#judged++);
      if (status === 'DONE') yield* this.#choose(true);
      else yield this.#step();
    }
  }

  #record({ index, fold, outcome, refusal }: FinishedFold, lanes: FoldLanes): void {
    if (refusal !== null) {
      this.#state.setStatus(index, 'FAILED', refusal);
      lanes.cut(index);
    } else if (outcome === null) throw new Error('A fold was cut short that was still needed.');
    else {
      this.#state.addOutcome(index, outcome);
      this.#conditions.clock.remember({ index, fold }, outcome);
      this.#skipWhereShort(index, lanes);
    }
  }

  /** A candidate whose folds turn out not to fit into the time is given up. */
  #skipWhereShort(index: number, lanes: FoldLanes): void {
    const { plannedFolds, clock } = this.#conditions;
    const isWhole = this.#state.record(index).outcomes.length === this.#wanted(index);
    if (index === ALWAYS_TRIED || plannedFolds !== null || isWhole) return;
    const lacking = clock.lacksTime(index, this.#open());
    if (lacking === null) return;
    this.#state.setStatus(index, 'SKIPPED', lacking);
    this.#isShort = true;
    lanes.cut(index);
  }

  /** The next fold of a candidate, where it is finished. */
  #take(index: number): FinishedFold | null {
    if (this.#state.isFinished(index)) return null;
    const fold = this.#state.record(index).outcomes.length;
    if (fold > 0 && !this.#isJudgedWorthwhile(index)) return null;
    const at = this.#early.findIndex((each) => each.index === index && each.fold === fold);
    return at < 0 ? null : (this.#early.splice(at, 1)[0] ?? null);
  }

  #compareFirstFolds(lanes: FoldLanes): void {
    const { candidates, rows } = this.#state;
    while (this.#firstFolds.compared < candidates.length) {
      const index = this.#firstFolds.compared;
      const [first] = this.#state.record(index).outcomes;
      if (first === undefined && !this.#state.isFinished(index)) return;
      const losses = first?.outputs ? rows.losses(rows.scores(0, first.outputs), 0) : null;
      const isWorse = this.#firstFolds.compare(losses);
      if (!isWorse || this.#isSpared(index) || this.#state.isFinished(index)) continue;
      this.#state.setStatus(index, 'DROPPED', 'clearly worse than the best one on the first fold');
      lanes.cut(index);
    }
  }

  /** Whether all folds of a candidate are needed, as far as its first one tells. */
  #isJudgedWorthwhile(index: number): boolean {
    return this.#isSpared(index) || this.#firstFolds.compared > index;
  }

  /** Whether a candidate is fitted to all folds whatever its first one says. */
  #isSpared(index: number): boolean {
    const { plannedFolds, usual } = this.#conditions;
    return index === ALWAYS_TRIED || index === usual || plannedFolds !== null;
  }

  /** Those that are being fitted. */
  #open(): readonly number[] {
    return [...this.#state.candidates.keys()].filter((index) => this.#state.record(index).status === 'RUNNING');
  }

  #wanted(index: number): number {
    return this.#conditions.plannedFolds?.[index] ?? this.#state.rows.folds.length;
  }

  *#choose(isNew: boolean): Generator<RaceStep, void> {
    // In between nobody could tell that the choice is still to be made.
    const choosing = this.#state.choose(this.#judged);
    const { loss } = yield* mapSteps(choosing, (): RaceStep => ({ ...this.#step(), checkpoint: null }));
    if (!isNew) return;
    this.#gains.record(loss, this.#judged);
    const judged = this.#state.records.slice(0, this.#judged);
    const iteration = judged.filter(({ status }) => status === 'DONE').length;
    yield { ...this.#step(), point: { iteration, trainLoss: null, validationLoss: loss } };
  }

  /** Why this candidate and all after it are not to be tried; null: no reason. */
  #endsBefore(index: number): RaceEnd {
    if (this.#conditions.stopReason() === 'STOPPED') return 'STOPPED';
    if (this.#conditions.plannedFolds !== null) return null;
    if (this.#isOver()) return 'TIME_BUDGET';
    return this.#gains.isOver(index - AHEAD) ? 'EARLY_STOPPING' : null;
  }

  #isOver(): boolean {
    if (this.#conditions.stopReason() === 'STOPPED') return true;
    return this.#conditions.plannedFolds === null && this.#conditions.clock.isOver;
  }

  /** No fold but those of the first candidate is needed any more. */
  #endAll(lanes: FoldLanes): void {
    const isStopped = this.#conditions.stopReason() === 'STOPPED';
    const [first] = [...this.#state.candidates.keys()].filter(
      (index) => index !== ALWAYS_TRIED && !this.#state.isFinished(index),
    );
    if (first !== undefined) this.#endWith(isStopped ? 'STOPPED' : 'TIME_BUDGET', first, lanes);
  }

  #endWith(end: NonNullable<RaceEnd>, from: number, lanes: FoldLanes): void {
    this.#end ??= end;
    for (let index = from; index < this.#state.candidates.length; index++) {
      if (this.#state.isFinished(index)) continue;
      this.#state.setStatus(index, 'SKIPPED', END_REASONS[end]);
      lanes.cut(index);
    }
  }

  /** How much of the candidates is done, 0 to 1; `own`: of the fold that this thread is at. */
  #share(own: number): number {
    const { candidates, records, rows } = this.#state;
    const ended = records.filter((_, index) => this.#state.isFinished(index)).length;
    const folds = this.#open().reduce((sum, index) => sum + this.#state.record(index).outcomes.length, 0);
    return Math.min(1, (ended + (folds + own) / rows.folds.length) / candidates.length);
  }

  /** `share`: of the candidates, 0 to 1; left out: as before. */
  #step(share = 0, makeFit: FitStep['checkpoint'] | null = null): RaceStep {
    const spent = this.#conditions.plannedFolds === null ? this.#conditions.clock.spent : 0;
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
