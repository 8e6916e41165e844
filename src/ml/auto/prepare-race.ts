import type { FitConditions } from '../estimator.ts';
import { fitSizeOf } from '../estimator-cost.ts';
import { numberParameter, optionalNumberParameter, type Parameters, seedOf } from '../parameters/parameter-spec.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { TrainingSet } from '../training-set.ts';
import type { Candidate } from './candidate.ts';
import { CandidateRace, type RaceCheckpoint } from './candidate-race.ts';
import { type FoldLanes, SingleLane, ThreadLanes } from './lanes/fold-lanes.ts';
import { portfolio, usualOf } from './plan/portfolio.ts';
import { RaceState } from './race-state.ts';
import type { SearchConditions } from './search-conditions.ts';
import { type FoldChoice, foldChoices, HOLD_OUT, searchFolds } from './search-folds.ts';
import { SearchRows } from './search-rows.ts';
import { FitForecast } from './time/fit-forecast.ts';
import { RaceClock } from './time/race-clock.ts';
import { TimeBudget, UNLIMITED } from './time/time-budget.ts';
import type { UsualModel } from './usual-model.ts';

/**
 * The folds of the usual model may take this share of the time that is left: many candidates are worth more than many folds. A hold-out,
 * where there is time for no more, may take the second share.
 */
const SHARE_OF_USUAL_FOLDS = 0.15;
const SHARE_OF_HOLD_OUT = 0.9;

/** Each thread fits a candidate of its own to the training rows of a hold-out if the usual model takes one thread no more than this share. */
const SHARE_OF_LANE = 0.25;

/** Where fitting the usual model to the last round may take more than this share of the time, it is fitted first of all. */
const SHORT_TIME = 0.05;

/** It may take this share of the time that is left. */
const SHARE_OF_USUAL_MODEL = 0.7;

/** Rows times columns up to which each thread fits folds of its own: each then has what it is fitted to in memory. */
const MAX_CELLS_OF_LANES = 5_000_000;

/** What a search begins with. */
export interface SearchSetup {
  readonly candidates: readonly Candidate[];
  /** The index of the model that is judged and delivered before all others but the first. */
  readonly usual: number;
  readonly budget: TimeBudget;
  /** How long the usual model may take to be fitted to all rows first of all; null: the time is not short. */
  readonly usualSeconds: number | null;
}

/** What a search is made of. */
export interface PreparedRace {
  readonly race: CandidateRace;
  readonly state: RaceState;
  readonly choice: FoldChoice;
}

/** No candidate is judged by folds. */
export interface NoRace {
  readonly race: null;
  /** Why the rows cannot be divided into folds, for the user; null: there is no time for any, or the plan has none. */
  readonly refusal: string | null;
}

export function setUpSearch(
  data: TrainingSet,
  parameters: Parameters,
  { pool }: FitConditions,
  { plan, clock, isRefitted }: SearchConditions,
): SearchSetup {
  const trainRows = data.rows.length;
  const size = { ...fitSizeOf(data, parameters), trainRows };
  const seconds = optionalNumberParameter(parameters, 'timeBudgetSeconds');
  const budget = plan === null && clock !== null ? new TimeBudget(seconds, clock) : UNLIMITED;
  const candidates =
    plan?.candidates ?? portfolio(size, numberParameter(parameters, 'maxCandidates'), seedOf(parameters));
  const usual = usualOf(candidates);
  const left = budget.left(0);
  const atMost = new FitForecast(size, pool.size).secondsAtMost(candidates[usual]!, trainRows);
  // Where it is over already, the baseline is delivered.
  const isShort = left > 0 && atMost > SHORT_TIME * left;
  const usualSeconds = isShort ? (SHARE_OF_USUAL_MODEL * left) / (isRefitted ? 2 : 1) : null;
  return { candidates: candidates.map(asCandidate), usual, budget, usualSeconds };
}

/**
 * `fitted`: the usual model, where it is fitted already; `from`: what an earlier attempt left; null: nothing. There is no race where
 * there is no time for any folds beside the usual model, and where nobody asked for folds and the rows cannot be divided into any.
 * Throws TrainingDataError FOLDS_IMPOSSIBLE where they were asked for, by the parameter or a plan.
 */
export function prepareRace(
  { data, parameters, setup, fitted }: RaceSubject,
  { pool, stopReason }: FitConditions,
  search: SearchConditions,
  from: { readonly race: RaceCheckpoint; readonly choice: FoldChoice } | null,
): PreparedRace | NoRace {
  const { plan, clock } = search;
  const { usual, budget } = setup;
  const trainRows = data.rows.length;
  const size = fitSizeOf(data, parameters);
  const candidates = setup.candidates.map((candidate, index) =>
    index === usual && fitted !== null ? fitted.candidate : candidate,
  );
  const forecastBy = (threads: number) => {
    const forecast = new FitForecast(size, threads);
    if (fitted !== null) {
      forecast.recordShared(fitted.candidate, trainRows, fitted.seconds, fitted.rounds, pool.size);
    }
    return forecast;
  };
  const secondsOfFold = ({ folds }: FoldChoice, threads: number) =>
    forecastBy(threads).seconds(candidates[usual]!, trainRows * (1 - 1 / folds));
  const mayHaveLanes = pool.size > 1 && trainRows * search.source.columns.length <= MAX_CELLS_OF_LANES;
  const lanesFor = (choice: FoldChoice): number => {
    const isQuick = !choice.isHoldOut || secondsOfFold(choice, 1) <= SHARE_OF_LANE * budget.left(0);
    return mayHaveLanes && isQuick ? pool.size : 1;
  };
  const threadsFor = (choice: FoldChoice) => (lanesFor(choice) > 1 ? 1 : pool.size);
  const fits = (choice: FoldChoice): boolean => {
    const { folds, isHoldOut } = choice;
    const rounds = isHoldOut ? 1 : Math.ceil(folds / lanesFor(choice));
    const share = isHoldOut ? SHARE_OF_HOLD_OUT : SHARE_OF_USUAL_FOLDS;
    return rounds * secondsOfFold(choice, threadsFor(choice)) <= share * budget.left(0);
  };
  const asked = optionalNumberParameter(parameters, 'folds');
  const choices = foldChoices(trainRows, asked);
  const isOver = fitted !== null && fitted.cut !== null;
  const affordable = isOver ? null : (choices.find(fits) ?? (fitted === null ? HOLD_OUT : null));
  const wanted = from?.choice ?? plan ?? affordable;
  if (wanted === null || plan?.candidates.every(({ foldsDone }) => foldsDone === 0)) return NO_FOLDS;
  const divided = dividedRows(wanted, search, data.rows, asked !== null || plan !== null);
  if (typeof divided === 'string') return { race: null, refusal: divided };
  const { choice, folds } = divided;
  const state = new RaceState(candidates, new SearchRows(folds, data), from?.race.records);
  const work = { source: sourceOf(search), candidates, folds, known: knownOf(data) };
  const lanes = lanesFor(wanted);
  const openLanes = (): FoldLanes =>
    lanes > 1 ? new ThreadLanes(work, pool, clock !== null) : new SingleLane(work, pool, clock);
  const times = { state, budget, forecast: forecastBy(threadsFor(wanted)), lanes, search, trainRows };
  const conditions = {
    ...{ stopReason, openLanes, trainRows, usual },
    clock: new RaceClock({ ...times, fitted: fitted === null ? null : usual }),
    plannedFolds: plan?.candidates.map(({ foldsDone }) => foldsDone) ?? null,
  };
  return { race: new CandidateRace(state, conditions, from?.race ?? null), state, choice };
}

const NO_FOLDS: NoRace = { race: null, refusal: null };

/** The folds; where nobody asked for any and there can be none, the reason instead. */
function dividedRows(
  wanted: FoldChoice,
  search: SearchConditions,
  rows: Int32Array,
  isAsked: boolean,
): ReturnType<typeof searchFolds> | string {
  try {
    return searchFolds(wanted, search, rows);
  } catch (error) {
    if (isAsked || !(error instanceof TrainingDataError) || error.code !== 'FOLDS_IMPOSSIBLE') throw error;
    return error.message;
  }
}

/** What a race is about. */
export interface RaceSubject {
  readonly data: TrainingSet;
  readonly parameters: Parameters;
  readonly setup: SearchSetup;
  readonly fitted: UsualModel | null;
}

/** The columns that folds read, and no others: threads are sent a copy. */
function sourceOf({ source }: SearchConditions): SearchConditions['source'] {
  const { table, columns, targetName, split } = source;
  const names = new Set([...columns, targetName, split.column]);
  return { ...source, table: { ...table, columns: table.columns.filter(({ name }) => names.has(name)) } };
}

function knownOf({ rows, target, weights = null }: TrainingSet): Pick<TrainingSet, 'rows' | 'target' | 'weights'> {
  return { rows, target, weights };
}

function asCandidate({ name, algorithm, parameters }: Candidate): Candidate {
  return { name, algorithm, parameters };
}
