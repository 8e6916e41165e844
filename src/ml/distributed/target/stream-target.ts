import { checkClassCount, checkTarget, MAX_CLASSES } from '../../preprocessing/target.ts';
import { targetMissing } from '../../split/target-rows.ts';
import type { Task } from '../../task.ts';
import { TrainingDataError } from '../../training-data-error.ts';
import type { TableStream } from '../table-stream.ts';

/** Ranks compute with numbers of 32 bits; larger ones would be infinite. */
const MAX_TARGET = 3.4e38;

/** The target of a table, read a batch at a time; see readTarget. */
export interface StreamedTarget {
  readonly task: Task;
  /** All labels that occur, in order; empty for numbers. */
  readonly labels: readonly string[];
  /** For each label how many rows of the table have it; for numbers one count, of all rows that have one. */
  readonly counts: readonly number[];
  /** For each row of a batch its number, or the number of its label; NaN where it is missing. */
  read(batch: number): Float64Array;
}

/** Finds the labels of a target in one pass over its column. Throws TrainingDataError where the column cannot be the target. */
export function streamTarget(stream: TableStream, name: string, task: Task): StreamedTarget {
  const column = stream.columns.findIndex((found) => found.name === name);
  const described = stream.columns[column];
  if (described === undefined) throw new TrainingDataError('TARGET_NOT_FOUND', `there is no column ${name}`, null);
  checkTarget(described, task);
  if (task === 'REGRESSION') return streamNumbers(stream, column, name);
  return described.storage === 'label' ? streamTexts(stream, column, name) : streamClasses(stream, column, name);
}

function streamNumbers(stream: TableStream, column: number, name: string): StreamedTarget {
  const read = (batch: number): Float64Array => {
    const values = stream.numbers(column, batch);
    for (let row = 0; row < values.length; row++) if (!Number.isFinite(values[row])) values[row] = Number.NaN;
    return values;
  };
  let known = 0;
  for (const batch of stream.batches.keys()) {
    for (const value of read(batch)) {
      if (Math.abs(value) > MAX_TARGET) throw targetTooLarge(name, value);
      if (!Number.isNaN(value)) known++;
    }
  }
  if (known === 0) throw targetMissing(name);
  return { task: 'REGRESSION', labels: [], counts: [known], read };
}

function targetTooLarge(name: string, value: number): TrainingDataError {
  return new TrainingDataError(
    'NUMBERS_TOO_LARGE',
    `the target ${name} has the number ${value}, and training on several hosts computes with numbers up to ${MAX_TARGET}`,
    'divide the column by a power of ten',
  );
}

function streamTexts(stream: TableStream, column: number, name: string): StreamedTarget {
  const { labelCount } = stream.columns[column]!;
  const rows = new Float64Array(labelCount);
  for (const batch of stream.batches.keys()) {
    for (const code of stream.codes(column, batch)) if (code >= 0) rows[code]!++;
  }
  const occurring = [...rows.keys()].filter((code) => rows[code]! > 0);
  checkClassCount(name, occurring.length);
  if (occurring.length === 0) throw targetMissing(name);
  const texts = stream.labels(column);
  occurring.sort((a, b) => (texts[a]! < texts[b]! ? -1 : 1));
  const numberOf = new Int16Array(labelCount).fill(-1);
  occurring.forEach((code, label) => {
    numberOf[code] = label;
  });
  return {
    task: 'CLASSIFICATION',
    labels: occurring.map((code) => texts[code]!),
    counts: occurring.map((code) => rows[code]!),
    read: (batch) => {
      const codes = stream.codes(column, batch);
      // A loop: Float64Array.from with a function takes ten times as long.
      const numbers = new Float64Array(codes.length);
      for (let row = 0; row < codes.length; row++) numbers[row] = codes[row]! < 0 ? Number.NaN : numberOf[codes[row]!]!;
      return numbers;
    },
  };
}

function streamClasses(stream: TableStream, column: number, name: string): StreamedTarget {
  const rows = new Map<number, number>();
  for (const batch of stream.batches.keys()) {
    for (const value of stream.numbers(column, batch)) {
      if (Number.isFinite(value)) rows.set(value, (rows.get(value) ?? 0) + 1);
      if (rows.size > MAX_CLASSES) break;
    }
  }
  checkClassCount(name, rows.size);
  if (rows.size === 0) throw targetMissing(name);
  const values = [...rows.keys()].sort((a, b) => a - b);
  const numberOf = new Map(values.map((value, label) => [value, label]));
  return {
    task: 'CLASSIFICATION',
    labels: values.map(String),
    counts: values.map((value) => rows.get(value) ?? 0),
    read: (batch) => stream.numbers(column, batch).map((value) => numberOf.get(value) ?? Number.NaN),
  };
}
