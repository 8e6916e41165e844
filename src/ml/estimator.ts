import type { EstimatorModel } from '../runtime/model.ts';
import type { CandidateReport } from './auto/candidate.ts';
import type { SearchPlan } from './auto/plan/executed-plan.ts';
import type { SearchConditions } from './auto/search-conditions.ts';
import type { EstimatorCost } from './estimator-cost.ts';
import type { Fold } from './folds/fold-plan.ts';
import type { FoldPredictions } from './folds/fold-predictions.ts';
import type { WorkerPool } from './parallel/worker-pool.ts';
import type { ParameterSpec, Parameters } from './parameters/parameter-spec.ts';
import type { Random } from './random.ts';
import type { Task } from './task.ts';
import type { TrainingSet } from './training-set.ts';

/**
 * The loss after each iteration: mean log-loss or half the mean squared error; for LINEAR with the penalty, divided by the
 * rows.
 */
export interface CurvePoint {
  /** 1, 2, 3 … */
  readonly iteration: number;
  /** On the rows that were fitted to; null for a forest. */
  readonly trainLoss: number | null;
  /**
   * On rows that were not fitted to: the part of the training rows that was set aside for early stopping, or for a forest
   * the out-of-bag loss, of each row by the trees that it was not drawn for. Null without either.
   */
  readonly validationLoss: number | null;
}

/** Why a fitting ends before its time, with the best that it has. */
export type StopReason = 'STOPPED' | 'TIME_BUDGET';

/** The conditions of a fitting. None of them changes the model, except a reason to stop. */
export interface FitConditions {
  readonly pool: WorkerPool;
  /** Asked after each iteration, not before the first: why to end now, or null. */
  readonly stopReason: () => StopReason | null;
  /** Where an earlier fitting of the same rows, by the same parameters and seed, got to; null: nowhere. */
  readonly checkpoint: FitCheckpoint | null;
  /** On a reason to stop, boosting still computes the leaves from all rows, as it does at its end; left out: it does not. */
  readonly isFinishedWhenStopped?: boolean;
  /** For AUTO, which fits candidates to folds; other algorithms do not look at it. */
  readonly search?: SearchConditions;
}

/**
 * What a fitting can go on from, to end with the model that it would have ended with: data alone, no functions. Only the
 * algorithm that made it knows what else is in it.
 */
export interface FitCheckpoint {
  readonly algorithm: string;
}

/** A yield point in the work, some tens of milliseconds after the last one at ordinary sizes. */
export interface FitStep {
  /** 0 to 1, never falls, proportional to the work done. */
  readonly progress: number;
  readonly point: CurvePoint | null;
  /** After an iteration: makes a checkpoint; valid until the next step is requested. Left out where none can be made. */
  readonly checkpoint?: () => FitCheckpoint;
  /** Of AUTO: what has changed since the last step. */
  readonly candidates?: readonly CandidateReport[];
}

/** What fitting ends with. Frozen; holds no reference to the training rows. */
export interface Fitted {
  readonly estimator: EstimatorModel;
  /** For each feature how much it mattered, at least 0, on a scale of the algorithm's own; empty if it has none. */
  readonly featureWeights: Float64Array;
  readonly endReason: 'COMPLETED' | 'EARLY_STOPPING' | StopReason;
  /**
   * What was searched for, such as the number of rounds, as parameters for fitting to more rows without searching again; left
   * out: nothing was.
   */
  readonly found?: Parameters;
  /** For the user, such as that the iterations ended before the fit had settled. */
  readonly warnings: readonly string[];
  /** Of AUTO: how it came to this model. */
  readonly search?: SearchOutcome;
}

export interface SearchOutcome {
  readonly candidates: readonly CandidateReport[];
  readonly plan: SearchPlan;
  /** The rows that folds have predicted, by the members of the model with their weights; null where a plan left them out. */
  readonly validated: { readonly folds: readonly Fold[]; readonly done: readonly FoldPredictions[] } | null;
}

/**
 * A learning algorithm as a value. `fitSteps` starts afresh each time, leaves its arguments as they are, and gives the same
 * model for the same rows, parameters and seed of `random`, whatever the size of the pool. Only what it returns can predict, through runtime/predict/predict.ts.
 */
export interface Estimator<Name extends string = string> {
  readonly name: Name;
  readonly tasks: readonly Task[];
  readonly description: string;
  readonly isDefault: boolean;
  readonly parameters: readonly ParameterSpec[];
  readonly cost: EstimatorCost;
  fitSteps(
    data: TrainingSet,
    parameters: Parameters,
    random: Random,
    conditions: FitConditions,
  ): Generator<FitStep, Fitted>;
}
