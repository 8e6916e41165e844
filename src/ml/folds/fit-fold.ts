import type { FitConditions, FitStep } from '../estimator.ts';
import type { LearnerName } from '../learners/learner-names.ts';
import { LEARNERS } from '../learners/learners.ts';
import type { Parameters } from '../parameters/parameter-spec.ts';
import { createRandom } from '../random.ts';
import { mapSteps } from '../steps.ts';
import { type Fold, foldsImpossible } from './fold-plan.ts';
import type { FoldPredictions } from './fold-predictions.ts';
import type { FoldSource } from './fold-source.ts';
import { predictHeld, prepareFold } from './prepared-fold.ts';

/** What is fitted to the rows of each fold. */
export interface FoldModel extends FoldSource {
  readonly algorithm: LearnerName;
  readonly parameters: Parameters;
  readonly seed: number;
}

/** The share of a fold's steps that fitting takes; the rest is predicting. */
const FITTING_SHARE = 0.95;

/**
 * Fits a model to the training rows of a fold, from the preprocessing on, and predicts the rows held back. The same for any
 * pool. Throws TrainingDataError FOLDS_IMPOSSIBLE where the fold's rows have one label only, or no feature that varies.
 */
export function* fitFold(work: FoldModel, fold: Fold, conditions: FitConditions): Generator<FitStep, FoldPredictions> {
  const { algorithm, parameters, seed } = work;
  const { checkpoint: earlier } = conditions;
  const waiting: FitStep = { progress: 0, point: null, ...(earlier && { checkpoint: () => earlier }) };
  const prepared = yield* mapSteps(prepareFold(work, fold), () => waiting);
  if (prepared.features.length === 0 && algorithm !== 'BASELINE') {
    throw foldsImpossible(
      'no feature tells the training rows of a fold apart',
      'ask for fewer folds, or choose columns that have more values',
    );
  }
  const fitting = LEARNERS[algorithm].fitSteps(prepared.data, parameters, createRandom(seed), conditions);
  const { estimator } = yield* mapSteps(
    fitting,
    ({ progress, checkpoint }): FitStep => ({
      progress: FITTING_SHARE * progress,
      point: null,
      ...(checkpoint === undefined ? {} : { checkpoint }),
    }),
  );
  return yield* mapSteps(
    predictHeld(work, prepared, algorithm, estimator),
    (share): FitStep => ({
      progress: FITTING_SHARE + (1 - FITTING_SHARE) * share,
      point: null,
    }),
  );
}
