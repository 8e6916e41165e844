import type { FitConditions } from '../estimator.ts';
import { fitSizeOf } from '../estimator-cost.ts';
import { numberParameter, optionalNumberParameter, type Parameters, seedOf } from '../parameters/parameter-spec.ts';
import type { TrainingSet } from '../training-set.ts';
import type { Candidate } from './candidate.ts';
import { CandidateRace, type RaceCheckpoint } from './candidate-race.ts';
import { portfolio } from './plan/portfolio.ts';
import { RaceState } from './race-state.ts';
import type { SearchConditions } from './search-conditions.ts';
import { chooseFolds, type FoldChoice, searchFolds } from './search-folds.ts';
import { SearchRows } from './search-rows.ts';
import { FitForecast } from './time/fit-forecast.ts';
import { TimeBudget, UNLIMITED } from './time/time-budget.ts';

/** The folds of one usual model may take this share of the time. */
const SHARE_OF_USUAL_MODEL = 0.2;

/** What a search is made of. */
export interface PreparedRace {
  readonly race: CandidateRace;
  readonly state: RaceState;
  readonly budget: TimeBudget;
  readonly choice: FoldChoice;
}

/** `from`: what an earlier attempt left; null: nothing. Throws TrainingDataError where the rows cannot be divided into folds. */
export function prepareRace(
  data: TrainingSet,
  parameters: Parameters,
  { pool, stopReason }: FitConditions,
  search: SearchConditions,
  from: { readonly race: RaceCheckpoint; readonly choice: FoldChoice } | null,
): PreparedRace {
  const { plan, clock } = search;
  const trainRows = data.rows.length;
  const size = fitSizeOf(data, parameters);
  const forecast = new FitForecast(size, pool.size);
  const isTimed = plan === null && clock !== null;
  const seconds = optionalNumberParameter(parameters, 'timeBudgetSeconds');
  const budget = isTimed ? new TimeBudget(seconds, clock) : UNLIMITED;
  const candidates =
    plan?.candidates ??
    portfolio({ ...size, trainRows }, numberParameter(parameters, 'maxCandidates'), seedOf(parameters));
  const usual = candidates.find(({ algorithm }) => algorithm === 'GRADIENT_BOOSTING') ?? candidates[0]!;
  const wanted =
    from?.choice ??
    plan ??
    chooseFolds(trainRows, optionalNumberParameter(parameters, 'folds'), (fittings) =>
      fitsInto(SHARE_OF_USUAL_MODEL * budget.left(0), fittings, forecast.seconds(usual, trainRows)),
    );
  const { choice, folds } = searchFolds(wanted, search, data.rows);
  const state = new RaceState(candidates.map(asCandidate), new SearchRows(folds, data), from?.race.records);
  const plannedFolds = plan?.candidates.map(({ foldsDone }) => foldsDone) ?? null;
  const conditions = { pool, stopReason, search, budget, forecast, trainRows, plannedFolds };
  return { race: new CandidateRace(state, conditions, from?.race.gains ?? null), state, budget, choice };
}

function fitsInto(seconds: number, fittings: number, ofOne: number): boolean {
  return fittings * ofOne <= seconds;
}

function asCandidate({ name, algorithm, parameters }: Candidate): Candidate {
  return { name, algorithm, parameters };
}
