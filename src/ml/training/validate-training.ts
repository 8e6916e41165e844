import type { Model } from '../../runtime/model.ts';
import type { SearchConditions } from '../auto/search-conditions.ts';
import type { Fitted } from '../estimator.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import { intervalCoverage } from '../evaluation/interval-coverage.ts';
import type { TestPredictions } from '../evaluation/test-predictions.ts';
import type { FoldsCheckpoint, FoldsStep } from '../folds/cross-validate.ts';
import type { FoldSource } from '../folds/fold-source.ts';
import { foldCount } from '../folds/folds-parameter.ts';
import {
  type JudgedRows,
  judgeSteps,
  type ValidationConditions,
  type ValidationEnd,
  validateSteps,
} from '../folds/validate-steps.ts';
import { seedOf } from '../parameters/parameter-spec.ts';
import { mapSteps } from '../steps.ts';
import { modelOf } from './model-of-training.ts';
import type { Prepared } from './prepare-training.ts';
import { featureNames, type TrainingRequest } from './training-request.ts';

/** Fits and scores the folds that are asked for, if any, beside the model for all training rows. */
export function* validationSteps(
  request: TrainingRequest,
  prepared: Prepared,
  fitted: Fitted,
  conditions: ValidationConditions,
): Generator<FoldsStep, ValidationEnd> {
  const { algorithm, parameters, split } = request;
  const { data, read, target, testSet } = prepared;
  const model = modelOf(request, read, fitted);
  const positive = testSet.task === 'REGRESSION' ? null : (testSet.positive ?? null);
  const judged = { target, known: data.target, positive };
  if (algorithm === 'AUTO') return yield* judgeSearch(judged, model, fitted);
  const folds = foldCount(parameters);
  if (folds === 0) return NOT_VALIDATED;
  const work = { ...foldSource(request, prepared), algorithm, parameters, seed: seedOf(parameters) };
  return yield* validateSteps({ ...work, ...judged, folds, split, rows: data.rows }, model, conditions);
}

/** What the folds of a request are read from. */
function foldSource(request: TrainingRequest, { data, target, rowWeights, monotonicity }: Prepared): FoldSource {
  const { table, formats } = request;
  return {
    ...{ table, target, rowWeights, monotonicity, formats: formats?.columns ?? [] },
    ...{ targetName: request.target, columns: featureNames(request) },
    labels: data.target.task === 'REGRESSION' ? [] : data.target.labels,
  };
}

/** What AUTO needs beside the training set. */
export function searchConditions(
  request: TrainingRequest,
  prepared: Prepared,
  clock: (() => number) | null,
): SearchConditions {
  const source = { ...foldSource(request, prepared), split: request.split };
  const { plan = null, refit: isRefitted = false } = request;
  return { source, testRows: prepared.split.test.length, isRefitted, plan, decided: null, clock };
}

const NO_FOLDS: FoldsCheckpoint = { done: [], fit: null };
const NOT_VALIDATED: ValidationEnd = { validation: null, stopped: null, folds: NO_FOLDS, warnings: [] };

/** AUTO has fitted folds already. */
function* judgeSearch(rows: JudgedRows, model: Model, { search }: Fitted): Generator<FoldsStep, ValidationEnd> {
  const validated = search?.validated ?? null;
  if (validated === null) return NOT_VALIDATED;
  const { folds, done } = validated;
  const judging = judgeSteps(rows, model, folds, done);
  const validation = yield* mapSteps(judging, (): FoldsStep => ({ progress: 1, checkpoint: () => NO_FOLDS }));
  return { ...NOT_VALIDATED, validation };
}

export function withInterval(model: Model, validation: ValidationEnd['validation']): Model {
  return validation === null || validation.interval === null ? model : { ...model, interval: validation.interval };
}

/** The evaluation with what the folds told, and how the interval that they gave does on the test rows. */
export function withFolds(
  evaluation: Evaluation,
  predictions: TestPredictions,
  validation: ValidationEnd['validation'],
): Evaluation {
  if (validation === null) return evaluation;
  const { crossValidation, thresholds, interval } = validation;
  if (evaluation.task === 'CLASSIFICATION') {
    return { ...evaluation, crossValidation, ...(thresholds === null ? {} : { thresholds }) };
  }
  const coverage =
    interval === null || predictions.task !== 'REGRESSION' ? {} : { interval: intervalCoverage(interval, predictions) };
  return { ...evaluation, crossValidation, ...coverage };
}
