import { type Model, outputCount } from '../../runtime/model.ts';
import { bindModel } from '../../runtime/predict/predict.ts';
import { currentReading } from '../../runtime/values/cells.ts';
import type { Table } from '../../tabular/types/column.ts';
import type { FitConditions, FitStep } from '../estimator.ts';
import { predictInBatches } from '../evaluation/evaluate-model.ts';
import type { Parameters } from '../parameters/parameter-spec.ts';
import { type ColumnFormat, prepareFeatures } from '../preprocessing/features.ts';
import type { Target } from '../preprocessing/target.ts';
import { createRandom } from '../random.ts';
import { type AlgorithmName, ESTIMATORS } from '../registry.ts';
import { trainingTarget } from '../split/target-rows.ts';
import { mapSteps, runToEnd } from '../steps.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { TrainingSet } from '../training-set.ts';
import { type Fold, foldsImpossible } from './fold-plan.ts';

/** What is fitted to the rows of each fold. */
export interface FoldModel {
  readonly table: Table;
  readonly targetName: string;
  readonly target: Target;
  /** Of all training rows, in their order; empty for REGRESSION. */
  readonly labels: readonly string[];
  /** Names of the columns to learn from. */
  readonly columns: readonly string[];
  /** Of the columns that are not written plainly. */
  readonly formats: readonly ColumnFormat[];
  readonly algorithm: AlgorithmName;
  readonly parameters: Parameters;
  readonly seed: number;
}

/** What the model of a fold says of the rows that it was not fitted to, in their order. */
export interface FoldPredictions {
  /** Row after row: a probability for each label of all training rows, 0 for one that the fold's rows lack; or the value. */
  readonly outputs: Float64Array;
  /** For each row the number of the label that was chosen; of a regressor all 0. */
  readonly predicted: Int32Array;
}

/** The share of a fold's steps that fitting takes; the rest is predicting. */
const FITTING_SHARE = 0.95;

/**
 * Fits a model to the training rows of a fold, from the preprocessing on, and predicts the rows held back. The same for any
 * pool. Throws TrainingDataError FOLDS_IMPOSSIBLE where the fold's rows have one label only, or no feature that varies.
 */
export function* fitFold(work: FoldModel, fold: Fold, conditions: FitConditions): Generator<FitStep, FoldPredictions> {
  const { data, features } = trainingSetOf(work, fold);
  const { algorithm, parameters, seed, table } = work;
  const fitting = ESTIMATORS[algorithm].fitSteps(data, parameters, createRandom(seed), conditions);
  const { estimator } = yield* mapSteps(
    fitting,
    ({ progress, checkpoint }): FitStep => ({
      progress: FITTING_SHARE * progress,
      point: null,
      ...(checkpoint === undefined ? {} : { checkpoint }),
    }),
  );
  const model: Model = {
    task: data.target.task,
    algorithm,
    target: work.targetName,
    labels: data.target.task === 'CLASSIFICATION' ? data.target.labels : null,
    features,
    reading: currentReading(),
    estimator,
  };
  const predicting = predictInBatches(bindModel(model, table), outputCount(model), fold.held);
  const raw = yield* mapSteps(
    predicting,
    (share): FitStep => ({
      progress: FITTING_SHARE + (1 - FITTING_SHARE) * share,
      point: null,
    }),
  );
  return model.labels === null ? raw : amongAllLabels(raw, model.labels, work.labels);
}

/** What the estimator is fitted to, and the features as the model reads them. */
function trainingSetOf(work: FoldModel, { train }: Fold): { data: TrainingSet; features: Model['features'] } {
  const { table, columns: names, targetName, target, formats, algorithm } = work;
  const known = targetOfFold(target, train, targetName);
  const { features, fitted } = runToEnd(prepareFeatures(table, names, targetName, train, known, formats));
  if (features.length === 0 && algorithm !== 'BASELINE') {
    throw foldsImpossible(
      'no feature tells the training rows of a fold apart',
      'ask for fewer folds, or choose columns that have more values',
    );
  }
  return { data: { ...fitted, rows: train, target: known }, features };
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
