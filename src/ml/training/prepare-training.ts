import { type FittingBounds, fittingBounds, type TrainingSize } from '../cost-model.ts';
import type { TestRows } from '../evaluation/evaluate-model.ts';
import { foldCount } from '../folds/folds-parameter.ts';
import { checkFolds } from '../folds/validate-steps.ts';
import { checkConstraints, constrainFeatures, type Monotonicity } from '../monotone/constrain-features.ts';
import { positiveClass } from '../positive-class.ts';
import { checkFeatures } from '../preprocessing/check-features.ts';
import { prepareFeatures } from '../preprocessing/features.ts';
import { countedRows, readRowWeights, weightsOfRows, weightWarnings } from '../preprocessing/row-weights.ts';
import { readTarget, type Target } from '../preprocessing/target.ts';
import { type RowSplit, splitRows } from '../split/split.ts';
import { requireKnownTarget, testRowsOf, trainingTarget } from '../split/target-rows.ts';
import { mapSteps } from '../steps.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { TrainingSet } from '../training-set.ts';
import { dataWarnings, earlyWarnings, labelWarnings } from '../warnings/training-warnings.ts';
import { featureNames, type TrainingRequest } from './training-request.ts';
import { NO_POINT, type TrainingStep } from './training-step.ts';

/** The fraction of the preparation that reading the target and splitting the rows takes; the rest is scanning every column. */
const SPLITTING_FRACTION = 0.7;

/** All that is known before anything is fitted. */
export interface Prepared {
  /** What the estimator is fitted to. */
  readonly data: TrainingSet;
  /** The same rows as the model reads them. */
  readonly read: TrainingSet;
  readonly target: Target;
  /** The training rows are those that count. */
  readonly split: RowSplit;
  /** How much each row of the table counts; null: all alike. */
  readonly rowWeights: Float64Array | null;
  /** What the model keeps to. */
  readonly monotonicity: Monotonicity;
  readonly testSet: TestRows;
  readonly size: TrainingSize;
  readonly bounds: FittingBounds;
  readonly warnings: readonly string[];
}

/** Reads the target, divides the rows, and finds what the model can read. Throws TrainingDataError and SplitError. */
export function* prepareSteps(request: TrainingRequest, threads: number): Generator<TrainingStep, Prepared> {
  yield { stage: 'PREPARING', progress: 0, ...NO_POINT };
  const { table, task, algorithm } = request;
  const target = readTarget(targetColumn(request), task);
  const weightColumn = request.weightColumn ?? null;
  const divided = splitRows(request.split, table, requireKnownTarget(request.target, target));
  const rowWeights = readRowWeights(table, weightColumn, target);
  const split = { ...divided, train: countedRows(divided.train, rowWeights, weightColumn) };
  const weights = weightsOfRows(rowWeights, split.train);
  const names = featureNames(request);
  const constraints = request.monotone ?? [];
  checkConstraints(constraints, { ...request, features: names });
  const size = sizeOf(request, target, split);
  const bounds = fittingBounds(size, threads);
  checkFoldsOf(request, target, split);
  const known = trainingTarget(target, split.train, request.target);
  const preparing = prepareFeatures(
    ...([table, names, request.target, split.train, known] as const),
    ...([request.formats?.columns, weights] as const),
  );
  let columnsDone = 0;
  const usable = yield* mapSteps(preparing, (): TrainingStep => {
    const done = Math.min(1, columnsDone++ / names.length);
    return {
      stage: 'PREPARING',
      progress: bounds.begins * (SPLITTING_FRACTION + (1 - SPLITTING_FRACTION) * done),
      ...NO_POINT,
    };
  });
  const isFirstPositive = positiveClass(request.positiveClass ?? null, target, known) === 0;
  const monotonicity = { constraints, isFirstPositive };
  const { features, columns, fitted, directions } = constrainFeatures(usable, known, monotonicity);
  checkFeatures(features, algorithm);
  const read: TrainingSet = { features, columns, rows: split.train, target: known, weights, directions };
  const data: TrainingSet = { ...read, ...fitted };
  const testSet = testRowsFor(request, target, data, split);
  const early = earlyWarnings(request, target, split, [...new Set(columns)]);
  yield { stage: 'PREPARING', progress: bounds.begins, ...NO_POINT };
  const warnings = [
    ...dataWarnings(table, divided),
    ...labelWarnings(target, testSet),
    ...weightWarnings(weights, split.train.length, divided.train.length),
    ...early,
    ...usable.warnings,
  ];
  return { data, read, target, split, rowWeights, monotonicity, testSet, size, bounds, warnings };
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

function sizeOf(request: TrainingRequest, target: Target, split: RowSplit): TrainingSize {
  const { algorithm, parameters, features, refit = false } = request;
  return {
    algorithm,
    parameters,
    refit,
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
