import { type Model, marginCountOf, outputCount } from '../../runtime/model.ts';
import { cutValue } from '../../runtime/values/cut-value.ts';
import type { Table } from '../../tabular/types/column.ts';
import type { TrainingSize } from '../cost-model.ts';
import type { StopReason } from '../estimator.ts';
import { evaluateOnHoldOut } from '../evaluate-on-hold-out.ts';
import type { TestRows } from '../evaluation/evaluate-model.ts';
import { mean } from '../mean.ts';
import { positiveClass } from '../positive-class.ts';
import { isTargetKnown, readTarget, type Target } from '../preprocessing/target.ts';
import { createRandom } from '../random.ts';
import { requireKnownTarget, testRowsOf } from '../split/target-rows.ts';
import { mapSteps } from '../steps.ts';
import type { TrainedModel } from '../train-model.ts';
import { NO_POINT, type TrainingStep } from '../training/training-step.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { TrainingTarget } from '../training-set.ts';
import { columnSplits } from './column-splits.ts';

/** What a model that was fitted elsewhere is tested on: all rows of a table whose target is known. */
export interface ImportTest {
  readonly model: Model;
  /** With the columns that the model reads, and the target. */
  readonly table: Table;
  readonly stopReason: () => StopReason | null;
}

/** As of a model that was trained here, but for what only its maker knows. */
export interface EvaluatedImport extends Omit<TrainedModel, 'modelBytes' | 'trainRows'> {
  /** Its file is there already. */
  readonly modelBytes: null;
  readonly trainRows: null;
}

const ROWS_UNKNOWN =
  'the model was trained elsewhere, on rows that are not known here: where these are among them, the figures are too good';

/**
 * Scores an imported model on a table, beside the baseline of the same rows, and finds its importances. Throws TrainingDataError
 * where the target cannot be that of the model.
 */
export function* evaluateImported({ model, table, stopReason }: ImportTest): Generator<TrainingStep, EvaluatedImport> {
  yield { stage: 'PREPARING', progress: 0, ...NO_POINT };
  const target = readTargetOf(model, table);
  const rows = Int32Array.from({ length: table.rowCount }, (_, row) => row).filter((row) => isTargetKnown(target, row));
  const testSet = testSetOf(model, target, rows);
  let isStopped = false;
  const testing = evaluateOnHoldOut({
    model,
    table,
    testSet,
    baseline: baselineOf(model, testSet),
    gains: columnSplits(model),
    size: sizeOf(model, rows.length),
    random: createRandom(0),
    stopReason: () => {
      const reason = stopReason();
      isStopped ||= reason !== null;
      return reason;
    },
  });
  const { warnings, ...found } = yield* mapSteps(testing, (progress): TrainingStep => {
    return { stage: 'EVALUATING', progress, ...NO_POINT };
  });
  yield { stage: 'EVALUATING', progress: 1, ...NO_POINT };
  return Object.freeze({
    ...found,
    modelBytes: null,
    outOfFold: null,
    curve: [],
    warnings: [ROWS_UNKNOWN, ...unknownLabelWarnings(testSet, outputCount(model)), ...warnings],
    trainRows: null,
    testRows: rows.length,
    refitted: false,
    knownRows: null,
    endReason: isStopped ? 'STOPPED' : 'COMPLETED',
    search: null,
  });
}

function readTargetOf({ target, task }: Model, table: Table): Target {
  const column = table.columns.find(({ name }) => name === target);
  if (column === undefined) throw new TrainingDataError('TARGET_NOT_FOUND', `there is no column ${target}`, null);
  return requireKnownTarget(target, readTarget(column, task));
}

function testSetOf({ labels }: Model, target: Target, rows: Int32Array): TestRows {
  const known: TrainingTarget =
    labels === null
      ? { task: 'REGRESSION', values: new Float64Array(0) }
      : { task: 'CLASSIFICATION', labels, codes: new Int32Array(0) };
  const testSet = testRowsOf(target, known, rows);
  const positive = positiveClass(null, target, known);
  return testSet.task === 'REGRESSION' || positive === null ? testSet : { ...testSet, positive };
}

/** What knows nothing but how the target of these rows is distributed. */
function baselineOf(model: Model, testSet: TestRows): Model {
  const { features: _features, profile: _profile, ...read } = model;
  return { ...read, algorithm: 'BASELINE', features: [], estimator: { kind: 'CONSTANT', outputs: outputsOf() } };

  function outputsOf(): Float64Array {
    if (testSet.task === 'REGRESSION') return Float64Array.of(mean(testSet.actual));
    const frequencies = new Float64Array(outputCount(model));
    const known = testSet.actual.filter((label) => label < frequencies.length);
    // Without a row of any label that the model knows, it knows nothing at all.
    if (known.length === 0) return frequencies.fill(1 / frequencies.length);
    for (const label of known) frequencies[label]! += 1 / known.length;
    return frequencies;
  }
}

function unknownLabelWarnings(testSet: TestRows, labelCount: number): string[] {
  if (testSet.task === 'REGRESSION' || testSet.unknownLabels.length === 0) return [];
  const count = testSet.actual.filter((label) => label >= labelCount).length;
  return [
    `${count} rows have labels that the model does not know: ${testSet.unknownLabels.slice(0, 10).map(cutValue).join(', ')}`,
  ];
}

/** As if it had been trained here, on as many rows: it tells how many rows the importances may take. */
function sizeOf(model: Model, rows: number): TrainingSize {
  const { estimator, features, labels } = model;
  const trees = estimator.kind === 'TREES' ? estimator.roots.length : 1;
  const nodes = estimator.kind === 'TREES' ? estimator.nodeFeatures.length : 1;
  const sharedTrees = estimator.kind === 'TREES' && estimator.leafSize > 1;
  const rounds = sharedTrees ? trees : trees / marginCountOf(outputCount(model));
  const parameters = {
    trees: Math.max(1, Math.ceil(rounds)),
    maxDepth: Math.max(1, Math.ceil(Math.log2(nodes / trees + 1))),
    ...{ maxBins: 255, minSamplesLeaf: 1, featureFraction: 1, rowFraction: 1, earlyStoppingRounds: null, sharedTrees },
  };
  return {
    algorithm: 'GRADIENT_BOOSTING',
    parameters,
    trainRows: rows,
    testRows: rows,
    features: Math.max(1, features.length),
    labels: labels?.length ?? 0,
  };
}
