import type { Model } from '../../runtime/model.ts';
import type { Fitted } from '../estimator.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import { intervalCoverage } from '../evaluation/interval-coverage.ts';
import type { TestPredictions } from '../evaluation/test-predictions.ts';
import type { FoldsStep } from '../folds/cross-validate.ts';
import { foldCount } from '../folds/folds-parameter.ts';
import { type ValidationConditions, type ValidationEnd, validateSteps } from '../folds/validate-steps.ts';
import { modelOf } from './model-of-training.ts';
import type { Prepared } from './prepare-training.ts';
import { featureNames, seedOf, type TrainingRequest } from './training-request.ts';

/** Fits and scores the folds that are asked for, if any, beside the model for all training rows. */
export function* validationSteps(
  request: TrainingRequest,
  { data, read, target, testSet, rowWeights, monotonicity }: Prepared,
  fitted: Fitted,
  conditions: ValidationConditions,
): Generator<FoldsStep, ValidationEnd> {
  const { table, algorithm, parameters, split, formats } = request;
  const folds = foldCount(parameters);
  if (folds === 0) return { validation: null, stopped: null, folds: { done: [], fit: null }, warnings: [] };
  const validation = {
    ...{
      table,
      algorithm,
      parameters,
      split,
      folds,
      target,
      rowWeights,
      monotonicity,
      formats: formats?.columns ?? [],
    },
    ...{ targetName: request.target, columns: featureNames(request), seed: seedOf(parameters) },
    ...{ rows: data.rows, known: data.target, labels: data.target.task === 'REGRESSION' ? [] : data.target.labels },
    positive: testSet.task === 'REGRESSION' ? null : (testSet.positive ?? null),
  };
  return yield* validateSteps(validation, modelOf(request, read, fitted), conditions);
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
