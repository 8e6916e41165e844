import type { Estimator, FitCheckpoint, FitConditions, FitStep, Fitted } from '../estimator.ts';
import type { Parameters } from '../parameters/parameter-spec.ts';
import type { Random } from '../random.ts';
import { mapSteps } from '../steps.ts';
import type { TrainingSet } from '../training-set.ts';
import { autoCost } from './auto-cost.ts';
import { AUTO_PARAMETERS } from './auto-parameters.ts';
import type { RaceCheckpoint, RaceEnd } from './candidate-race.ts';
import type { PlannedMember, SearchPlan } from './plan/executed-plan.ts';
import { prepareRace } from './prepare-race.ts';
import { type RefitCheckpoint, refitMembers } from './refit-members.ts';
import { type FoldChoice, HOLD_OUT } from './search-folds.ts';
import { blendOf, fittedBlend, membersToFit, plannedMembers } from './search-outcome.ts';

/** Where the fitting of the members begins on the scale of progress. */
const REFIT_BEGINS = 0.9;

/** How far an AUTO training got. */
interface AutoCheckpoint extends FitCheckpoint {
  readonly algorithm: 'AUTO';
  readonly choice: FoldChoice;
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
  const { race, state, budget, choice } = prepareRace(data, parameters, conditions, search, from);
  const racing = mapSteps(
    race.run(from?.race.fit ?? null, from?.refit?.end),
    ({ checkpoint, ...step }): FitStep => ({
      ...step,
      progress: REFIT_BEGINS * step.progress,
      ...(checkpoint === null ? {} : { checkpoint: () => asCheckpoint(choice, checkpoint(), null) }),
    }),
  );
  const end = yield* racing;
  const members = from?.refit?.members ?? search.plan?.members ?? plannedMembers(state);
  const refitting = refitMembers(membersToFit(members, state.candidates), data, {
    pool,
    checkpoint: from?.refit?.progress ?? null,
    isOver: () => budget.isOver,
  });
  const fitted = yield* mapSteps(
    refitting,
    ({ checkpoint, ...step }): FitStep => ({
      ...step,
      progress: REFIT_BEGINS + (1 - REFIT_BEGINS) * step.progress,
      checkpoint: () => asCheckpoint(choice, race.checkpoint(), { end, members, progress: checkpoint() }),
    }),
  );
  return fittedBlend({ state, choice, members, fitted, end });
}

/** Fits the members of a plan that was made on other rows. */
function* decidedSteps(
  data: TrainingSet,
  { members, candidates }: SearchPlan,
  { pool }: FitConditions,
  from: RefitOf | null,
): Generator<FitStep, Fitted> {
  const refitting = refitMembers(membersToFit(members, candidates), data, {
    ...{ pool, checkpoint: from?.progress ?? null, isOver: () => false },
  });
  const fitted = yield* mapSteps(
    refitting,
    ({ checkpoint, ...step }): FitStep => ({
      ...step,
      checkpoint: () => asCheckpoint(HOLD_OUT, NO_RACE, { end: null, members, progress: checkpoint() }),
    }),
  );
  return { ...blendOf(fitted, members), endReason: 'COMPLETED', warnings: [] };
}

const NO_RACE: RaceCheckpoint = { records: [], gains: { best: 0, waited: 0 }, fit: null };

function asCheckpoint(choice: FoldChoice, race: RaceCheckpoint, refit: RefitOf | null): AutoCheckpoint {
  return { algorithm: 'AUTO', choice, race, refit };
}

function autoCheckpoint(checkpoint: FitCheckpoint | null): AutoCheckpoint | null {
  // No other algorithm gives its checkpoints this name.
  if (checkpoint === null || checkpoint.algorithm === 'AUTO') return checkpoint as AutoCheckpoint | null;
  throw new Error(`A checkpoint of ${checkpoint.algorithm} is none of AUTO.`);
}
