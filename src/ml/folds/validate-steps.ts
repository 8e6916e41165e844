import type { Model, PredictionInterval } from '../../runtime/model.ts';
import type { StopReason } from '../estimator.ts';
import { SECOND_LABEL } from '../evaluation/classifier-output.ts';
import { hasSummedOutputs, type TestRows } from '../evaluation/evaluate-model.ts';
import type { CrossValidation, ThresholdPoint } from '../evaluation/evaluation.ts';
import { sortScores, thresholdCounts } from '../evaluation/sorted-scores.ts';
import type { TestPredictions } from '../evaluation/test-predictions.ts';
import { thresholdPoints } from '../evaluation/thresholds.ts';
import type { Target } from '../preprocessing/target.ts';
import { testRowsOf } from '../split/target-rows.ts';
import { mapSteps } from '../steps.ts';
import type { TrainingTarget } from '../training-set.ts';
import { conformalInterval } from './conformal.ts';
import { crossValidate, type FoldsCheckpoint, type FoldsStep, type ValidationConditions } from './cross-validate.ts';
import type { FoldModel } from './fit-fold.ts';
import { type Fold, type FoldRequest, planFolds, requireRowsOfLabels } from './fold-plan.ts';
import type { FoldPredictions } from './fold-predictions.ts';
import { type ScoredFolds, scoreFolds } from './out-of-fold.ts';

export type { ValidationConditions } from './cross-validate.ts';

/** Rows that folds have predicted, and what is to be told of them. */
export interface JudgedRows {
  readonly target: Target;
  readonly known: TrainingTarget;
  /** Of two labels the one that thresholds are about; null: the second. */
  readonly positive: number | null;
}

/** What is cross-validated beside a model that was fitted to all training rows. */
export interface ValidationRequest extends FoldModel, FoldRequest, JudgedRows {
  readonly rows: Int32Array;
}

/** What folds have told; null of all for no finished fold. */
export interface Validation {
  readonly crossValidation: CrossValidation;
  /** Null for other than two labels. */
  readonly thresholds: readonly ThresholdPoint[] | null;
  /** Null for labels, and for too few rows. */
  readonly interval: PredictionInterval | null;
  /** The rows that folds have predicted, as test predictions are kept. */
  readonly predictions: TestPredictions;
}

export interface ValidationEnd {
  readonly validation: Validation | null;
  readonly stopped: StopReason | null;
  /** How far the folds got, for whatever comes after them. */
  readonly folds: FoldsCheckpoint;
  readonly warnings: readonly string[];
}

/** Fits and scores the folds. Throws TrainingDataError and SplitError where they cannot be made. */
export function* validateSteps(
  request: ValidationRequest,
  model: JudgedModel,
  conditions: ValidationConditions,
): Generator<FoldsStep, ValidationEnd> {
  const folds = planFolds(request, request.table, request.target, request.rows);
  const { done, stopped } = yield* crossValidate(request, folds, conditions);
  const warnings = stopped === null ? [] : [stoppedWarning(done.length, folds.length)];
  const folded = { done, fit: null };
  const finished = { progress: 1, checkpoint: () => folded };
  const validation = yield* mapSteps(judgeSteps(request, model, folds, done), () => finished);
  return { validation, stopped, folds: folded, warnings };
}

/** Scores the folds that were done; null for none. Yields between passes over the rows. */
export function* judgeSteps(
  { target, known, positive }: JudgedRows,
  model: JudgedModel,
  folds: readonly Fold[],
  done: readonly FoldPredictions[],
): Generator<void, Validation | null> {
  if (done.length === 0) return null;
  const asTestRows = (held: Int32Array): TestRows => {
    const testSet = testRowsOf(target, known, held);
    return testSet.task === 'REGRESSION' || positive === null ? testSet : { ...testSet, positive };
  };
  const scored = yield* scoreFolds({ model, folds, done, testRowsOf: asTestRows });
  const thresholds = yield* thresholdsOf(scored, model);
  const { crossValidation, predictions } = scored;
  const interval =
    predictions.task === 'REGRESSION' ? conformalInterval(predictions.actual, predictions.predicted) : null;
  return { crossValidation, thresholds, interval, predictions };
}

type JudgedModel = Pick<Model, 'features' | 'labels' | 'estimator'>;

/** Throws TrainingDataError, before anything is fitted, where the folds that are asked for cannot be made. */
export function checkFolds(
  request: Pick<ValidationRequest, 'folds' | 'split' | 'table' | 'target'>,
  rows: Int32Array,
): void {
  planFolds(request, request.table, request.target, rows);
  requireRowsOfLabels(request, request.target, rows);
}

function* thresholdsOf(
  { predictions, outOfFold }: ScoredFolds,
  { labels, estimator }: JudgedModel,
): Generator<void, readonly ThresholdPoint[] | null> {
  if (predictions.task === 'REGRESSION' || labels?.length !== 2) return null;
  const { actual, predicted, positive } = predictions;
  const output = {
    ...{ actual, predicted, positive, probabilities: outOfFold.outputs },
    ...{ labelCount: labels.length, areSums: hasSummedOutputs(estimator) },
  };
  const scores = yield* sortScores(output, positive ?? SECOND_LABEL);
  return thresholdPoints(thresholdCounts(scores));
}

function stoppedWarning(done: number, folds: number): string {
  const rest = done === 0 ? 'its figures are missing' : 'its figures are of those';
  return `the cross-validation ended after ${done} of ${folds} folds; ${rest}`;
}
