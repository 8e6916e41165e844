import { type NumberFormat, POINT_NUMBERS, parseBoolean } from '../../runtime/values/cells.ts';
import { cutValue } from '../../runtime/values/cut-value.ts';
import type { Column } from '../../tabular/types/column.ts';
import type { ForeignColumn } from '../foreign/conversion.ts';
import { foreignColumn } from '../foreign/foreign-column.ts';
import type { ForeignFeature, ForeignModel } from '../foreign/foreign-model.ts';
import { ImportInputError } from './import-input-error.ts';
import { type ImportIssue, importIssue } from './import-issue.ts';
import { sortedValues } from './sorted-values.ts';

/** The dataset whose columns an imported model reads. */
export interface ImportDataset {
  readonly rowCount: number;
  hasColumn(name: string): boolean;
  /** Reads a column that it has. */
  column(name: string): Column;
  /** How the numbers of a column are written; null for the plain way. */
  numberFormat(name: string): NumberFormat | null;
}

/** Kinds of columns whose cells are read as numbers: texts of the last two may be some. */
const AS_NUMBERS: readonly Column['kind'][] = ['NUMERIC', 'IDENTIFIER', 'CONSTANT'];

/** More columns are not named one by one. */
const NAMED = 5;
/** Values whose codes are told. */
const TOLD_VALUES = 5;

/**
 * What each input of a model is called: as asked for, or as its file says. Throws ImportInputError where there are not as many names as
 * inputs, where two are alike, or where one is the target.
 */
export function inputNames(
  { features }: Pick<ForeignModel, 'features'>,
  requested: readonly string[] | null,
  target: string,
): readonly string[] {
  const names = requested ?? features.map(({ name }) => name).filter((name) => name !== null);
  if (requested === null && names.length < features.length) {
    throw new ImportInputError(
      'features',
      `The file does not name the ${features.length} inputs of the model.`,
      'Name the columns in `features`, in the order in which the model was given them.',
    );
  }
  if (names.length !== features.length) {
    throw new ImportInputError(
      'features',
      `The model has ${features.length} inputs; \`features\` names ${names.length} columns.`,
      'Name every column that the model was given, in its order.',
    );
  }
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) {
    throw new ImportInputError('features', `"${cutValue(twice)}" is named twice.`, 'Name each input once.');
  }
  if (names.includes(target)) {
    throw new ImportInputError(
      requested === null ? 'target' : 'features',
      `"${cutValue(target)}" is an input of the model, and cannot be what it predicts.`,
      null,
    );
  }
  return names;
}

/**
 * How each input is read from a row. The codes of categories for which the file has no texts stand for the texts of the dataset's
 * column in their order, as where pandas has made categories of them; without a dataset, rows give the codes themselves.
 * `issues`: what is to be told of that is added. Throws ImportInputError for a column that is not there, or not of the kind.
 */
export function inputColumns(
  { features }: Pick<ForeignModel, 'features'>,
  names: readonly string[],
  dataset: ImportDataset | null,
  issues: ImportIssue[],
): ForeignColumn[] {
  const inputs = features.map((feature, index) => ({ feature, name: names[index]! }));
  if (dataset === null) return inputs.map((input) => columnOfCodes(input, issues));
  requireColumns(names, dataset);
  return inputs.map((input) => columnOfDataset(input, dataset, issues));
}

interface Input {
  readonly feature: ForeignFeature;
  readonly name: string;
}

function requireColumns(names: readonly string[], dataset: ImportDataset): void {
  const missing = names.filter((name) => !dataset.hasColumn(name));
  if (missing.length === 0) return;
  const named = missing.slice(0, NAMED).map((name) => `"${cutValue(name)}"`);
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : '';
  throw new ImportInputError(
    'features',
    `The dataset has no ${missing.length === 1 ? 'column' : 'columns'} ${named.join(', ')}${more}.`,
    'Name the columns of the dataset in `features`, in the order of the model, or leave datasetId out.',
  );
}

/** Without a dataset. */
function columnOfCodes({ feature, name }: Input, issues: ImportIssue[]): ForeignColumn {
  if (feature.kind === 'NUMBER') return foreignColumn(feature, { name, kind: 'NUMBER' });
  if (feature.categories === null) {
    const message = `The file has no texts for the categories of "${cutValue(name)}": rows have to give their codes, 0 for the first.`;
    const hint = 'Name a dataset by `datasetId` to have its texts.';
    issues.push(importIssue('MODEL_CATEGORIES_ARE_CODES', message, { column: name, hint }));
  }
  return foreignColumn(feature, { name, kind: 'CATEGORY', categories: feature.categories });
}

function columnOfDataset(input: Input, dataset: ImportDataset, issues: ImportIssue[]): ForeignColumn {
  const { feature, name } = input;
  const column = dataset.column(name);
  if (feature.kind === 'CATEGORY') {
    const categories = feature.categories ?? valuesByCode(input, column, issues);
    return foreignColumn(feature, { name, kind: 'CATEGORY', categories });
  }
  if (AS_NUMBERS.includes(column.kind)) {
    const numberFormat = dataset.numberFormat(name);
    const isPlain = numberFormat === null || isPointNumbers(numberFormat);
    return foreignColumn(feature, { name, kind: 'NUMBER', ...(isPlain ? {} : { numberFormat }) });
  }
  // Libraries read false as 0 and true as 1.
  if (column.kind === 'BOOLEAN') {
    const categories = sortedValues(column).sort((a, b) => Number(parseBoolean(a)) - Number(parseBoolean(b)));
    return foreignColumn(feature, { name, kind: 'CATEGORY', categories });
  }
  // No tree asks about it: whatever it holds will do.
  if (!feature.isUsed) return foreignColumn(feature, { name, kind: 'NUMBER' });
  throw new ImportInputError(
    'datasetId',
    `The model reads numbers from "${cutValue(name)}", and the column of the dataset is ${column.kind}.`,
    'Set its kind to NUMERIC at the upload, or name another dataset.',
  );
}

/** The values of a column, in the place of the codes 0, 1, …. */
function valuesByCode({ feature, name }: Input, column: Column, issues: ImportIssue[]): readonly string[] {
  const values = sortedValues(column);
  const lastCode = feature.namedCodes.at(-1) ?? -1;
  if (lastCode >= values.length) {
    throw new ImportInputError(
      'datasetId',
      `The model knows the code ${lastCode} of "${cutValue(name)}", and the column of the dataset has ${values.length} different values.`,
      'Name a dataset that has every category which the model was trained on.',
    );
  }
  const told = values.slice(0, TOLD_VALUES).map((value, code) => `${code} ${cutValue(value)}`);
  const more = values.length > TOLD_VALUES ? ', …' : '';
  const message = `The file has no texts for the categories of "${cutValue(name)}": its codes were taken for the values of the column in their order: ${told.join(', ')}${more}.`;
  const hint = 'Compare some predictions with those of the library that made the model.';
  issues.push(importIssue('MODEL_CATEGORIES_BY_ORDER', message, { column: name, hint }));
  return values;
}

function isPointNumbers({ decimal, thousands, ...others }: NumberFormat): boolean {
  const hasMore = Object.values(others).some((value) => value !== undefined);
  return decimal === POINT_NUMBERS.decimal && thousands === POINT_NUMBERS.thousands && !hasMore;
}
