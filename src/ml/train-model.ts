import type { FittedElsewhere } from './distributed/model/fitted-elsewhere.ts';
import type { FitConditions, Fitted, SearchOutcome } from './estimator.ts';
import { evaluateOnHoldOut } from './evaluate-on-hold-out.ts';
import type { Evaluation } from './evaluation/evaluation.ts';
import type { Metrics } from './evaluation/metrics.ts';
import type { TestPredictions } from './evaluation/test-predictions.ts';
import { columnGains } from './importances/column-gains.ts';
import type { FeatureImportance } from './importances/feature-importance.ts';
import { type KnownRows, knownRows } from './known-rows/known-rows.ts';
import { modelFile, readBack, withTrainingFacts } from './model-bytes.ts';
import { SINGLE_THREAD } from './parallel/pool-jobs.ts';
import type { WorkerPool } from './parallel/worker-pool.ts';
import { seedOf } from './parameters/parameter-spec.ts';
import { createRandom } from './random.ts';
import { mapSteps } from './steps.ts';
import { TimedCurve, type TimedPoint } from './timed-curve.ts';
import { fitTraining } from './training/fit-training.ts';
import { fitBaseline, modelOf } from './training/model-of-training.ts';
import { prepareSteps } from './training/prepare-training.ts';
import type { TrainingRequest } from './training/training-request.ts';
import { NO_POINT, type TrainingCheckpoint, type TrainingStep } from './training/training-step.ts';
import { withFolds, withInterval } from './training/validate-training.ts';

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
  /** The model, where it is only to be tested, as if it had just been fitted; null or left out: it is fitted here. */
  readonly fittedElsewhere?: FittedElsewhere | null;
  /** Shows the seconds of training so far, over all attempts; left out: nothing is measured, and AUTO takes its time. */
  readonly clock?: () => number;
}

export interface TrainedModel {
  /** The model file: UTF-8 JSON, see runtime/format/write-model.ts. */
  readonly modelBytes: Uint8Array<ArrayBuffer>;
  /** On the test rows, by the model as it was read back from its file, or the one that was not fitted to them. */
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
  /** Whether the model has learned the test rows too; metrics and all that is told of them are of one that has not. */
  readonly refitted: boolean;
  /** What the rows that the model has learned are known by; null for too many. */
  readonly knownRows: KnownRows | null;
  readonly endReason: Fitted['endReason'];
  /** Of AUTO: what it tried, and what it did; null for other algorithms. */
  readonly search: Omit<SearchOutcome, 'validated'> | null;
}

/**
 * Trains and tests a model. Every step of fitting the model that is tested, preprocessing included, sees the training rows
 * alone. The same request gives the same bytes. Throws TrainingDataError or SplitError where the user's rows do not allow it.
 */
export function* trainModel(
  request: TrainingRequest,
  { pool = SINGLE_THREAD, stopReason = neverStop, clock, ...from }: TrainingConditions = {},
): Generator<TrainingStep, TrainedModel> {
  const { table } = request;
  const prepared = yield* prepareSteps(request, pool.size);
  const elsewhere = from.fittedElsewhere ?? null;
  const checkpoint = elsewhere === null ? (from.checkpoint ?? null) : checkpointOf(elsewhere);
  const { data, split, testSet, size, bounds, warnings: early } = prepared;
  const read = elsewhere === null ? prepared.read : { ...prepared.read, features: elsewhere.features };
  const curve = new TimedCurve(checkpoint?.curve ?? [], clock ?? null);
  const fitting = fitTraining(request, prepared, curve, { pool, stopReason, checkpoint, clock: clock ?? null });
  const { fitted, validation, refit, warnings: ofFitting, endReason } = yield* fitting;
  const { ends } = bounds;
  yield { stage: 'EVALUATING', progress: ends, ...NO_POINT };
  const tested = withInterval(modelOf(request, read, fitted), validation);
  const delivered = refit === null ? tested : withInterval(refit.model, validation);
  const modelBytes = modelFile(withTrainingFacts(delivered, table, refit?.rows ?? split.train));
  const written = readBack(modelBytes);
  const testing = evaluateOnHoldOut({
    table,
    testSet,
    size,
    stopReason,
    model: refit === null ? written : readBack(modelFile(tested)),
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
    warnings: [...early, ...ofFitting, ...warnings],
    trainRows: split.train.length,
    testRows: split.test.length,
    refitted: refit !== null,
    knownRows: refit === null ? knownRows(read, tested.reading, testSet) : refit.knownRows,
    endReason,
    search: searchOf(fitted),
  });
}

/** A training that has only to go on after the fit. */
function checkpointOf({ fitted, curve }: FittedElsewhere): TrainingCheckpoint {
  return { fit: null, curve, validating: { fitted, folds: { done: [], fit: null } } };
}

function searchOf({ search }: Fitted): TrainedModel['search'] {
  return search === undefined ? null : { candidates: search.candidates, plan: search.plan };
}

function neverStop(): null {
  return null;
}
