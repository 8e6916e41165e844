import type { Column, LabelColumn, NumberColumn, Table } from './column.ts';

/** A column that nearly gives the target away. */
export interface Leak {
  readonly column: string;
  /** The figure that says so, for a message. */
  readonly finding: string;
}

/** Enough rows to tell; more would only take longer. */
const ROWS_LOOKED_AT = 10_000;
/** 80 MB of them. */
const CELLS_LOOKED_AT = 10_000_000;
/** So that each of 32 ranges still stands for some 12 rows. */
const FEWEST_LOOKED_AT = 400;
/** With fewer rows, nearly everything can look like a rule. */
const LEAST_ROWS = 50;
/** Numbers are cut into so many ranges of equally many rows. */
const RANGES = 32;
/** Each label or range has to stand for at least so many rows on average, or it would merely be learned by heart. */
const ROWS_PER_GROUP = 10;
/** The share of rows told right from which a single column is suspect; real predictors hardly ever reach it. */
const SUSPECT_ACCURACY = 0.995;
/** And the share of the majority's mistakes that is gone: 99.6 % right is nothing where 99.5 % are one class. */
const SUSPECT_GAIN = 0.95;
/** The correlation between two numbers from which one is nearly the other in other units. */
const SUSPECT_CORRELATION = 0.9995;

/** Of how many rows one is looked at: fewer in tables of more than 1,000 columns, all of which are held at once. */
export function leakSampleStep(rowCount: number, columnCount: number): number {
  const rows = Math.max(FEWEST_LOOKED_AT, Math.min(ROWS_LOOKED_AT, Math.floor(CELLS_LOOKED_AT / columnCount)));
  return Math.max(1, Math.ceil(rowCount / rows));
}

/**
 * Columns from which alone the target can nearly be told: for classes, by the majority class of each label or
 * range of numbers; for numbers, by a straight line. Looks at no more than 10,000 rows, evenly taken, and fewer in wide tables.
 *
 * @param targetAt the place of the target among the columns
 */
export function findLeaks(table: Table, targetAt: number, task: 'CLASSIFICATION' | 'REGRESSION'): readonly Leak[] {
  const target = table.columns[targetAt];
  if (target === undefined) return [];
  const step = leakSampleStep(table.rowCount, table.columns.length);
  const rows: number[] = [];
  for (let row = 0; row < table.rowCount; row += step) if (!isMissing(target, row)) rows.push(row);
  if (rows.length < LEAST_ROWS) return [];
  const leaks: Leak[] = [];
  const classes = task === 'CLASSIFICATION' ? groupsOf(target, rows) : null;
  table.columns.forEach((column, at) => {
    if (at === targetAt || column.kind === 'IDENTIFIER' || column.kind === 'TEXT' || column.kind === 'CONSTANT') return;
    const finding =
      classes === null ? linearFinding(column, target, rows) : majorityFinding(groupsOf(column, rows), classes);
    if (finding !== null) leaks.push({ column: column.name, finding });
  });
  return leaks;
}

function isMissing(column: Column, row: number): boolean {
  return column.storage === 'label' ? (column.codes[row] as number) < 0 : Number.isNaN(column.values[row]);
}

function linearFinding(column: Column, target: Column, rows: readonly number[]): string | null {
  if (column.storage !== 'number' || target.storage !== 'number') return null;
  const { values } = column;
  const both = rows.filter((row) => !Number.isNaN(values[row]));
  if (both.length < LEAST_ROWS || both.length * 2 < rows.length) return null;
  const correlation = correlate(values, target.values, both);
  if (Math.abs(correlation) < SUSPECT_CORRELATION) return null;
  return `their correlation is ${correlation.toFixed(4)}`;
}

/** Pearson's correlation of two columns over some rows; 0 where one of them does not vary. */
function correlate(left: Float64Array, right: Float64Array, rows: readonly number[]): number {
  const mean = (values: Float64Array) => rows.reduce((sum, row) => sum + (values[row] as number) / rows.length, 0);
  const leftMean = mean(left);
  const rightMean = mean(right);
  let product = 0;
  let leftSquares = 0;
  let rightSquares = 0;
  for (const row of rows) {
    const x = (left[row] as number) - leftMean;
    const y = (right[row] as number) - rightMean;
    product += x * y;
    leftSquares += x * x;
    rightSquares += y * y;
  }
  const scale = Math.sqrt(leftSquares) * Math.sqrt(rightSquares);
  return Number.isFinite(scale) && scale > 0 ? product / scale : 0;
}

/** Rows in groups: by label, by value, or by range of values. */
interface Groups {
  /** The group of each of the rows. */
  readonly ids: Int32Array;
  readonly count: number;
}

function groupsOf(column: Column, rows: readonly number[]): Groups {
  return column.storage === 'label' ? groupsOfLabels(column, rows) : groupsOfNumbers(column, rows);
}

/** One group for each label, and group 0 for missing values. */
function groupsOfLabels({ codes, labels }: LabelColumn, rows: readonly number[]): Groups {
  return { ids: Int32Array.from(rows, (row) => (codes[row] as number) + 1), count: labels.length + 1 };
}

/** One group for each value where there are few, else for each of 32 ranges; and group 0 for missing values. */
function groupsOfNumbers({ values }: NumberColumn, rows: readonly number[]): Groups {
  const sorted = Float64Array.from(rows, (row) => values[row] as number)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const distinct = sorted.filter((value, index) => index === 0 || value !== sorted[index - 1]);
  const bounds =
    distinct.length <= RANGES
      ? distinct
      : Float64Array.from(
          { length: RANGES - 1 },
          (_, range) => sorted[Math.floor((sorted.length * (range + 1)) / RANGES)] as number,
        );
  const ids = Int32Array.from(rows, (row) => {
    const value = values[row] as number;
    if (Number.isNaN(value)) return 0;
    return countUpTo(bounds, value) + 1;
  });
  return { ids, count: bounds.length + 2 };
}

/** How many of the ascending bounds are at most `value`. */
function countUpTo(bounds: Float64Array, value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How well the majority class of each group tells the classes, where that is suspect. */
function majorityFinding(groups: Groups, classes: Groups): string | null {
  const rows = groups.ids.length;
  if (groups.count * ROWS_PER_GROUP > rows || classes.count * ROWS_PER_GROUP > rows) return null;
  const together = new Int32Array(groups.count * classes.count);
  const perClass = new Int32Array(classes.count);
  for (let row = 0; row < rows; row++) {
    const place = (groups.ids[row] as number) * classes.count + (classes.ids[row] as number);
    together[place] = (together[place] as number) + 1;
    const id = classes.ids[row] as number;
    perClass[id] = (perClass[id] as number) + 1;
  }
  let right = 0;
  for (let group = 0; group < groups.count; group++) {
    let most = 0;
    for (let id = 0; id < classes.count; id++) most = Math.max(most, together[group * classes.count + id] as number);
    right += most;
  }
  const mistakes = rows - Math.max(...perClass);
  const accuracy = right / rows;
  if (mistakes === 0 || accuracy < SUSPECT_ACCURACY || (rows - right) / mistakes > 1 - SUSPECT_GAIN) return null;
  return `it tells ${(accuracy * 100).toFixed(1)} % of the rows right`;
}
