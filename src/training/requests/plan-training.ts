import type { Config } from '../../config.ts';
import type { ColumnOutline, DatasetColumnRow, DatasetRow } from '../../datasets/dataset.store.ts';
import { badInput, Mistakes, TrainyardError } from '../../errors.ts';
import { ParameterError, resolveParameters } from '../../ml/parameters/parameters.ts';
import { ALGORITHMS, type AlgorithmName } from '../../ml/registry.ts';
import { keepsColumnOut, needsColumn, type SplitRequest } from '../../ml/split/split.ts';
import type { Task } from '../../ml/task.ts';
import { MAX_FEATURES } from '../../runtime/format/model.ts';
import { cutValue } from '../../runtime/values/cut-value.ts';
import type { PlannedRun } from '../runs/training-run.store.ts';
import { leftOutWarnings, whyLeftOut } from '../worker/left-out-columns.ts';
import { splitWarnings } from '../worker/split-warnings.ts';

/** What a user asked for; null where the default is wanted. */
export interface TrainingParams {
  readonly datasetId: string;
  readonly target: string | null;
  readonly task: Task | null;
  readonly algorithm: AlgorithmName | null;
  readonly features: readonly string[] | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly split: SplitRequest;
  readonly positiveClass: string | null;
}

/** What will be trained, with nothing left open. */
export type TrainingPlan = Pick<
  PlannedRun,
  'target' | 'task' | 'algorithm' | 'features' | 'parameters' | 'split' | 'positiveClass'
>;

/** The largest number of classes that a model can tell apart. */
const MAX_CLASSES = 500;

/** Makes a plan of a request, or says all that is wrong with it. Throws BAD_USER_INPUT. */
export function planTraining(
  params: TrainingParams,
  dataset: DatasetRow,
  columns: readonly ColumnOutline[],
  settings: Pick<Config, 'ENABLE_REAL_TRAINING' | 'MAX_EMPTY_RATIO'>,
): TrainingPlan {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const mistakes = new Mistakes();
  const target = mistakes.from(() => planTarget(params.target, dataset, byName));
  const task = target && mistakes.from(() => planTask(params.task, dataset, target));
  const algorithm = mistakes.from(() => planAlgorithm(params.algorithm, settings.ENABLE_REAL_TRAINING));
  const parameters = algorithm && mistakes.from(() => planParameters(algorithm, params.parameters));
  const split = mistakes.from(() => planSplit(params.split, target, byName));
  const taken = takenFromFeatures(target?.name ?? null, split);
  const features = mistakes.from(() =>
    params.features === null
      ? defaultFeatures(columns, taken, dataset.rowCount, settings.MAX_EMPTY_RATIO)
      : planFeatures(params.features, taken, byName),
  );
  mistakes.from(() => target && task && checkPositiveClass(params.positiveClass, target, task));
  const plan = mistakes.complete({ target: target?.name, task, algorithm, features, parameters, split });
  return { ...plan, positiveClass: params.positiveClass };
}

/** What the user should know of a plan before anything is trained: what was chosen for them, and why. */
export function planWarnings(
  { target, task, features, split }: Pick<TrainingPlan, 'target' | 'task' | 'features' | 'split'>,
  { rowCount }: Pick<DatasetRow, 'rowCount'>,
  columns: readonly ColumnOutline[],
  { MAX_EMPTY_RATIO }: Pick<Config, 'MAX_EMPTY_RATIO'>,
): string[] {
  const taken = takenFromFeatures(target, split);
  return [
    ...taskWarnings(
      task,
      columns.find(({ name }) => name === target),
    ),
    ...leftOutWarnings(features, columns, taken, rowCount, MAX_EMPTY_RATIO),
    ...splitWarnings(split, target, columns, rowCount),
  ];
}

/** Stars from 1 to 5 are numbers as well as classes. */
const FEW_NUMBERS = 20;

function taskWarnings(task: Task, target: ColumnOutline | undefined): string[] {
  if (task !== 'REGRESSION' || target === undefined || target.distinct > FEW_NUMBERS) return [];
  return [
    `REGRESSION, which predicts numbers, was chosen for ${target.name}, whose values are numbers, but of ${target.distinct} ` +
      'values only. If they are classes, train it as CLASSIFICATION',
  ];
}

/** The algorithm that is trained when none is named. */
export function defaultAlgorithm(realTraining: boolean): AlgorithmName {
  return realTraining ? (ALGORITHMS.find(({ isDefault }) => isDefault)?.name ?? 'BASELINE') : 'BASELINE';
}

/** Whether an algorithm may be used on this server. */
export function isEnabled(algorithm: AlgorithmName, realTraining: boolean): boolean {
  return realTraining || algorithm === 'BASELINE';
}

type Columns = ReadonlyMap<string, ColumnOutline>;

function planTarget(requested: string | null, dataset: DatasetRow, columns: Columns): ColumnOutline {
  const name = requested ?? dataset.suggestedTarget;
  if (name === null)
    throw badInput('input.target', 'Name the column to predict: none suggests itself in this dataset.');
  const column = requireColumn('input.target', name, columns);
  if (column.missing >= dataset.rowCount)
    throw badInput('input.target', `The column "${name}" has no values to learn from.`);
  if (column.kind === 'DATETIME')
    throw badInput(
      'input.target',
      `The column "${name}" holds dates (DATETIME), and models predict labels or numbers.`,
      'Add a column of numbers to the file, such as the days since a fixed day, and choose that.',
    );
  if (column.distinct < 2)
    throw badInput(
      'input.target',
      `The column "${name}" has one value only: there is nothing to predict.`,
      'Choose another target.',
    );
  return column;
}

function planTask(requested: Task | null, dataset: DatasetRow, target: ColumnOutline): Task {
  const isNumber = target.kind === 'NUMERIC';
  const suggested = target.name === dataset.suggestedTarget ? dataset.suggestedTask : null;
  const task = requested ?? suggested ?? (isNumber && target.distinct > 2 ? 'REGRESSION' : 'CLASSIFICATION');
  if (task === 'REGRESSION' && !isNumber) {
    throw badInput(
      'input.task',
      `REGRESSION predicts numbers, and "${target.name}" is ${target.kind}.`,
      'Choose CLASSIFICATION, or a numeric target.',
    );
  }
  if (task === 'CLASSIFICATION' && target.distinct > MAX_CLASSES) {
    throw badInput(
      'input.target',
      `"${target.name}" has ${target.distinct} different values; a model tells at most ${MAX_CLASSES} classes apart.`,
      isNumber ? 'Choose REGRESSION.' : 'Choose a target with fewer values.',
    );
  }
  return task;
}

/** The algorithm that is asked for, or the default. Throws BAD_USER_INPUT for one that is switched off. */
export function planAlgorithm(requested: AlgorithmName | null, realTraining: boolean): AlgorithmName {
  const algorithm = requested ?? defaultAlgorithm(realTraining);
  if (isEnabled(algorithm, realTraining)) return algorithm;
  throw badInput(
    'input.algorithm',
    `${algorithm} is switched off on this server.`,
    'Choose BASELINE, or ask the operator to set ENABLE_REAL_TRAINING=true.',
  );
}

/** Throws BAD_USER_INPUT for a positive class that is none of the target's two labels. */
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
      ? 'A positive class is of CLASSIFICATION: numbers have none.'
      : `A positive class is one of two labels, and "${name}" has ${distinct}.`,
    'Leave positiveClass out.',
  );
}

function planParameters(algorithm: AlgorithmName, given: TrainingParams['parameters']) {
  const mistakes = new Mistakes();
  // One after the other, so that each that is wrong is told of.
  for (const [name, value] of Object.entries(given)) mistakes.from(() => resolveGiven(algorithm, { [name]: value }));
  mistakes.tell();
  return resolveGiven(algorithm, given);
}

function resolveGiven(algorithm: AlgorithmName, given: TrainingParams['parameters']) {
  try {
    return resolveParameters(algorithm, given);
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw badInput(`input.parameters.${error.parameter}`, `${error.message}.`, error.hint ?? undefined);
  }
}

/** `target`: null where that is a mistake itself. */
function planSplit(split: SplitRequest, target: ColumnOutline | null, columns: Columns): SplitRequest {
  const mistakes = new Mistakes();
  mistakes.from(() => checkTestFraction(split));
  mistakes.from(() => {
    if (!Number.isInteger(split.seed) || split.seed < 0)
      throw badInput('input.split.seed', `seed must be a whole number from 0; got ${split.seed}.`);
  });
  mistakes.from(() => checkSplitColumn(split, target, columns));
  mistakes.tell();
  return split;
}

function checkTestFraction({ strategy, testFraction }: SplitRequest): void {
  if (!(testFraction > 0 && testFraction < 1))
    throw badInput('input.split.testFraction', `testFraction must lie between 0 and 1; got ${testFraction}.`);
  const parts = 1 / testFraction;
  if (strategy === 'INTERLEAVED' && Math.abs(parts - Math.round(parts)) > 1e-9) {
    throw badInput(
      'input.split.testFraction',
      `With INTERLEAVED 1/testFraction must be a whole number; 1/${testFraction} is not.`,
      'Such as 0.5, 0.25, 0.2 or 0.1.',
    );
  }
}

function checkSplitColumn({ strategy, column }: SplitRequest, target: ColumnOutline | null, columns: Columns): void {
  const argument = 'input.split.column';
  if (!needsColumn(strategy)) {
    if (column !== null)
      throw badInput(argument, `A column belongs to the strategies COLUMN, GROUP and TIME, not to ${strategy}.`);
    return;
  }
  if (column === null) throw badInput(argument, `The strategy ${strategy} needs the name of a column.`);
  const found = requireColumn(argument, column, columns);
  if (found === target) throw badInput(argument, 'The target cannot be the column that splits the rows.');
  if (strategy === 'TIME' && found.kind !== 'DATETIME' && found.kind !== 'NUMERIC') {
    throw badInput(
      argument,
      `TIME needs a column of dates or numbers, and "${column}" is ${found.kind}.`,
      'Name another column, give it the kind DATETIME or NUMERIC at the upload, or choose LAST where the rows are in order.',
    );
  }
  if (strategy !== 'COLUMN' && found.distinct < 2 && found.missing === 0)
    throw badInput(argument, `"${column}" has the same value in all rows, which divides none.`, 'Name another column.');
}

/** The columns that can be no features. */
function takenFromFeatures(target: string | null, split: SplitRequest | null): string[] {
  const dividing = split !== null && keepsColumnOut(split.strategy) ? split.column : null;
  return [target, dividing].filter((name) => name !== null);
}

function defaultFeatures(
  columns: readonly ColumnOutline[],
  taken: readonly string[],
  rowCount: number,
  maxEmptyRatio: number,
): string[] {
  const usable = columns.filter(
    (column) => whyLeftOut(column, rowCount, maxEmptyRatio) === null && !taken.includes(column.name),
  );
  if (usable.length === 0) {
    throw badInput(
      'input.features',
      'No column is left to learn from: all are constant, free text, ids or empty.',
      'Name the features yourself, or give other kinds at the upload.',
    );
  }
  return checkCount(usable.map(({ name }) => name));
}

/** A training on more would work for minutes before it ended in vain. */
function checkCount(features: string[]): string[] {
  if (features.length <= MAX_FEATURES) return features;
  throw badInput(
    'input.features',
    `A model takes at most ${MAX_FEATURES} features; these are ${features.length}.`,
    'Name the features yourself, fewer of them.',
  );
}

function planFeatures(requested: readonly string[], taken: readonly string[], columns: Columns): string[] {
  if (requested.length === 0)
    throw badInput('input.features', 'The list of features is empty.', 'Leave it out to use every usable column.');
  const features = checkCount([...new Set(requested)]);
  const mistakes = new Mistakes();
  mistakes.from(() => requireColumns('input.features', features, columns));
  const excluded = features.find((name) => taken.includes(name));
  mistakes.from(() => {
    if (excluded !== undefined)
      throw badInput('input.features', `"${excluded}" is the target or splits the rows, so it cannot be a feature.`);
  });
  mistakes.tell();
  return features;
}

function requireColumn(argument: string, name: string, columns: Columns): ColumnOutline {
  requireColumns(argument, [name], columns);
  return columns.get(name) as ColumnOutline;
}

/** Throws BAD_USER_INPUT, which names the first that are not there. */
function requireColumns(argument: string, names: readonly string[], columns: Columns): void {
  const unknown = names.filter((name) => !columns.has(name));
  if (unknown.length === 0) return;
  const named = unknown.slice(0, 5).map((name) => `"${name.slice(0, 100)}"`);
  const more = unknown.length > named.length ? ` and ${unknown.length - named.length} more` : '';
  const known = [...columns.keys()].slice(0, 20).join(', ');
  throw new TrainyardError(
    'BAD_USER_INPUT',
    `The dataset has no ${unknown.length === 1 ? 'column' : 'columns'} ${named.join(', ')}${more}.`,
    { argument, hint: `Its columns: ${known}${columns.size > 20 ? ', …' : ''}` },
  );
}
