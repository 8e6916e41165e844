import { MAX_CATEGORIES, type ModelFeature } from '../../runtime/model.ts';
import { type DateOrder, type NumberFormat, POINT_NUMBERS } from '../../runtime/values/cells.ts';
import type { Column, LabelColumn, NumberColumn, Table } from '../../tabular/types/column.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { TrainingSet, TrainingTarget } from '../training-set.ts';
import { fitCategories } from './categories.ts';
import { fitMeans, type RowsToAverage } from './category-means.ts';
import { type DatesOfFile, daysBetween, partsOfDates } from './date-features.ts';
import { fitTexts } from './text/text-scores.ts';

/** The features that a model can use, with their columns, and a word to the user about those that it cannot. */
interface UsableFeatures {
  readonly features: readonly ModelFeature[];
  /** For each feature its column. */
  readonly columns: readonly Column[];
  /** What an estimator is fitted to: the same, but for means of texts, in whose place stand numbers of a column of their own. */
  readonly fitted: Pick<TrainingSet, 'features' | 'columns'>;
  readonly warnings: readonly string[];
}

/** A feature, and what an estimator is fitted to in its place. */
interface Described {
  readonly feature: ModelFeature;
  readonly fitted: { readonly feature: ModelFeature; readonly column: Column };
}

/** How the cells of a column are written in the file that it came from: null where that is not known, or the usual way. */
export interface ColumnFormat {
  readonly name: string;
  readonly numberFormat: NumberFormat | null;
  readonly dateOrder: DateOrder | null;
}

/** Maximum number of names in a warning; the others are counted. */
const NAMED_IN_WARNING = 10;

/**
 * Finds the columns and fits what the model needs to read them, on the training rows alone. Features that are alike in all
 * training rows are left out, and so are texts of which no value is frequent enough to learn from. `known`: the target of the
 * training rows; `weights`: how much each of them counts, null for all alike. Yields after each column.
 * Throws TrainingDataError for a name that is no column, or is the target.
 */
export function* prepareFeatures(
  table: Table,
  names: readonly string[],
  target: string,
  rows: Int32Array,
  known: TrainingTarget,
  columnFormats: readonly ColumnFormat[] = [],
  weights: Float64Array | null = null,
): Generator<void, UsableFeatures> {
  const formats = new Map(columnFormats.map((format) => [format.name, format]));
  const columnOf = new Map(table.columns.map((column) => [column.name, column]));
  const features: ModelFeature[] = [];
  const columns: Column[] = [];
  const fitted: Described['fitted'][] = [];
  const constant: string[] = [];
  const scattered: string[] = [];
  const wordy: string[] = [];
  const dates: DatesOfFile[] = [];
  for (const name of new Set(names)) {
    yield;
    const column = columnOf.get(name);
    if (column === undefined) throw new TrainingDataError('FEATURE_NOT_FOUND', `there is no column ${name}`, null);
    if (name === target) {
      throw new TrainingDataError('FEATURE_IS_TARGET', `the target ${name} cannot be a feature`, null);
    }
    if (isConstant(column, rows)) {
      constant.push(name);
      continue;
    }
    if (isDates(column)) dates.push({ column, order: orderOf(formats.get(name)) });
    if (isText(column)) {
      const { scores, areUseful } = yield* fitTexts(column, { rows, target: known, weights });
      if (!areUseful && !hasMissing(column, rows)) {
        wordy.push(name);
        continue;
      }
      for (const { feature, outOfFold } of scores) {
        features.push(feature);
        columns.push(column);
        fitted.push({ feature: { name, kind: 'NUMBER' }, column: outOfFold });
      }
      continue;
    }
    for (const described of describeFeatures(column, formats.get(name), { rows, target: known, weights })) {
      const { feature } = described;
      if (feature.kind === 'CATEGORY' && feature.categories.length === 0 && !hasMissing(column, rows)) {
        scattered.push(name);
        continue;
      }
      features.push(feature);
      columns.push(column);
      fitted.push(described.fitted);
    }
  }
  for (const { feature, days } of daysBetween(dates, rows)) {
    features.push(feature);
    // Of what it is named after, as every feature.
    columns.push(columnOf.get(feature.name)!);
    fitted.push({ feature: { name: feature.name, kind: 'NUMBER' }, column: days });
  }
  const warnings = [...ignoredWarnings(constant, scattered)];
  if (wordy.length > 0) warnings.push(`ignored, their words tell nothing about the target: ${listed(wordy)}`);
  const toFit = { features: fitted.map(({ feature }) => feature), columns: fitted.map(({ column }) => column) };
  return { features, columns, fitted: toFit, warnings };
}

/**
 * What a model is to read of a column that is not constant: one feature, several parts of dates, or, of more texts than codes can
 * tell apart, means of the target.
 */
function describeFeatures(
  column: Column,
  format: ColumnFormat | undefined,
  training: RowsToAverage,
): readonly Described[] {
  const { name } = column;
  const { rows } = training;
  if (column.storage === 'label') {
    const categories = fitCategories(column, rows);
    if (categories.length <= MAX_CATEGORIES) return [asItIs({ name, kind: 'CATEGORY', categories }, column)];
    return fitMeans(column, categories, training).map(({ feature, outOfFold }) => {
      return { feature, fitted: { feature: { name, kind: 'NUMBER' }, column: outOfFold } };
    });
  }
  if (!isDates(column)) {
    return [asItIs(numberFeature(name, format), column)];
  }
  return partsOfDates({ column, order: orderOf(format) }, rows).map((feature) => asItIs(feature, column));
}

/** What a model is to read of a column of numbers, as its file writes them. */
export function numberFeature(
  name: string,
  format: ColumnFormat | undefined,
): ModelFeature & { readonly kind: 'NUMBER' } {
  const numberFormat = format?.numberFormat ?? POINT_NUMBERS;
  return { name, kind: 'NUMBER', ...(isPlain(numberFormat) ? {} : { numberFormat }) };
}

/** For the user, of columns that are the same in all rows, and of texts that are too rare. */
export function ignoredWarnings(constant: readonly string[], scattered: readonly string[]): readonly string[] {
  return [
    ...(constant.length > 0 ? [`ignored, the same in all training rows: ${listed(constant)}`] : []),
    ...(scattered.length > 0 ? [`ignored, no text occurs often enough to learn from: ${listed(scattered)}`] : []),
  ];
}

function asItIs(feature: ModelFeature, column: Column): Described {
  return { feature, fitted: { feature, column } };
}

function isDates(column: Column): column is NumberColumn {
  return column.storage === 'number' && column.kind === 'DATETIME';
}

function isText(column: Column): column is LabelColumn {
  return column.storage === 'label' && column.kind === 'TEXT';
}

/** In which order a file writes the parts of its dates. */
export function orderOf(format: ColumnFormat | undefined): DatesOfFile['order'] {
  return format?.dateOrder ? { dateOrder: format.dateOrder } : {};
}

function isPlain({ decimal, thousands, ...others }: NumberFormat): boolean {
  const hasMore = Object.values(others).some((value) => value !== undefined);
  return decimal === POINT_NUMBERS.decimal && thousands === POINT_NUMBERS.thousands && !hasMore;
}

/** Whether all rows have the same value, or all have none; being missing counts as a value. Infinities are missing. */
function isConstant(column: Column, rows: Int32Array): boolean {
  const first = rows[0]!;
  if (column.storage === 'label') return rows.every((row) => column.codes[row] === column.codes[first]);
  const { values } = column;
  if (!Number.isFinite(values[first])) return rows.every((row) => !Number.isFinite(values[row]));
  return rows.every((row) => values[row] === values[first]);
}

function hasMissing(column: Column, rows: Int32Array): boolean {
  return column.storage === 'label'
    ? rows.some((row) => column.codes[row]! < 0)
    : rows.some((row) => !Number.isFinite(column.values[row]));
}

/** Names in a warning. */
export function listed(names: readonly string[]): string {
  const more = names.length - NAMED_IN_WARNING;
  return names.slice(0, NAMED_IN_WARNING).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
