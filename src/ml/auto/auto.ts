import type { Estimator, FitCheckpoint, FitConditions, FitStep, Fitted } from '../estimator.ts';
import type { Parameters } from '../parameters/parameter-spec.ts';
import type { Random } from '../random.ts';
import { mapSteps } from '../steps.ts';
import type { TrainingSet } from '../training-set.ts';
import { autoCost } from './auto-cost.ts';
import { AUTO_PARAMETERS } from './auto-parameters.ts';
import type { CandidateRace, RaceCheckpoint, RaceEnd } from './candidate-race.ts';
import type { PlannedMember, SearchPlan } from './plan/executed-plan.ts';
import { type PreparedRace, prepareRace, type SearchSetup, setUpSearch } from './prepare-race.ts';
import { RaceState } from './race-state.ts';
import { type RefitCheckpoint, refitMembers } from './refit-members.ts';
import type { SearchConditions } from './search-conditions.ts';
import { type FoldChoice, HOLD_OUT } from './search-folds.ts';
import { blendOf, fittedBlend, membersToFit, plannedMembers } from './search-outcome.ts';
import { SearchRows } from './search-rows.ts';
import { fitUsualModel, type UsualCheckpoint, type UsualModel } from './usual-model.ts';

/** Where the candidates begin on the scale of progress, if the usual model is fitted before them. */
const RACE_BEGINS = 0.3;

/** Where the fitting of the members begins. */
const REFIT_BEGINS = 0.9;

/** How far an AUTO training got. */
interface AutoCheckpoint extends FitCheckpoint {
  readonly algorithm: 'AUTO';
  /** The usual model, or how far its fitting got; null or left out: it is not fitted before the candidates. */
  readonly usual?: { readonly fitted: UsualModel } | { readonly fitting: UsualCheckpoint } | null;
  /** Null before there are folds, and without any. */
  readonly choice: FoldChoice | null;
  readonly race: RaceCheckpoint;
  /** Once no candidate is tried any more: what came of them. */
  readonly refit: RefitOf | null;
}

interface RefitOf {
  readonly end: RaceEnd;
  readonly members: readonly PlannedMember[];
  readonly progress: RefitCheckpoint;
}

/** Tries many models within a time, and blends the best. */
export const auto: Estimator<'AUTO'> = {
  name: 'AUTO',
  tasks: ['CLASSIFICATION', 'REGRESSION'],
  description:
    'Tries many models of all algorithms by cross-validation within a time budget, and delivers the best one, or a blend of the best where that is better. TrainingRun.leaderboard shows them while it works.',
  isDefault: false,
  parameters: AUTO_PARAMETERS,
  cost: autoCost,
  fitSteps,
};

function* fitSteps(
  data: TrainingSet,
  parameters: Parameters,
  _random: Random,
  conditions: FitConditions,
): Generator<FitStep, Fitted> {
  const { search, pool } = conditions;
  if (search === undefined) throw new Error('AUTO needs to know where its folds are read from.');
  const from = autoCheckpoint(conditions.checkpoint);
  if (search.decided !== null) return yield* decidedSteps(data, search.decided, conditions, from?.refit ?? null);
  const setup = setUpSearch(data, parameters, conditions, search);
  const usual = yield* usualSteps(data, setup, conditions, from);
  const begun = from?.choice ? { race: from.race, choice: from.choice } : null;
  const prepared = prepareRace({ data, parameters, setup, fitted: usual }, conditions, search, begun);
  const { race } = prepared;
  const refusal = race === null ? prepared.refusal : null;
  const { state, choice } = race === null ? withoutFolds(data, setup, search, usual, refusal) : prepared;
  const kept = { usual: usual && { fitted: usual }, choice: race && choice };
  const begins = usual === null ? 0 : RACE_BEGINS;
  const end = race === null ? (usual?.cut ?? endWithoutFolds(search, refusal)) : yield* racing(race);
  const members = from?.refit?.members ?? search.plan?.members ?? plannedMembers(state, setup.usual, usual !== null);
  const refitting = refitMembers(membersToFit(members, state.candidates, usual), data, {
    pool,
    checkpoint: from?.refit?.progress ?? null,
    isOver: () => setup.budget.isOver,
  });
  const fitted = yield* mapSteps(
    refitting,
    ({ checkpoint, ...step }): FitStep => ({
      ...step,
      progress: REFIT_BEGINS + (1 - REFIT_BEGINS) * step.progress,
      checkpoint: () => {
        const refit = { end, members, progress: checkpoint() };
        return { algorithm: 'AUTO', ...kept, race: race?.checkpoint() ?? NO_RACE, refit };
      },
    }),
  );
  const temperature = search.plan === null ? null : (search.plan.temperature ?? 1);
  return fittedBlend({ state, choice, members, fitted, temperature, end, refusal });

  function* racing(running: CandidateRace): Generator<FitStep, RaceEnd> {
    return yield* mapSteps(
      running.run(from?.race.fit ?? null, from?.refit?.end),
      ({ checkpoint: makeCheckpoint, ...step }): FitStep => ({
        ...step,
        progress: begins + (REFIT_BEGINS - begins) * step.progress,
        ...(makeCheckpoint === null
          ? {}
          : { checkpoint: () => ({ algorithm: 'AUTO', ...kept, race: makeCheckpoint(), refit: null }) }),
      }),
    );
  }
}

/** The usual model, fitted to all training rows before anything else, where the time is short; null: it is not. */
function* usualSteps(
  data: TrainingSet,
  { candidates, usual, usualSeconds }: SearchSetup,
  { search, pool, stopReason }: FitConditions,
  from: AutoCheckpoint | null,
): Generator<FitStep, UsualModel | null> {
  const begun = from?.usual ?? null;
  if (begun !== null && 'fitted' in begun) return begun.fitted;
  // An earlier attempt had time enough, and began with the candidates.
  if (from !== null && begun === null) return null;
  const clock = search?.clock ?? null;
  if (usualSeconds === null || clock === null) return null;
  const state = new RaceState(candidates, new SearchRows([], data));
  state.setStatus(usual, 'RUNNING');
  return yield* mapSteps(
    fitUsualModel(data, candidates[usual]!, {
      ...{ pool, clock, seconds: usualSeconds, checkpoint: begun?.fitting ?? null },
      isStopped: () => stopReason() === 'STOPPED',
    }),
    ({ checkpoint, ...step }): FitStep => ({
      ...step,
      progress: RACE_BEGINS * step.progress,
      candidates: state.changes(),
      checkpoint: () => ({
        ...{ algorithm: 'AUTO', usual: { fitting: checkpoint() }, choice: null },
        ...{ race: NO_RACE, refit: null },
      }),
    }),
  );
}

/** What is told of the candidates where there was no time to judge any, a plan judges none, or there can be no folds (`refusal`). */
function withoutFolds(
  data: TrainingSet,
  { candidates, usual }: SearchSetup,
  { plan }: SearchConditions,
  fitted: UsualModel | null,
  refusal: string | null,
): Pick<PreparedRace, 'state' | 'choice'> {
  const noTime = plan === null ? 'there was no time to judge any candidate' : 'the plan judges no candidate';
  const reason = refusal ?? noTime;
  const used = candidates.map((candidate, index) => (index === usual && fitted ? fitted.candidate : candidate));
  const state = new RaceState(used, new SearchRows([], data));
  for (const index of used.keys()) {
    const isFitted = index === usual && fitted !== null;
    state.setStatus(index, isFitted ? 'DONE' : 'SKIPPED', isFitted ? null : reason);
  }
  return { state, choice: HOLD_OUT };
}

/** Without time for folds, the time ended the search; but a plan without any is carried out completely. */
function endWithoutFolds({ plan }: SearchConditions, refusal: string | null): RaceEnd {
  return plan === null && refusal === null ? 'TIME_BUDGET' : null;
}

/** Fits the members of a plan that was made on other rows. */
function* decidedSteps(
  data: TrainingSet,
  { members, candidates, temperature = 1 }: SearchPlan,
  { pool }: FitConditions,
  from: RefitOf | null,
): Generator<FitStep, Fitted> {
  const refitting = refitMembers(membersToFit(members, candidates, null), data, {
    ...{ pool, checkpoint: from?.progress ?? null, isOver: () => false },
  });
  const fitted = yield* mapSteps(
    refitting,
    ({ checkpoint, ...step }): FitStep => ({
      ...step,
      checkpoint: () => ({
        ...{ algorithm: 'AUTO', choice: null, race: NO_RACE },
        refit: { end: null, members, progress: checkpoint() },
      }),
    }),
  );
  return { ...blendOf(fitted, members, temperature), endReason: 'COMPLETED', warnings: [] };
}

const NO_RACE: RaceCheckpoint = { records: [], gains: { best: 0, waited: 0 }, fit: null };

function autoCheckpoint(checkpoint: FitCheckpoint | null): AutoCheckpoint | null {
  // No other algorithm gives its checkpoints this name.
  if (checkpoint === null || checkpoint.algorithm === 'AUTO') return checkpoint as AutoCheckpoint | null;
  throw new Error(`A checkpoint of ${checkpoint.algorithm} is none of AUTO.`);
}
