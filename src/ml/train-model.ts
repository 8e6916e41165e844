import { currentReading } from '../runtime/values/cells.ts';
import type { FitConditions, Fitted } from './estimator.ts';
import { evaluateOnHoldOut } from './evaluate-on-hold-out.ts';
import type { Evaluation } from './evaluation/evaluation.ts';
import type { Metrics } from './evaluation/metrics.ts';
import type { TestPredictions } from './evaluation/test-predictions.ts';
import { columnGains } from './importances/column-gains.ts';
import type { FeatureImportance } from './importances/feature-importance.ts';
import { type KnownRows, knownRows } from './known-rows/known-rows.ts';
import { modelFile, readBack, withTrainingFacts } from './model-bytes.ts';
import { SINGLE_THREAD, type WorkerPool } from './parallel/worker-pool.ts';
import { createRandom } from './random.ts';
import { ESTIMATORS } from './registry.ts';
import { mapSteps } from './steps.ts';
import { TimedCurve, type TimedPoint } from './timed-curve.ts';
import { fitBaseline, modelOf } from './training/model-of-training.ts';
import { prepareSteps } from './training/prepare-training.ts';
import { seedOf, type TrainingRequest } from './training/training-request.ts';
import { NO_POINT, type TrainingCheckpoint, type TrainingStep } from './training/training-step.ts';
import { validationSteps, withFolds, withInterval } from './training/validate-training.ts';

export type { TimedPoint as CurvePoint } from './timed-curve.ts';
export type { TrainingRequest } from './training/training-request.ts';
export type { TrainingCheckpoint, TrainingStep } from './training/training-step.ts';
export { TrainingDataError } from './training-data-error.ts';

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

function neverStop(): null {
  return null;
}
