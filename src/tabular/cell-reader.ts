import { type NumberFormat, parseNumber } from '../runtime/cells.ts';
import { LabelDictionary } from './label-dictionary.ts';
import { LineTally } from './line-tally.ts';
import type { MissingCells } from './missing-cells.ts';
import { NumberScanner } from './number-scanner.ts';

/** Longer cells spell no number that anyone wrote; this keeps hostile ones away from the number parser. */
const LONGEST_NUMBER = 400;

/** Reads the cells of one column as numbers. */
export class NumberReader {
  values: Float64Array;
  missing = 0;
  /** Numbers that stand for "no value", among those missing. */
  missingNumbers = 0;
  /** Infinities and numbers beyond the range of a double; they are missing values too. */
  nonFinite = new LineTally();
  /** Cells that are no numbers although the caller said so; they are missing values too. */
  unparsable = new LineTally();
  /** Reads plain numbers from bytes; null where the format asks for more than that. */
  readonly scanner: NumberScanner | null;
  readonly #format: NumberFormat;
  readonly #missing: MissingCells;
  readonly #isForced: boolean;

  /** @param isForced whether cells that are no numbers become missing values */
  constructor(capacity: number, format: NumberFormat, delimiter: string, missing: MissingCells, isForced: boolean) {
    this.values = new Float64Array(capacity);
    // Where the decimal mark is the delimiter too, only quotes tell them apart, which the scanner does not see.
    const isPlain = format.thousands === '' && format.decimal !== delimiter;
    this.scanner = isPlain ? new NumberScanner(format.decimal) : null;
    this.#format = format;
    this.#missing = missing;
    this.#isForced = isForced;
  }

  addNumber(row: number, value: number, line: number): void {
    if (value - value !== 0) {
      this.nonFinite.add(line);
      this.addMissing(row);
    } else if (this.#missing.hasNumbers && this.#missing.isMissingNumber(value)) {
      this.missingNumbers++;
      this.addMissing(row);
    } else this.values[row] = value;
  }

  addMissing(row: number): void {
    this.values[row] = Number.NaN;
    this.missing++;
  }

  /** Takes a cell; false where it is neither a number nor missing. */
  addCell(row: number, bytes: Buffer, start: number, end: number, line: number): boolean {
    if (this.#missing.isMissing(bytes, start, end)) {
      this.addMissing(row);
      return true;
    }
    const value = this.#parse(bytes, start, end);
    if (!Number.isNaN(value)) {
      this.addNumber(row, value, line);
      return true;
    }
    if (!this.#isForced) return false;
    this.unparsable.add(line);
    this.addMissing(row);
    return true;
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
    this.nonFinite = new LineTally();
    this.unparsable = new LineTally();
  }

  #parse(bytes: Buffer, start: number, end: number): number {
    if (this.scanner !== null) {
      const value = this.scanner.scan(bytes, start);
      if (!Number.isNaN(value) && this.scanner.end === end) return value;
    }
    if (end - start > LONGEST_NUMBER) return Number.NaN;
    return parseNumber(bytes.toString('latin1', start, end), this.#format);
  }
}

/** Reads the cells of one column as labels. */
export class LabelReader {
  codes: Int32Array;
  missing = 0;
  dictionary: LabelDictionary;
  readonly #missing: MissingCells;

  constructor(capacity: number, missing: MissingCells) {
    this.codes = new Int32Array(capacity);
    this.#missing = missing;
    this.dictionary = new LabelDictionary(missing);
  }

  /** Forgets all cells, for those of the next part of a file. */
  reset(): void {
    this.missing = 0;
    this.dictionary = new LabelDictionary(this.#missing);
  }

  addMissing(row: number): void {
    this.codes[row] = -1;
    this.missing++;
  }

  addCell(row: number, bytes: Buffer, start: number, end: number, line: number): void {
    const code = end === start ? -1 : this.dictionary.add(bytes, start, end, line);
    this.codes[row] = code;
    if (code < 0) this.missing++;
  }

  grow(capacity: number): void {
    const codes = new Int32Array(capacity);
    codes.set(this.codes);
    this.codes = codes;
  }
}
