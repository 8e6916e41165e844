import { correlationText, percentText } from '../../runtime/values/percent-text.ts';
import { sentinelOf } from '../profile/sentinel.ts';
import type { CodedColumn, CodedTable, ColumnKind, NumberColumn } from '../types/column.ts';

/** A column that nearly gives the target away. */
export interface Leak {
  readonly column: string;
  /** The figure that says so, for a message. */
  readonly finding: string;
}

/** Maximum number of examined rows: enough to detect leaks. */
const SCANNED_ROWS = 10_000;
/** Maximum number of examined cells: 80 MB. */
const SCANNED_CELLS = 10_000_000;
/** Minimum number of examined rows: 32 ranges then have about 12 rows each. */
const MIN_SCANNED = 400;
/** With fewer rows, nearly everything looks like a rule. */
const MIN_ROWS = 50;
/** Minimum average rows per label or range; with fewer, a column would merely memorise the target. */
const ROWS_PER_GROUP = 10;
/** Maximum number of quantile ranges of a numeric column: the more ranges, the sharper the prediction. */
const RANGES = 256;
/** With fewer rows outside the majority class, a column may predict them by chance. */
const MIN_MINORITY = 5;
/**
 * The score from which a column is suspect, from 0 (no information) to 1 (perfect): it leaves one in fifty of the majority
 * class's errors, or of the target's variance. Real predictors hardly ever get there.
 */
const SUSPECT_SCORE = 0.98;
/** The values of such columns are equal in all rows, or unique. */
const UNINFORMATIVE_KINDS: ReadonlySet<ColumnKind> = new Set<ColumnKind>(['CONSTANT', 'IDENTIFIER', 'TEXT']);

/**
 * Sampling step of the examined rows: fewer rows in tables of more than 1,000 columns, since all of them are held in memory.
 */
export function leakSampleStep(rowCount: number, columnCount: number): number {
  const rows = Math.max(MIN_SCANNED, Math.min(SCANNED_ROWS, Math.floor(SCANNED_CELLS / columnCount)));
  return Math.max(1, Math.ceil(rowCount / rows));
}

/**
 * Finds columns that alone nearly determine the target. For classes, by the majority class of each label or range of numbers;
 * for numbers, by linear regression or the mean of each label or range; for both, by whether there is a value at all, which
 * is what remains of constants, identifiers and free text. Each column is judged separately: others do not hide a leak, and a
 * column that matters only together with others is none.
 *
 * @param targetAt the index of the target among the columns
 * @param maxRows maximum number of examined rows, evenly spaced; by default 10,000, and fewer in wide tables
 */
export function findLeaks(
  table: CodedTable,
  targetAt: number,
  task: 'CLASSIFICATION' | 'REGRESSION',
  maxRows: number | null = null,
): readonly Leak[] {
  const target = table.columns[targetAt];
  if (target === undefined) return [];
  const step =
    maxRows === null
      ? leakSampleStep(table.rowCount, table.columns.length)
      : Math.max(1, Math.ceil(table.rowCount / Math.max(MIN_SCANNED, Math.floor(maxRows))));
  const rows = sampledRows(target, table.rowCount, step, task);
  if (rows.length < MIN_ROWS) return [];
  const classes = task === 'CLASSIFICATION' ? classesOf(target, rows) : null;
  const leaks: Leak[] = [];
  table.columns.forEach((column, at) => {
    if (at === targetAt) return;
    const byValue = UNINFORMATIVE_KINDS.has(column.kind) ? null : valueFinding(column, target, rows, classes);
    const finding = byValue ?? presenceFinding(column, target, rows, classes);
    if (finding !== null) leaks.push({ column: column.name, finding });
  });
  return leaks;
}

/**
 * Every `step`-th row with a target. Sentinels such as -200 do not count: other columns often have them in the same rows, and
 * would predict nothing else.
 */
function sampledRows(
  target: CodedColumn,
  rowCount: number,
  step: number,
  task: 'CLASSIFICATION' | 'REGRESSION',
): number[] {
  const rows: number[] = [];
  for (let row = 0; row < rowCount; row += step) if (!isMissing(target, row)) rows.push(row);
  if (task === 'CLASSIFICATION' || target.storage !== 'number') return rows;
  const sentinel = sentinelOf(Float64Array.from(rows, (row) => target.values[row]!));
  return sentinel === null ? rows : rows.filter((row) => target.values[row] !== sentinel);
}

/** `classes`: null where the target is one of numbers. */
function valueFinding(
  column: CodedColumn,
  target: CodedColumn,
  rows: readonly number[],
  classes: Groups | null,
): string | null {
  if (classes === null) return numberFinding(column, target, rows);
  const share = suspectAccuracy(groupsOf(column, rows), classes);
  return share === null ? null : `it tells ${percentText(share)} of the rows right`;
}

/** How well the presence of a value predicts the target, such as a date of leaving for those who left. */
function presenceFinding(
  column: CodedColumn,
  target: CodedColumn,
  rows: readonly number[],
  classes: Groups | null,
): string | null {
  const groups = groupsByPresence(column, rows);
  if (groups === null) return null;
  if (classes !== null) {
    const share = suspectAccuracy(groups, classes);
    return share === null ? null : `whether it has a value tells ${percentText(share)} of the rows right`;
  }
  if (target.storage !== 'number') return null;
  const explained = explainedVariance(groups, target.values, rows);
  return explained < SUSPECT_SCORE ? null : `whether it has a value tells ${percentText(explained)} of the variance`;
}

/** Infinities are missing. */
function isMissing(column: CodedColumn, row: number): boolean {
  return column.storage === 'label' ? column.codes[row]! < 0 : !Number.isFinite(column.values[row]);
}

/** How well a column predicts numbers, if that is suspect. */
function numberFinding(column: CodedColumn, target: CodedColumn, rows: readonly number[]): string | null {
  if (target.storage !== 'number') return null;
  const both = rows.filter((row) => !isMissing(column, row));
  if (both.length < MIN_ROWS || both.length * 2 < rows.length) return null;
  if (column.storage === 'number') {
    const correlation = correlate(column.values, target.values, both);
    if (correlation ** 2 >= SUSPECT_SCORE) return `their correlation is ${correlationText(correlation)}`;
  }
  const groups = groupsOf(column, both);
  if (groups.count * ROWS_PER_GROUP > both.length) return null;
  const explained = explainedVariance(groups, target.values, both);
  if (explained < SUSPECT_SCORE) return null;
  return `the mean of each of its values tells ${percentText(explained)} of the variance`;
}

/** The share of the variance between the groups, 0 to 1; 0 if the values do not vary. */
function explainedVariance({ ids, count }: Groups, values: Float64Array, rows: readonly number[]): number {
  const mean = meanOf(values, rows);
  const sums = new Float64Array(count);
  const sizes = new Float64Array(count);
  let squares = 0;
  for (let i = 0; i < ids.length; i++) {
    const distance = values[rows[i]!]! - mean;
    const id = ids[i]!;
    sums[id] = sums[id]! + distance;
    sizes[id] = sizes[id]! + 1;
    squares += distance * distance;
  }
  const between = sums.reduce((sum, ofGroup, id) => sum + (ofGroup === 0 ? 0 : ofGroup ** 2 / sizes[id]!), 0);
  return Number.isFinite(squares) && squares > 0 ? between / squares : 0;
}

/** Each value is divided before it is added, so that no sum overflows. */
function meanOf(values: Float64Array, rows: readonly number[]): number {
  let mean = 0;
  for (const row of rows) mean += values[row]! / rows.length;
  return mean;
}

/** Pearson correlation of two columns over some rows; 0 if one of them does not vary. */
function correlate(left: Float64Array, right: Float64Array, rows: readonly number[]): number {
  const leftMean = meanOf(left, rows);
  const rightMean = meanOf(right, rows);
  let product = 0;
  let leftSquares = 0;
  let rightSquares = 0;
  for (const row of rows) {
    const x = left[row]! - leftMean;
    const y = right[row]! - rightMean;
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

function groupsOf(column: CodedColumn, rows: readonly number[]): Groups {
  return column.storage === 'label' ? groupsOfLabels(column, rows) : groupsOfNumbers(column, rows);
}

/** One group for each label, and group 0 for missing values. */
function groupsOfLabels(
  { codes, labels }: CodedColumn & { readonly storage: 'label' },
  rows: readonly number[],
): Groups {
  const ids = new Int32Array(rows.length);
  for (let i = 0; i < ids.length; i++) ids[i] = codes[rows[i]!]! + 1;
  return { ids, count: labels.length + 1 };
}

/** The rows with a value and those without; null where either are too few to tell a rule. */
function groupsByPresence(column: CodedColumn, rows: readonly number[]): Groups | null {
  const ids = new Int32Array(rows.length);
  let present = 0;
  for (let i = 0; i < ids.length; i++) {
    if (isMissing(column, rows[i]!)) continue;
    ids[i] = 1;
    present++;
  }
  return Math.min(present, rows.length - present) < MIN_MINORITY ? null : { ids, count: 2 };
}

/** The classes of a target, however many: each value is one. */
function classesOf(target: CodedColumn, rows: readonly number[]): Groups {
  if (target.storage === 'label') return groupsOfLabels(target, rows);
  const codes = new Map<number, number>();
  const ids = Int32Array.from(rows, (row) => {
    const value = target.values[row]!;
    const code = codes.get(value) ?? codes.size;
    codes.set(value, code);
    return code;
  });
  return { ids, count: codes.size };
}

/** One group for each value where there are few, else for each of many ranges; and group 0 for missing values. */
function groupsOfNumbers({ values }: NumberColumn, rows: readonly number[]): Groups {
  // Loops: of hundreds of columns this is most of the work.
  const sorted = new Float64Array(rows.length);
  let known = 0;
  for (const row of rows) {
    const value = values[row]!;
    if (!Number.isNaN(value)) sorted[known++] = value;
  }
  sorted.subarray(0, known).sort();
  const ranges = Math.min(RANGES, Math.floor(rows.length / ROWS_PER_GROUP) - 2);
  const bounds = quantileBounds(sorted.subarray(0, known), ranges);
  const ids = new Int32Array(rows.length);
  for (let i = 0; i < ids.length; i++) {
    const value = values[rows[i]!]!;
    if (!Number.isNaN(value)) ids[i] = bisectRight(bounds, value) + 1;
  }
  return { ids, count: bounds.length + 2 };
}

/** Each distinct value if they are few; otherwise the quantile bounds. */
function quantileBounds(sorted: Float64Array, ranges: number): Float64Array {
  const bounds = new Float64Array(ranges - 1);
  let distinct = 0;
  for (let i = 0; i < sorted.length && distinct <= bounds.length; i++) {
    if (i > 0 && sorted[i] === sorted[i - 1]) continue;
    if (distinct < bounds.length) bounds[distinct] = sorted[i]!;
    distinct++;
  }
  if (distinct <= bounds.length) return bounds.subarray(0, distinct);
  for (let i = 0; i < bounds.length; i++) bounds[i] = sorted[Math.floor((sorted.length * (i + 1)) / ranges)]!;
  return isolateFrequentValues(bounds, sorted);
}

/** A value so frequent that several ranges begin with it gets a range of its own, such as 0 for "nothing paid back". */
function isolateFrequentValues(bounds: Float64Array, sorted: Float64Array): Float64Array {
  return bounds.map((bound, i) => {
    const isLastOfSeveral = bound === bounds[i - 1] && bound !== bounds[i + 1];
    return isLastOfSeveral ? (sorted[bisectRight(sorted, bound)] ?? bound) : bound;
  });
}

/** The number of ascending bounds that are at most `value`. */
function bisectRight(bounds: Float64Array, value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The accuracy of predicting the majority class of each group, if it is suspect; else null. */
function suspectAccuracy(groups: Groups, classes: Groups): number | null {
  const rows = groups.ids.length;
  if (groups.count * ROWS_PER_GROUP > rows || classes.count * ROWS_PER_GROUP > rows) return null;
  const contingency = new Int32Array(groups.count * classes.count);
  const perClass = new Int32Array(classes.count);
  for (let row = 0; row < rows; row++) {
    const code = groups.ids[row]! * classes.count + classes.ids[row]!;
    contingency[code] = contingency[code]! + 1;
    const id = classes.ids[row]!;
    perClass[id] = perClass[id]! + 1;
  }
  let correct = 0;
  for (let group = 0; group < groups.count; group++) {
    let maxRows = 0;
    for (let id = 0; id < classes.count; id++) {
      maxRows = Math.max(maxRows, contingency[group * classes.count + id]!);
    }
    correct += maxRows;
  }
  const baselineErrors = rows - Math.max(...perClass);
  if (baselineErrors < MIN_MINORITY || 1 - (rows - correct) / baselineErrors < SUSPECT_SCORE) return null;
  return correct / rows;
}
