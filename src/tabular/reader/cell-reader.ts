import { type NumberFormat, parseNumber } from '../../runtime/values/cells.ts';
import type { RowBuffer } from '../scan/row-buffer.ts';
import type { StringDictionary } from '../scan/string-dictionary.ts';
import { LineCounter } from '../sniffer/line-counter.ts';
import { LONGEST_NUMBER, mayBeCode } from '../types/number-format.ts';
import { EMPTY_RANGE, joinRanges } from '../types/number-range.ts';
import type { NullTokens } from './null-tokens.ts';
import type { ColumnPlan } from './read-plan.ts';

/** Reads the cells of one column as numbers: those that are not plain one by one, the others with the buffered rows. */
export class NumberReader {
  values: Float64Array;
  missing = 0;
  /** Numbers that stand for "no value", among those missing. */
  missingNumbers = 0;
  /** Infinities and numbers beyond the range of a double; they are missing values too. */
  nonFinite = new LineCounter();
  /** That of the rows put away. */
  range = EMPTY_RANGE;
  readonly #rows: RowBuffer;
  readonly #buffered: Float64Array;
  readonly #format: NumberFormat;
  readonly #missing: NullTokens;
  /** Whether digits that may be codes are numbers: the caller says so. */
  readonly #isAsked: boolean;

  constructor(capacity: number, rows: RowBuffer, column: number, plan: ColumnPlan, missing: NullTokens) {
    this.values = new Float64Array(capacity);
    this.#rows = rows;
    this.#buffered = rows.takeAsNumbers(column, plan.format.decimal);
    this.#format = plan.format;
    this.#missing = missing;
    this.#isAsked = plan.kind === 'NUMERIC';
  }

  /** Puts no value into the buffered row. */
  addMissing(row: number): void {
    this.#put(row, Number.NaN);
    this.missing++;
  }

  /** Takes a cell of a buffered row; false where it is neither missing nor a number for sure. */
  addCell(row: number, bytes: Buffer, start: number, end: number, line: number): boolean {
    if (this.#missing.isMissing(bytes, start, end)) {
      this.addMissing(row);
      return true;
    }
    if (end - start > LONGEST_NUMBER) return false;
    const text = bytes.toString('latin1', start, end);
    const value = parseNumber(text, this.#format);
    // What may be a code has to be seen beside all others.
    if (Number.isNaN(value) || (!this.#isAsked && mayBeCode(text))) return false;
    this.#addNumber(row, value, line);
    return true;
  }

  /** Puts away the buffered rows as those from `start` on. */
  flush(start: number, count: number): void {
    this.range = joinRanges(this.range, this.#rows.rangeOf(this.#buffered));
    this.values.set(this.#buffered.subarray(0, count), start);
  }

  /** Counts the cells without a value that were plain. */
  countMissing({ missing, missingNumbers }: ReturnType<RowBuffer['takeMissing']>): void {
    this.missing += missing;
    this.missingNumbers += missingNumbers;
  }

  grow(capacity: number): void {
    const values = new Float64Array(capacity);
    values.set(this.values);
    this.values = values;
  }

  /** Forgets all cells, for those of the next part of a file. */
  reset(): void {
    this.missing = 0;
    this.missingNumbers = 0;
    this.range = EMPTY_RANGE;
    this.nonFinite = new LineCounter();
  }

  #addNumber(row: number, value: number, line: number): void {
    if (!Number.isFinite(value)) {
      this.nonFinite.add(line);
      this.addMissing(row);
    } else if (this.#missing.isMissingNumber(value)) {
      this.missingNumbers++;
      this.addMissing(row);
    } else this.#put(row, value);
  }

  #put(row: number, value: number): void {
    this.#buffered[row] = value;
    this.#rows.hashNumber(value);
  }
}

/** Reads the cells of one column as labels: those that are not plain one by one, the others with the buffered rows. */
export class LabelReader {
  codes: Int32Array;
  missing = 0;
  readonly dictionary: StringDictionary;
  readonly #rows: RowBuffer;
  readonly #buffered: Int32Array;

  constructor(capacity: number, rows: RowBuffer, column: number) {
    this.codes = new Int32Array(capacity);
    this.#rows = rows;
    this.dictionary = rows.newDictionary();
    this.#buffered = rows.takeAsLabels(column, this.dictionary);
  }

  /** Forgets all cells, for those of the next part of a file. */
  reset(): void {
    this.missing = 0;
    this.dictionary.clear();
  }

  /** Puts no value into the buffered row. */
  addMissing(row: number): void {
    this.#buffered[row] = -1;
    this.#rows.hashNumber(Number.NaN);
    this.missing++;
  }

  /** Takes a cell of a buffered row. */
  addCell(row: number, bytes: Buffer, start: number, end: number, line: number): void {
    const code = this.#rows.takeLabel(this.dictionary, bytes, start, end, line);
    this.#buffered[row] = code;
    if (code < 0) this.missing++;
  }

  /** Gives no value to all of `count` rows, those in the buffer among them. */
  addAllMissing(count: number): void {
    this.codes.fill(-1, 0, count);
    this.#buffered.fill(-1);
    this.missing += count;
  }

  /** Puts away the buffered rows as those from `start` on. */
  flush(start: number, count: number): void {
    this.codes.set(this.#buffered.subarray(0, count), start);
  }

  /** Counts the cells without a value that were plain. */
  countMissing({ missing }: ReturnType<RowBuffer['takeMissing']>): void {
    this.missing += missing;
  }

  grow(capacity: number): void {
    const codes = new Int32Array(capacity);
    codes.set(this.codes);
    this.codes = codes;
  }
}
