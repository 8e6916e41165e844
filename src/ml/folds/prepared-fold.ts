import { type EstimatorModel, type Model, outputCount } from '../../runtime/model.ts';
import { bindModel } from '../../runtime/predict/predict.ts';
import { currentReading } from '../../runtime/values/cells.ts';
import { predictInBatches } from '../evaluation/evaluate-model.ts';
import { constrainFeatures } from '../monotone/constrain-features.ts';
import { prepareFeatures } from '../preprocessing/features.ts';
import { weightsOfRows } from '../preprocessing/row-weights.ts';
import type { Target } from '../preprocessing/target.ts';
import { trainingTarget } from '../split/target-rows.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { TrainingSet } from '../training-set.ts';
import { type Fold, foldsImpossible } from './fold-plan.ts';
import type { FoldPredictions } from './fold-predictions.ts';
import type { FoldSource } from './fold-source.ts';

/** A fold whose rows are ready to be fitted to, by any algorithm. */
export interface PreparedFold {
  /** What an estimator is fitted to. */
  readonly data: TrainingSet;
  /** As the model reads them. */
  readonly features: Model['features'];
  /** The rows to predict. */
  readonly held: Int32Array;
}

/**
 * Prepares the training rows of a fold, as if there were no others; yields often, because texts take seconds. Throws
 * FOLDS_IMPOSSIBLE where the rows have one label only.
 */
export function* prepareFold(source: FoldSource, { train, held }: Fold): Generator<unknown, PreparedFold> {
  const { table, columns: names, targetName, target, formats, rowWeights, monotonicity } = source;
  const weights = weightsOfRows(rowWeights, train);
  const known = targetOfFold(target, train, targetName);
  const usable = yield* prepareFeatures(table, names, targetName, train, known, formats, weights);
  const { features, fitted, directions } = constrainFeatures(usable, known, monotonicity);
  return { data: { ...fitted, rows: train, target: known, weights, directions }, features, held };
}

/** What an estimator that was fitted to the fold says of the rows held back. Yields the share done. */
export function* predictHeld(
  source: FoldSource,
  { data, features, held }: PreparedFold,
  algorithm: string,
  estimator: EstimatorModel,
): Generator<number, FoldPredictions> {
  const model: Model = {
    task: data.target.task,
    algorithm,
    target: source.targetName,
    labels: data.target.task === 'CLASSIFICATION' ? data.target.labels : null,
    features,
    reading: currentReading(),
    estimator,
  };
  const raw = yield* predictInBatches(bindModel(model, source.table), outputCount(model), held);
  return model.labels === null ? raw : amongAllLabels(raw, model.labels, source.labels);
}

function targetOfFold(target: Target, rows: Int32Array, name: string): TrainingSet['target'] {
  try {
    return trainingTarget(target, rows, name);
  } catch (error) {
    if (!(error instanceof TrainingDataError)) throw error;
    throw foldsImpossible(
      `the training rows of a fold have one label of ${name} only`,
      'ask for fewer folds, or split the rows otherwise',
    );
  }
}

function amongAllLabels(
  { outputs, predicted }: FoldPredictions,
  known: readonly string[],
  all: readonly string[],
): FoldPredictions {
  if (known.length === all.length) return { outputs, predicted };
  const positionOf = known.map((label) => all.indexOf(label));
  const spread = new Float64Array(predicted.length * all.length);
  for (let row = 0, at = 0; row < predicted.length; row++) {
    for (const position of positionOf) spread[row * all.length + position] = outputs[at++]!;
  }
  return { outputs: spread, predicted: predicted.map((label) => positionOf[label]!) };
}
