import type { Column } from '../../tabular/types/column.ts';
import { int32ArrayFrom } from '../parallel/typed-arrays.ts';
import type { Task } from '../task.ts';
import { TrainingDataError } from '../training-data-error.ts';

/**
 * More labels than this are refused: such a column is an id or a measurement, and a boosted model would grow one tree for
 * each label in each round.
 */
export const MAX_CLASSES = 500;

/** The target of all rows of a table. */
export type Target =
  | {
      readonly task: 'CLASSIFICATION';
      /** All labels that occur: texts in text order, numbers in numeric order. */
      readonly labels: readonly string[];
      /** For each row the number of its label, -1 where it is missing. */
      readonly codes: Int32Array;
    }
  | { readonly task: 'REGRESSION'; readonly values: Float64Array };

/** Whether the target of a row is known. */
export function isTargetKnown(target: Target, row: number): boolean {
  return target.task === 'CLASSIFICATION' ? target.codes[row]! >= 0 : !Number.isNaN(target.values[row]!);
}

/** Reads the target column as the task wants it. Throws TrainingDataError where the column cannot be one. */
export function readTarget(column: Column, task: Task): Target {
  checkTarget(column, task);
  if (task === 'REGRESSION') {
    if (column.storage === 'label') throw new TypeError(`${column.name} holds no numbers`);
    return { task, values: column.values.map((value) => (Number.isFinite(value) ? value : Number.NaN)) };
  }
  return column.storage === 'label' ? labelsOfTexts(column) : labelsOfNumbers(column);
}

/** Throws TrainingDataError where what is known of a column before it is read says that it cannot be the target. */
export function checkTarget(column: Pick<Column, 'name' | 'kind' | 'storage'>, task: Task): void {
  if (column.kind === 'DATETIME') {
    throw new TrainingDataError(
      'TARGET_IS_DATE',
      `the target ${column.name} holds dates; models predict labels or numbers`,
      'add a column of numbers, such as the days since a fixed day, and choose that',
    );
  }
  if (task !== 'REGRESSION' || column.storage === 'number') return;
  throw new TrainingDataError(
    'TARGET_NOT_NUMERIC',
    `the target ${column.name} holds texts; REGRESSION needs numbers`,
    'train it as CLASSIFICATION, or choose a column of numbers',
  );
}

function labelsOfTexts(column: Column & { readonly storage: 'label' }): Target {
  const occurs = new Uint8Array(column.labels.length);
  for (const code of column.codes) if (code >= 0) occurs[code] = 1;
  const labels = column.labels.filter((_, code) => occurs[code] === 1).sort((a, b) => (a < b ? -1 : 1));
  checkClassCount(column.name, labels.length);
  const codeOf = new Map(labels.map((label, i) => [label, i]));
  const newCodeOf = Int32Array.from(column.labels, (label) => codeOf.get(label) ?? -1);
  return { task: 'CLASSIFICATION', labels, codes: column.codes.map((code) => (code < 0 ? -1 : newCodeOf[code]!)) };
}

function labelsOfNumbers(column: Column & { readonly storage: 'number' }): Target {
  const distinct = new Set<number>();
  for (const value of column.values) {
    if (Number.isFinite(value)) distinct.add(value);
    if (distinct.size > MAX_CLASSES) break;
  }
  checkClassCount(column.name, distinct.size);
  const values = [...distinct].sort((a, b) => a - b);
  const codeOf = new Map(values.map((value, i) => [value, i]));
  return {
    task: 'CLASSIFICATION',
    labels: values.map(String),
    codes: int32ArrayFrom(column.values.length, (row) => codeOf.get(column.values[row]!) ?? -1),
  };
}

/** Throws TrainingDataError for too many labels. */
export function checkClassCount(name: string, count: number): void {
  if (count <= MAX_CLASSES) return;
  throw new TrainingDataError(
    'TARGET_TOO_MANY_CLASSES',
    `the target ${name} has more than ${MAX_CLASSES} different labels`,
    'choose a target with fewer labels, or train numbers as REGRESSION',
  );
}
