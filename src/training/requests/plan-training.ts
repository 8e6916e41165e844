import type { Config } from '../../config.ts';
import type { ColumnOutline, DatasetColumnRow, DatasetRow } from '../../datasets/dataset.store.ts';
import { badInput, InputErrors } from '../../errors.ts';
import type { MonotoneConstraint } from '../../ml/monotone/monotone-constraint.ts';
import { ParameterError, resolveParameters } from '../../ml/parameters/parameters.ts';
import { ALGORITHMS, type AlgorithmName } from '../../ml/registry.ts';
import { excludesSplitColumn, type SplitRequest } from '../../ml/split/split.ts';
import type { Task } from '../../ml/task.ts';
import { MAX_FEATURES } from '../../runtime/model.ts';
import { cutValue } from '../../runtime/values/cut-value.ts';
import type { TrainingEngine } from '../distributed/engine.ts';
import { parseRunName, parseTags } from '../labels/parse-labels.ts';
import type { PlannedRun } from '../runs/training-run.store.ts';
import { excludedColumnWarnings, exclusionReason } from '../worker/excluded-columns.ts';
import { splitWarnings } from '../worker/split-warnings.ts';
import { type Columns, requireColumn, requireColumns } from './plan-columns.ts';
import { checkLinearLeaves } from './plan-leaves.ts';
import { checkLoss, withLoss } from './plan-loss.ts';
import { planMonotone, planWeightColumn } from './plan-rows.ts';
import { planSearch } from './plan-search.ts';
import { planSplit } from './plan-split.ts';
import { trainingSizeOf } from './training-size.ts';

/** The parameters of a training as requested; null for the default. */
export interface TrainingParams {
  readonly datasetId: string;
  readonly target: string | null;
  readonly task: Task | null;
  readonly algorithm: AlgorithmName | null;
  readonly features: readonly string[] | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly split: SplitRequest;
  readonly positiveClass: string | null;
  /** Of AUTO: what an earlier run has carried out, as its user gives it. */
  readonly plan: unknown;
  readonly refit: boolean;
  readonly monotone: readonly MonotoneConstraint[];
  readonly weightColumn: string | null;
  /** Null: by the size of the table, and the hosts there are. */
  readonly engine: TrainingEngine | null;
  readonly name: string | null;
  readonly tags: readonly string[] | null;
}

/** The resolved parameters of a training, with all defaults filled in. */
export type TrainingPlan = Pick<
  PlannedRun,
  | (
      | 'target'
      | 'task'
      | 'algorithm'
      | 'features'
      | 'parameters'
      | 'split'
      | 'positiveClass'
      | 'requestedPlan'
      | 'refit'
      | 'name'
      | 'tags'
    )
  | ('monotone' | 'weightColumn')
>;

/** Maximum number of classes of a model. */
const MAX_CLASSES = 500;

/** Resolves and checks a request. Throws BAD_USER_INPUT with everything that is wrong. */
export function planTraining(
  params: TrainingParams,
  dataset: DatasetRow,
  columns: readonly ColumnOutline[],
  settings: Pick<Config, 'ENABLE_REAL_TRAINING' | 'MAX_EMPTY_RATIO'>,
): TrainingPlan {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const errors = new InputErrors();
  const target = errors.collect(() => planTarget(params.target, dataset, byName));
  const task = target && errors.collect(() => planTask(params.task, dataset, target));
  const algorithm = errors.collect(() => planAlgorithm(params.algorithm, settings.ENABLE_REAL_TRAINING));
  const given = algorithm && errors.collect(() => checkParameters(algorithm, params.parameters));
  const split = errors.collect(() => planSplit(params.split, target, byName));
  const weightColumn = errors.collect(() => planWeightColumn(params.weightColumn, target, params.features, byName));
  const reserved = reservedColumns(target?.name ?? null, split, weightColumn);
  const features = errors.collect(() =>
    params.features === null
      ? defaultFeatures(columns, reserved, dataset.rowCount, settings.MAX_EMPTY_RATIO)
      : planFeatures(params.features, reserved, byName),
  );
  const soFar = { target, task, algorithm, features };
  const monotone = errors.collect(() => planMonotone(params.monotone, soFar, byName)) ?? [];
  errors.collect(() => task && given && checkLoss(given, task));
  const isConstrained = monotone.length > 0;
  errors.collect(() => task && given && checkLinearLeaves(given, task, isConstrained));
  errors.collect(() => target && task && checkPositiveClass(params.positiveClass, target, task));
  const requestedPlan = algorithm && errors.collect(() => planSearch(params.plan, algorithm));
  const tags = errors.collect(() => parseTags(params.tags ?? []));
  const name = errors.collect(() => (params.name === null ? null : parseRunName(params.name)));
  const plan = errors.complete({ target: target?.name, task, algorithm, features, given, split, tags });
  const size = trainingSizeOf({ ...plan, refit: params.refit, parameters: {} }, dataset, columns);
  const { given: parameters, ...planned } = plan;
  return {
    ...planned,
    parameters: withLoss(resolveParameters(plan.algorithm, parameters, { ...size, isConstrained }), plan.task),
    name,
    positiveClass: params.positiveClass,
    requestedPlan: requestedPlan ?? null,
    refit: params.refit,
    monotone,
    weightColumn,
  };
}

/** Warnings about a plan before the training: what was chosen by default, and why. */
export function planWarnings(
  plan: Pick<TrainingPlan, 'target' | 'task' | 'features' | 'split' | 'weightColumn'>,
  { rowCount }: Pick<DatasetRow, 'rowCount'>,
  columns: readonly ColumnOutline[],
  { MAX_EMPTY_RATIO }: Pick<Config, 'MAX_EMPTY_RATIO'>,
): string[] {
  const { target, task, features, split, weightColumn } = plan;
  const reserved = reservedColumns(target, split, weightColumn);
  return [
    ...taskWarnings(
      task,
      columns.find(({ name }) => name === target),
    ),
    ...excludedColumnWarnings(features, columns, reserved, rowCount, MAX_EMPTY_RATIO),
    ...splitWarnings(split, target, columns, rowCount),
  ];
}

/** Ratings from 1 to 5 may be numbers or classes. */
const FEW_NUMBERS = 20;

function taskWarnings(task: Task, target: ColumnOutline | undefined): string[] {
  if (task !== 'REGRESSION' || target === undefined || target.distinct > FEW_NUMBERS) return [];
  return [
    `REGRESSION was chosen for ${target.name}, which has only ${target.distinct} different numbers. If these are classes, train ` +
      'with CLASSIFICATION',
  ];
}

/** The algorithm that is used when none is named. */
export function defaultAlgorithm(realTraining: boolean): AlgorithmName {
  return realTraining ? (ALGORITHMS.find(({ isDefault }) => isDefault)?.name ?? 'BASELINE') : 'BASELINE';
}

/** Whether an algorithm is enabled on this server. */
export function isEnabled(algorithm: AlgorithmName, realTraining: boolean): boolean {
  return realTraining || algorithm === 'BASELINE';
}

function planTarget(requested: string | null, dataset: DatasetRow, columns: Columns): ColumnOutline {
  const name = requested ?? dataset.suggestedTarget;
  if (name === null) {
    throw badInput('input.target', 'Name the column to predict: this dataset has no suggested target.');
  }
  const column = requireColumn('input.target', name, columns);
  if (column.missing >= dataset.rowCount) {
    throw badInput('input.target', `The column "${name}" has no values to learn from.`);
  }
  if (column.kind === 'DATETIME') {
    throw badInput(
      'input.target',
      `The column "${name}" holds dates (DATETIME), but models predict labels or numbers.`,
      'Add a numeric column to the file, such as the days since a fixed date, and predict that.',
    );
  }
  if (column.distinct < 2) {
    throw badInput(
      'input.target',
      `The column "${name}" has only one value: there is nothing to predict.`,
      'Choose another target.',
    );
  }
  return column;
}

function planTask(requested: Task | null, dataset: DatasetRow, target: ColumnOutline): Task {
  const isNumber = target.kind === 'NUMERIC';
  const suggested = target.name === dataset.suggestedTarget ? dataset.suggestedTask : null;
  const task = requested ?? suggested ?? (isNumber && target.distinct > 2 ? 'REGRESSION' : 'CLASSIFICATION');
  if (task === 'REGRESSION' && !isNumber) {
    throw badInput(
      'input.task',
      `REGRESSION predicts numbers, but "${target.name}" is ${target.kind}.`,
      'Choose CLASSIFICATION, or a numeric target.',
    );
  }
  if (task === 'CLASSIFICATION' && target.distinct > MAX_CLASSES) {
    throw badInput(
      'input.target',
      `"${target.name}" has ${target.distinct} different values; at most ${MAX_CLASSES} classes are supported.`,
      isNumber ? 'Choose REGRESSION.' : 'Choose a target with fewer values.',
    );
  }
  return task;
}

/** The requested algorithm, or the default. Throws BAD_USER_INPUT for a disabled one. */
export function planAlgorithm(requested: AlgorithmName | null, realTraining: boolean): AlgorithmName {
  const algorithm = requested ?? defaultAlgorithm(realTraining);
  if (isEnabled(algorithm, realTraining)) return algorithm;
  throw badInput(
    'input.algorithm',
    `${algorithm} is switched off on this server.`,
    'Choose BASELINE, or ask the operator to set ENABLE_REAL_TRAINING=true.',
  );
}

/** Throws BAD_USER_INPUT for a positive class that is not one of the target's two labels. */
export function requireLabel(
  requested: string,
  { name, topValues }: Pick<DatasetColumnRow, 'name' | 'topValues'>,
): void {
  const labels = topValues.map(({ value }) => value);
  if (labels.includes(cutValue(requested))) return;
  throw badInput(
    'input.positiveClass',
    `"${name}" has no label "${requested.slice(0, 100)}".`,
    `Its labels: ${labels.map((label) => `"${label}"`).join(', ')}`,
  );
}

function checkPositiveClass(requested: string | null, { name, distinct }: ColumnOutline, task: Task): void {
  if (requested === null || (task === 'CLASSIFICATION' && distinct === 2)) return;
  throw badInput(
    'input.positiveClass',
    task === 'REGRESSION'
      ? 'positiveClass is for CLASSIFICATION only.'
      : `positiveClass needs a target with two labels; "${name}" has ${distinct}.`,
    'Leave positiveClass out.',
  );
}

/** Returns what is given, checked; the defaults of some of the others depend on what else is planned. */
function checkParameters(algorithm: AlgorithmName, given: TrainingParams['parameters']): TrainingParams['parameters'] {
  const errors = new InputErrors();
  // One by one, so that every invalid one is reported.
  for (const [name, value] of Object.entries(given)) errors.collect(() => checkParameter(algorithm, { [name]: value }));
  errors.throwIfAny();
  return given;
}

function checkParameter(algorithm: AlgorithmName, given: TrainingParams['parameters']): void {
  try {
    resolveParameters(algorithm, given);
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw badInput(`input.parameters.${error.parameter}`, `${error.message}.`, error.hint ?? undefined);
  }
}

/** The columns that cannot be features. */
function reservedColumns(target: string | null, split: SplitRequest | null, weightColumn: string | null): string[] {
  const dividing = split !== null && excludesSplitColumn(split.strategy) ? split.column : null;
  return [target, dividing, weightColumn].filter((name) => name !== null);
}

function defaultFeatures(
  columns: readonly ColumnOutline[],
  reserved: readonly string[],
  rowCount: number,
  maxEmptyRatio: number,
): string[] {
  const usable = columns.filter(
    (column) => exclusionReason(column, rowCount, maxEmptyRatio) === null && !reserved.includes(column.name),
  );
  if (usable.length === 0) {
    throw badInput(
      'input.features',
      'No usable features: all columns are constant, free text, identifiers or empty.',
      'Name the features explicitly, or set other column kinds at the upload.',
    );
  }
  return checkCount(usable.map(({ name }) => name));
}

/** Checked here: a training with more would only fail after minutes. */
function checkCount(features: string[]): string[] {
  if (features.length <= MAX_FEATURES) return features;
  throw badInput(
    'input.features',
    `A model takes at most ${MAX_FEATURES} features; got ${features.length}.`,
    'Name fewer features explicitly.',
  );
}

function planFeatures(requested: readonly string[], reserved: readonly string[], columns: Columns): string[] {
  if (requested.length === 0) {
    throw badInput('input.features', 'The list of features is empty.', 'Leave it out to use every usable column.');
  }
  const features = checkCount([...new Set(requested)]);
  const errors = new InputErrors();
  errors.collect(() => requireColumns('input.features', features, columns));
  const excluded = features.find((name) => reserved.includes(name));
  errors.collect(() => {
    if (excluded !== undefined) {
      throw badInput('input.features', `"${excluded}" is the target or splits the rows, so it cannot be a feature.`);
    }
  });
  errors.throwIfAny();
  return features;
}
