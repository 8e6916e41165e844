import { closeSync, openSync } from 'node:fs';
import { profileNumbers, type ValueProfile } from '../profile/profile.ts';
import { findSentinel, type Sentinel } from '../profile/sentinel.ts';
import { WasmNumbers } from '../scan/wasm-numbers.ts';
import type { Column, ColumnKind } from '../types/column.ts';
import { storeRows } from '../types/store-rows.ts';
import { type ColumnLayout, readAt } from '../types/stored-rows.ts';

/** The rows of one block of a column: doubles, or codes with what each becomes. */
export interface ColumnPart {
  /** The number of the spill file, and the byte at which the rows begin. */
  readonly spill: number;
  readonly at: number;
  readonly rowCount: number;
  /** null for rows that are doubles. */
  readonly recode: Int32Array | null;
}

/** A column of which everything is known but its rows. */
export interface ColumnTask {
  readonly index: number;
  readonly kind: ColumnKind;
  readonly parts: readonly ColumnPart[];
  readonly missing: number;
  /** The number for each code where labels spell numbers. */
  readonly numbers: Float64Array | null;
  /** Where its rows go; null where no table is written. */
  readonly layout: ColumnLayout | null;
}

/** The processing of the columns of a file. */
export interface ColumnTasks {
  readonly spillPath: string;
  readonly spillCount: number;
  readonly tablePath: string | null;
  readonly rowCount: number;
  /** Sampling step of the rows. */
  readonly sampleStep: number;
  readonly tasks: readonly ColumnTask[];
}

/** What the rows of a column showed. */
export interface ColumnResult {
  readonly index: number;
  /** For columns that were read as numbers; of others the labels tell. */
  readonly profile: ValueProfile | null;
  readonly sentinel: Sentinel | null;
  /** The first 10 rows without a value. */
  readonly missingRows: readonly number[];
  readonly sample: Float64Array | Int32Array;
}

/** Works on columns one at a time: only one is in memory. Close it when done. */
export class ColumnWorker {
  readonly #columnTasks: ColumnTasks;
  readonly #spills: readonly number[];
  readonly #table: number | null;

  constructor(columnTasks: ColumnTasks) {
    this.#columnTasks = columnTasks;
    this.#spills = Array.from({ length: columnTasks.spillCount }, (_, spill) =>
      openSync(`${columnTasks.spillPath}${spill}`, 'r'),
    );
    this.#table = columnTasks.tablePath === null ? null : openSync(columnTasks.tablePath, 'r+');
  }

  /** Writes the rows of a column to the table, and profiles them. */
  run(task: ColumnTask): ColumnResult {
    // Not the codes of labels, which need no further statistics.
    using numbers = areNumbers(task) ? new WasmNumbers(this.#columnTasks.rowCount) : null;
    const { index, kind, layout } = task;
    const column = this.#column(task, numbers?.values ?? new Int32Array(this.#columnTasks.rowCount));
    if (this.#table !== null && layout !== null) storeRows(this.#table, layout, column);
    const profile = numbers !== null && task.numbers === null ? profileNumbers(numbers, kind) : null;
    const sentinel = profile !== null && column.storage === 'number' ? findSentinel(column.values, profile) : null;
    const rows = column.storage === 'number' ? column.values : column.codes;
    return {
      index,
      profile,
      sentinel,
      missingRows: task.missing === 0 ? [] : firstMissing(rows),
      sample: this.#sampleOf(rows),
    };
  }

  close(): void {
    for (const spill of this.#spills) closeSync(spill);
    if (this.#table !== null) closeSync(this.#table);
  }

  #column({ kind, parts, numbers }: ColumnTask, values: Float64Array | Int32Array): Column {
    let start = 0;
    const codes = new Int32Array(maxCodes(parts));
    for (const part of parts) {
      const target = values.subarray(start, start + part.rowCount);
      start += part.rowCount;
      const { recode } = part;
      if (recode === null) {
        readAt(this.#spills[part.spill]!, target, part.at);
        continue;
      }
      const read = codes.subarray(0, part.rowCount);
      readAt(this.#spills[part.spill]!, read, part.at);
      if (target instanceof Int32Array) translateCodes(read, recode, target);
      else translateNumbers(read, recode, numbers ?? NO_NUMBERS, target);
    }
    if (values instanceof Float64Array) return { storage: 'number', name: '', kind, values };
    return { storage: 'label', name: '', kind, codes: values, labels: [] };
  }

  #sampleOf(rows: Float64Array | Int32Array): Float64Array | Int32Array {
    const { rowCount, sampleStep } = this.#columnTasks;
    const length = Math.ceil(rowCount / sampleStep);
    const sample = rows instanceof Float64Array ? new Float64Array(length) : new Int32Array(length);
    for (let at = 0; at < length; at++) sample[at] = rows[at * sampleStep]!;
    return sample;
  }
}

/** Whether the rows become numbers. */
function areNumbers({ parts, numbers }: ColumnTask): boolean {
  return numbers !== null || parts.every(({ recode }) => recode === null);
}

const NO_NUMBERS = new Float64Array(0);

/** The rows of the longest part that has codes. */
function maxCodes(parts: readonly ColumnPart[]): number {
  return parts.reduce((longest, { recode, rowCount }) => (recode === null ? longest : Math.max(longest, rowCount)), 0);
}

/** Each with one kind of array: a function for both would be several times as slow. */
function translateCodes(codes: Int32Array, recode: Int32Array, target: Int32Array): void {
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    target[row] = code < 0 ? -1 : recode[code]!;
  }
}

function translateNumbers(codes: Int32Array, recode: Int32Array, numbers: Float64Array, target: Float64Array): void {
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    target[row] = code < 0 ? Number.NaN : numbers[recode[code]!]!;
  }
}

/** As many rows as an issue names. */
const ROWS_NAMED = 10;

function firstMissing(rows: Float64Array | Int32Array): number[] {
  const missing: number[] = [];
  const areCodes = rows instanceof Int32Array;
  for (let row = 0; row < rows.length && missing.length < ROWS_NAMED; row++) {
    const value = rows[row]!;
    if (areCodes ? value < 0 : Number.isNaN(value)) missing.push(row);
  }
  return missing;
}
