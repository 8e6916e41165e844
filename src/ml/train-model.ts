import type { Model } from '../runtime/model.ts';
import { type CellReading, currentReading } from '../runtime/values/cells.ts';
import type { Table } from '../tabular/types/column.ts';
import { fittingBounds, type TrainingSize } from './cost-model.ts';
import type { FitCheckpoint, FitConditions, Fitted } from './estimator.ts';
import { evaluateOnHoldOut } from './evaluate-on-hold-out.ts';
import type { TestRows } from './evaluation/evaluate-model.ts';
import type { Evaluation } from './evaluation/evaluation.ts';
import { intervalCoverage } from './evaluation/interval-coverage.ts';
import type { Metrics } from './evaluation/metrics.ts';
import type { TestPredictions } from './evaluation/test-predictions.ts';
import type { FoldsCheckpoint, FoldsStep } from './folds/cross-validate.ts';
import { foldCount } from './folds/folds-parameter.ts';
import { checkFolds, type ValidationConditions, type ValidationEnd, validateSteps } from './folds/validate-steps.ts';
import { columnGains } from './importances/column-gains.ts';
import type { FeatureImportance } from './importances/feature-importance.ts';
import { type KnownRows, knownRows } from './known-rows/known-rows.ts';
import { modelFile, readBack, withTrainingFacts } from './model-bytes.ts';
import { SINGLE_THREAD, type WorkerPool } from './parallel/worker-pool.ts';
import type { Parameters } from './parameters/parameter-spec.ts';
import { positiveClass } from './positive-class.ts';
import { checkFeatures } from './preprocessing/check-features.ts';
import { type ColumnFormat, prepareFeatures } from './preprocessing/features.ts';
import { readTarget, type Target } from './preprocessing/target.ts';
import { createRandom } from './random.ts';
import { type AlgorithmName, ESTIMATORS } from './registry.ts';
import { excludesSplitColumn, type RowSplit, type SplitRequest, splitRows } from './split/split.ts';
import { requireKnownTarget, testRowsOf, trainingTarget } from './split/target-rows.ts';
import { mapSteps, runToEnd } from './steps.ts';
import type { Task } from './task.ts';
import { TimedCurve, type TimedPoint } from './timed-curve.ts';
import { TrainingDataError } from './training-data-error.ts';
import type { TrainingSet } from './training-set.ts';
import { dataWarnings, earlyWarnings } from './warnings/training-warnings.ts';

export type { TimedPoint as CurvePoint } from './timed-curve.ts';
export { TrainingDataError } from './training-data-error.ts';

/** What to train, on what. */
export interface TrainingRequest {
  readonly table: Table;
  /** A column's name. */
  readonly target: string;
  readonly task: Task;
  /** Names of columns, in the order in which the model lists them. */
  readonly features: readonly string[];
  readonly algorithm: AlgorithmName;
  /** As resolveParameters returns them. */
  readonly parameters: Parameters;
  readonly split: SplitRequest;
  /** The label that the figures of one of two labels speak of; null or left out: see positiveClass. */
  readonly positiveClass?: string | null;
  /** Names of the table's timestamp columns, features or not: used to check whether its rows are in time order. */
  readonly timestampColumns?: readonly string[];
  /** How the table's file is written, for the model to read new values of it in the same way. */
  readonly formats?: {
    /** Of the columns that are not written plainly. */
    readonly columns: readonly ColumnFormat[];
    /** How its cells are read, and what stands for "no value" in it. */
    readonly reading: CellReading;
  };
}

/** What a training works under; see FitConditions. */
export interface TrainingConditions {
  /** Left out: the calling thread alone. */
  readonly pool?: WorkerPool;
  /** Left out: it is not stopped. */
  readonly stopReason?: FitConditions['stopReason'];
  /** What an earlier training by the same request has left; null or left out: nothing. */
  readonly checkpoint?: TrainingCheckpoint | null;
  /** Shows seconds since any moment, for the times of the curve; left out: they are null. */
  readonly clock?: () => number;
}

/** How far a training got: data alone, no functions. */
export interface TrainingCheckpoint {
  /** Of the model for all training rows; null once that is fitted, or where it left none. */
  readonly fit: FitCheckpoint | null;
  readonly curve: readonly TimedPoint[];
  /** While folds are fitted: that model, and how far they got. */
  readonly validating?: { readonly fitted: Fitted; readonly folds: FoldsCheckpoint };
}

/** A yield point in the work: the caller may report it, or abandon the training by not asking for the next one. */
export interface TrainingStep {
  readonly stage: 'PREPARING' | 'FITTING' | 'EVALUATING';
  /** 0 to 1 over the whole of trainModel, never falls, about proportional to the work done. */
  readonly progress: number;
  /** A new point of the loss curve, or null. */
  readonly point: TimedPoint | null;
  /** Makes a checkpoint; valid until the next step is requested; null where none can be made. */
  readonly checkpoint: (() => TrainingCheckpoint) | null;
}

export interface TrainedModel {
  /** The model file: UTF-8 JSON, see runtime/format/write-model.ts. */
  readonly modelBytes: Uint8Array<ArrayBuffer>;
  /** On the test rows, by the model as it was read back from its file. */
  readonly metrics: Metrics;
  /** Of the baseline, on the same rows. */
  readonly baseline: Metrics;
  readonly curve: readonly TimedPoint[];
  /** Where it is right and where it is wrong, on the same rows. */
  readonly evaluation: Evaluation;
  readonly predictions: TestPredictions;
  /** Of the training rows that folds have predicted; null without folds. */
  readonly outOfFold: TestPredictions | null;
  /** By permutation for the columns of largest gain, largest first; then the others, by gain. */
  readonly featureImportances: readonly FeatureImportance[];
  readonly warnings: readonly string[];
  readonly trainRows: number;
  readonly testRows: number;
  /** What the training rows are known by; null for too many. */
  readonly knownRows: KnownRows | null;
  readonly endReason: Fitted['endReason'];
}

const NO_POINT = { point: null, checkpoint: null } as const;

/** The fraction of the preparation that reading the target and splitting the rows takes; the rest is scanning every column. */
const SPLITTING_FRACTION = 0.7;

/**
 * Trains and tests a model. Every step of fitting, preprocessing included, sees the training rows alone. The same request
 * gives the same bytes. Throws TrainingDataError or SplitError where the user's rows do not allow it.
 */
export function* trainModel(
  request: TrainingRequest,
  { pool = SINGLE_THREAD, stopReason = neverStop, checkpoint = null, clock }: TrainingConditions = {},
): Generator<TrainingStep, TrainedModel> {
  const { table, algorithm } = request;
  const prepared = yield* prepareSteps(request, pool.size);
  const { data, read, split, testSet, size, begins, fits, ends, warnings: early } = prepared;
  const curve = new TimedCurve(checkpoint?.curve ?? [], clock ?? null);
  const fitting = ESTIMATORS[algorithm].fitSteps(data, request.parameters, createRandom(seedOf(request.parameters)), {
    pool,
    stopReason,
    checkpoint: checkpoint?.fit ?? null,
  });
  const fittingSteps = mapSteps(fitting, ({ progress, point, checkpoint: makeCheckpoint }): TrainingStep => {
    return {
      stage: 'FITTING',
      progress: begins + (fits - begins) * progress,
      point: point && curve.add(point),
      checkpoint: makeCheckpoint === undefined ? null : () => ({ fit: makeCheckpoint(), curve: [...curve.points] }),
    };
  });
  const fitted = checkpoint?.validating?.fitted ?? (yield* fittingSteps);
  const validating = validationSteps(request, prepared, fitted, {
    ...{ pool, stopReason, checkpoint: checkpoint?.validating?.folds ?? null },
  });
  const {
    validation,
    stopped,
    warnings: ofFolds,
  } = yield* mapSteps(validating, (step): TrainingStep => {
    const folds = step.checkpoint;
    return {
      stage: 'FITTING',
      progress: fits + (ends - fits) * step.progress,
      point: null,
      checkpoint: () => ({ fit: null, curve: [...curve.points], validating: { fitted, folds: folds() } }),
    };
  });
  yield { stage: 'EVALUATING', progress: ends, ...NO_POINT };
  const modelBytes = modelFile(
    withTrainingFacts(withInterval(modelOf(request, read, fitted), validation), table, split.train),
  );
  const testing = evaluateOnHoldOut({
    table,
    testSet,
    size,
    stopReason,
    model: readBack(modelBytes),
    baseline: modelOf(request, read, fitBaseline(data)),
    gains: columnGains(read.features, fitted.featureWeights),
    random: createRandom(seedOf(request.parameters)),
  });
  const { warnings, evaluation, ...found } = yield* mapSteps(testing, (share): TrainingStep => {
    return { stage: 'EVALUATING', progress: ends + (1 - ends) * share, ...NO_POINT };
  });
  yield { stage: 'EVALUATING', progress: 1, ...NO_POINT };
  return Object.freeze({
    modelBytes,
    ...found,
    evaluation: withFolds(evaluation, found.predictions, validation),
    outOfFold: validation?.predictions ?? null,
    curve: curve.points,
    warnings: [...early, ...fitted.warnings, ...ofFolds, ...warnings],
    trainRows: split.train.length,
    testRows: split.test.length,
    knownRows: knownRows(read, request.formats?.reading ?? currentReading(), testSet),
    endReason: stopped ?? fitted.endReason,
  });
}

/** Fits and scores the folds that are asked for, if any, beside the model for all training rows. */
function* validationSteps(
  request: TrainingRequest,
  { data, read, target, testSet }: Prepared,
  fitted: Fitted,
  conditions: ValidationConditions,
): Generator<FoldsStep, ValidationEnd> {
  const { table, algorithm, parameters, split, formats } = request;
  const folds = foldCount(parameters);
  if (folds === 0) return { validation: null, stopped: null, warnings: [] };
  const validation = {
    ...{ table, algorithm, parameters, split, folds, target, formats: formats?.columns ?? [] },
    ...{ targetName: request.target, columns: featureNames(request), seed: seedOf(parameters) },
    ...{ rows: data.rows, known: data.target, labels: data.target.task === 'REGRESSION' ? [] : data.target.labels },
    positive: testSet.task === 'REGRESSION' ? null : (testSet.positive ?? null),
  };
  return yield* validateSteps(validation, modelOf(request, read, fitted), conditions);
}

function withInterval(model: Model, validation: ValidationEnd['validation']): Model {
  return validation === null || validation.interval === null ? model : { ...model, interval: validation.interval };
}

/** The evaluation with what the folds told, and how the interval that they gave does on the test rows. */
function withFolds(
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

/** All that is known before anything is fitted. */
interface Prepared {
  /** What the estimator is fitted to. */
  readonly data: TrainingSet;
  /** The same rows as the model reads them. */
  readonly read: TrainingSet;
  readonly target: Target;
  readonly split: RowSplit;
  readonly testSet: TestRows;
  readonly size: TrainingSize;
  /** On the scale of progress: where fitting begins, where the model is fitted, and where its folds are too. */
  readonly begins: number;
  readonly fits: number;
  readonly ends: number;
  readonly warnings: readonly string[];
}

function* prepareSteps(request: TrainingRequest, threads: number): Generator<TrainingStep, Prepared> {
  yield { stage: 'PREPARING', progress: 0, ...NO_POINT };
  const { table, task, algorithm } = request;
  const target = readTarget(targetColumn(request), task);
  const split = splitRows(request.split, table, requireKnownTarget(request.target, target));
  const names = featureNames(request);
  const size = sizeOf(request, target, split);
  const { begins, fits, ends } = fittingBounds(size, threads);
  checkFoldsOf(request, target, split);
  const known = trainingTarget(target, split.train, request.target);
  const preparing = prepareFeatures(table, names, request.target, split.train, known, request.formats?.columns);
  let columnsDone = 0;
  const { features, columns, fitted, ...prepared } = yield* mapSteps(preparing, (): TrainingStep => {
    const done = Math.min(1, columnsDone++ / names.length);
    return {
      stage: 'PREPARING',
      progress: begins * (SPLITTING_FRACTION + (1 - SPLITTING_FRACTION) * done),
      ...NO_POINT,
    };
  });
  checkFeatures(features, algorithm);
  const read: TrainingSet = { features, columns, rows: split.train, target: known };
  const data: TrainingSet = { ...read, ...fitted };
  const testSet = testRowsFor(request, target, data, split);
  const early = earlyWarnings(request, target, split, [...new Set(columns)]);
  yield { stage: 'PREPARING', progress: begins, ...NO_POINT };
  const warnings = [...dataWarnings(table, target, data, testSet), ...early, ...prepared.warnings];
  return { data, read, target, split, testSet, size, begins, fits, ends, warnings };
}

function checkFoldsOf({ table, parameters, split }: TrainingRequest, target: Target, { train }: RowSplit): void {
  const folds = foldCount(parameters);
  if (folds > 0) checkFolds({ folds, split, table, target }, train);
}

/** Called before fitting, so that an unknown positive class is reported at once. */
function testRowsFor(request: TrainingRequest, target: Target, data: TrainingSet, split: RowSplit): TestRows {
  const positive = positiveClass(request.positiveClass ?? null, target, data.target);
  const testSet = testRowsOf(target, data.target, split.test);
  return testSet.task === 'REGRESSION' || positive === null ? testSet : { ...testSet, positive };
}

function sizeOf({ algorithm, parameters, features }: TrainingRequest, target: Target, split: RowSplit): TrainingSize {
  return {
    algorithm,
    parameters,
    trainRows: split.train.length,
    testRows: split.test.length,
    features: Math.max(1, features.length),
    labels: target.task === 'REGRESSION' ? 0 : target.labels.length,
  };
}

function targetColumn(request: TrainingRequest) {
  const column = request.table.columns.find((found) => found.name === request.target);
  if (column !== undefined) return column;
  throw new TrainingDataError('TARGET_NOT_FOUND', `there is no column ${request.target}`, null);
}

/** A column that assigns rows to the training or test set, or to a group, is not a feature. */
function featureNames(request: TrainingRequest): readonly string[] {
  return excludesSplitColumn(request.split.strategy)
    ? request.features.filter((name) => name !== request.split.column)
    : request.features;
}

function seedOf(parameters: Parameters): number {
  const seed = parameters['seed'];
  return typeof seed === 'number' ? seed : 0;
}

function modelOf(request: TrainingRequest, data: TrainingSet, fitted: Fitted): Model {
  return {
    task: request.task,
    algorithm: request.algorithm,
    target: request.target,
    labels: data.target.task === 'CLASSIFICATION' ? data.target.labels : null,
    features: data.features,
    reading: request.formats?.reading ?? currentReading(),
    estimator: fitted.estimator,
  };
}

function neverStop(): null {
  return null;
}

function fitBaseline(data: TrainingSet): Fitted {
  return runToEnd(
    ESTIMATORS.BASELINE.fitSteps(data, {}, createRandom(0), {
      pool: SINGLE_THREAD,
      stopReason: neverStop,
      checkpoint: null,
    }),
  );
}
