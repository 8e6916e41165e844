import type { Model } from '../../runtime/model.ts';
import { currentReading } from '../../runtime/values/cells.ts';
import type { FitCheckpoint, FitConditions, Fitted, StopReason } from '../estimator.ts';
import { type KnownRows, knownRows } from '../known-rows/known-rows.ts';
import { constrainFeatures } from '../monotone/constrain-features.ts';
import { seedOf } from '../parameters/parameter-spec.ts';
import { checkFeatures } from '../preprocessing/check-features.ts';
import { prepareFeatures } from '../preprocessing/features.ts';
import { countedRows, weightsOfRows } from '../preprocessing/row-weights.ts';
import { createRandom } from '../random.ts';
import { ESTIMATORS } from '../registry.ts';
import type { RowSplit } from '../split/split.ts';
import { testRowsOf, trainingTarget } from '../split/target-rows.ts';
import { mapSteps } from '../steps.ts';
import type { TrainingSet } from '../training-set.ts';
import { modelOf } from './model-of-training.ts';
import type { Prepared } from './prepare-training.ts';
import { featureNames, type TrainingRequest } from './training-request.ts';
import { searchConditions } from './validate-training.ts';

/** A yield point of fitting again. */
export interface RefitStep {
  /** 0 to 1, never falls. */
  readonly progress: number;
  /** To users, when it begins; left out: nothing. */
  readonly message?: string;
  /** Valid until the next step is requested; null before there is anything to go on from. */
  readonly checkpoint: (() => FitCheckpoint) | null;
}

/** A model that has learned all rows. */
export interface Refit {
  readonly model: Model;
  /** All rows with a target, but those of weight 0, ascending. */
  readonly rows: Int32Array;
  readonly knownRows: KnownRows | null;
  readonly warnings: readonly string[];
}

export interface RefitEnd {
  /** Null where none was asked for, or the training ended before it was fitted. */
  readonly refit: Refit | null;
  readonly stopped: StopReason | null;
  readonly warnings: readonly string[];
}

const NO_REFIT: RefitEnd = { refit: null, stopped: null, warnings: [] };

/** The share of the steps that looking at the columns again takes. */
const PREPARING_SHARE = 0.05;

/**
 * Fits the model again to the training and the test rows, if that is asked for: from the preprocessing on, by the same
 * parameters and seed, and with what the first fitting found instead of searching for it again (see Fitted.found). Test rows
 * tell nothing about a model that has learned them: its metrics are those of the first one.
 *
 * On a reason to stop, `before` or while it is fitted, the first model is what stays: a model of all rows that was cut short
 * would be worse than that. The same for any pool. Throws TrainingDataError where all rows cannot be fitted to together.
 */
export function* refitSteps(
  request: TrainingRequest,
  prepared: Prepared,
  { fitted, before }: { readonly fitted: Fitted; readonly before: StopReason | null },
  { pool, stopReason, checkpoint }: FitConditions,
): Generator<RefitStep, RefitEnd> {
  if (request.refit !== true) return NO_REFIT;
  let stopped = before ?? stopReason();
  const askToStop = () => {
    stopped ??= stopReason();
    return stopped;
  };
  if (stopped !== null) return notRefitted(stopped);
  if (checkpoint === null) yield { progress: 0, message: 'The model is fitted again, to all rows.', checkpoint: null };
  const { algorithm, parameters } = request;
  const { read, data, rows } = yield* allRowsOf(request, prepared);
  const random = createRandom(seedOf(parameters));
  const found = { ...parameters, ...fitted.found };
  const fitting = ESTIMATORS[algorithm].fitSteps(data, found, random, {
    ...{ pool, stopReason: askToStop, checkpoint },
    search: { ...searchConditions(request, prepared, null), decided: fitted.search?.plan ?? null },
  });
  let next = fitting.next();
  for (; next.done !== true; next = fitting.next()) {
    // AUTO fits its members to their ends.
    const reason = askToStop();
    if (reason !== null) {
      endEarly(fitting);
      return notRefitted(reason);
    }
    const { progress, checkpoint: makeCheckpoint } = next.value;
    yield { progress: PREPARING_SHARE + (1 - PREPARING_SHARE) * progress, checkpoint: makeCheckpoint ?? null };
  }
  if (stopped !== null) return notRefitted(stopped);
  const again = next.value;
  const refit = {
    model: modelOf(request, read, again),
    rows,
    knownRows: knownRowsOf(request, prepared, read),
    warnings: again.warnings.filter((warning) => !fitted.warnings.includes(warning)),
  };
  return { refit, stopped, warnings: [] };
}

function endEarly(fitting: Generator<unknown, unknown>): void {
  fitting.return(undefined);
}

function notRefitted(stopped: StopReason): RefitEnd {
  return {
    refit: null,
    stopped,
    warnings: ['the training ended before the model was fitted again to all rows: the test rows are not in it'],
  };
}

/** All rows as the estimator is fitted to them, and as the model reads them. */
function* allRowsOf(
  request: TrainingRequest,
  { target, split, rowWeights, monotonicity }: Prepared,
): Generator<RefitStep, { data: TrainingSet; read: TrainingSet; rows: Int32Array }> {
  const { table, formats, algorithm } = request;
  const names = featureNames(request);
  const rows = countedRows(inOrder(split), rowWeights, request.weightColumn ?? null);
  const weights = weightsOfRows(rowWeights, rows);
  const known = trainingTarget(target, rows, request.target);
  let columnsDone = 0;
  const preparing = prepareFeatures(table, names, request.target, rows, known, formats?.columns, weights);
  const usable = yield* mapSteps(preparing, (): RefitStep => {
    const done = Math.min(1, columnsDone++ / names.length);
    return { progress: PREPARING_SHARE * done, checkpoint: null };
  });
  const { features, columns, fitted, directions } = constrainFeatures(usable, known, monotonicity);
  checkFeatures(features, algorithm);
  const read: TrainingSet = { features, columns, rows, target: known, weights, directions };
  return { read, data: { ...read, ...fitted }, rows };
}

function inOrder({ train, test }: RowSplit): Int32Array {
  const rows = new Int32Array(train.length + test.length);
  rows.set(train);
  rows.set(test, train.length);
  return rows.sort();
}

/** What all rows are known by: the test rows are no others to this model. */
function knownRowsOf({ formats }: TrainingRequest, { target, split }: Prepared, read: TrainingSet): KnownRows | null {
  const training: TrainingSet = { ...read, rows: split.train, target: codedAs(read.target, target, split.train) };
  const testSet = testRowsOf(target, read.target, split.test);
  return knownRows(training, formats?.reading ?? currentReading(), testSet, true);
}

/** The target of some of the rows, in the codes of all of them. */
function codedAs(all: TrainingSet['target'], target: Prepared['target'], rows: Int32Array): TrainingSet['target'] {
  const some = testRowsOf(target, all, rows);
  if (some.task === 'REGRESSION' || all.task === 'REGRESSION') {
    return { task: 'REGRESSION', values: Float64Array.from(some.actual) };
  }
  return { task: 'CLASSIFICATION', labels: all.labels, codes: Int32Array.from(some.actual) };
}
