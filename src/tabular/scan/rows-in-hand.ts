import type { MissingCells } from '../reader/missing-cells.ts';
import type { NumberRange } from '../types/store-rows.ts';
import type { CsvSyntax } from './csv-scanner.ts';
import { Kernel } from './kernel.ts';
import { LabelDictionary, teachMissing } from './label-dictionary.ts';

/** Where the next cell of a scan is. */
export interface CellPlace {
  column: number;
  /** The line at which its record begins. */
  recordLine: number;
  line: number;
}

/** The values in hand together: they stay in the processor's second cache until they are put away. */
const VALUES_IN_HAND = 1 << 17;
/** Rows at least, also of very wide files: putting them away has a price for each column. */
const LEAST_ROWS = 16;
/** Beyond this there is nothing to be gained. */
const MOST_ROWS = 4096;

/** What a scan reads beyond the end of its bytes. */
const PADDING = 64;

/**
 * The last rows that were read, in the memory of a kernel, which reads plain cells into them; all others are put there
 * by its caller. When there is no more room the rows are to be put away.
 */
export class RowsInHand implements Disposable {
  /** Rows that there is room for. */
  readonly capacity: number;
  /** The line at which each row begins. */
  readonly lines: Uint32Array;
  /** Two halves of a hash for each row: those with the same values have the same. */
  readonly hashes: Int32Array;
  /** 1 for each row that has a value. */
  readonly present: Uint8Array;
  readonly #kernel: Kernel;
  readonly #delimiter: number;
  #buffer: Buffer = Buffer.alloc(0);

  /**
   * @param rowsExpected how many rows may come: there is no use in room for more
   * @param hashSeed the same for all whose hashes are to be compared
   */
  constructor(
    syntax: CsvSyntax,
    columnCount: number,
    rowsExpected: number,
    missing: MissingCells,
    hashSeed: number | undefined,
  ) {
    const fitting = Math.min(Math.floor(VALUES_IN_HAND / Math.max(1, columnCount)), MOST_ROWS, rowsExpected);
    this.capacity = Math.max(LEAST_ROWS, fitting);
    this.#delimiter = syntax.delimiter;
    this.#kernel = Kernel.take(hashSeed);
    teachMissing(this.#kernel, missing);
    const quote = Math.max(0, syntax.quote);
    this.#kernel.functions.beginScan(
      syntax.delimiter,
      quote,
      Math.max(0, syntax.escape),
      syntax.carriageReturnEnds ? 1 : 0,
      columnCount,
      this.capacity,
    );
    const { lines, hashes, presentRows } = this.#kernel.functions;
    const begins = this.#kernel.integers(lines.value, this.capacity);
    this.lines = new Uint32Array(begins.buffer, begins.byteOffset, begins.length);
    this.hashes = this.#kernel.integers(hashes.value, this.capacity * 2);
    this.present = this.#kernel.bytes(presentRows.value, this.capacity);
  }

  /** Rows in hand. */
  get count(): number {
    return this.#kernel.functions.rowCount.value;
  }

  get isFull(): boolean {
    return this.count === this.capacity;
  }

  /** The rows in hand of a column that is read as numbers from now on. */
  takeAsNumbers(column: number, decimal: string): Float64Array {
    const mark = decimal.charCodeAt(0);
    // Where the decimal mark is the delimiter too, only quotes tell them apart.
    const isQuoted = mark === this.#delimiter ? 1 : 0;
    const address = this.#kernel.functions.takeAsNumbers(column, mark, isQuoted);
    return this.#kernel.doubles(address, this.capacity);
  }

  /** The range of a column's rows in hand. About 4 ns a row. */
  rangeOf(inHand: Float64Array): NumberRange {
    const { functions } = this.#kernel;
    functions.findRange(inHand.byteOffset, this.count);
    const { low, high, areWhole, areSingle } = functions;
    return { low: low.value, high: high.value, areWhole: areWhole.value === 1, areSingle: areSingle.value === 1 };
  }

  newDictionary(): LabelDictionary {
    return new LabelDictionary(this.#kernel);
  }

  /** The rows in hand of a column that is read as labels from now on. */
  takeAsLabels(column: number, dictionary: LabelDictionary): Int32Array {
    const address = this.#kernel.functions.takeAsLabels(column, dictionary.address);
    return this.#kernel.integers(address, this.capacity);
  }

  skip(column: number): void {
    this.#kernel.functions.skipColumn(column);
  }

  /** Cells without a value, and those of them that held a number, since the last call: plain ones only. */
  takeMissing(column: number): { readonly missing: number; readonly missingNumbers: number } {
    const { functions } = this.#kernel;
    return { missing: functions.takeMissing(column), missingNumbers: functions.takeMissingNumbers(column) };
  }

  /** Room for bytes that can be scanned here, and for a guard after them: the same as before, where that is enough. */
  buffer(length: number): Buffer {
    if (this.#buffer.length < length) {
      this.#buffer = this.#kernel.bytes(this.#kernel.functions.allocate(length + PADDING), length);
    }
    return this.#buffer.subarray(0, length);
  }

  /**
   * Reads plain cells for as long as they come and there is room for rows, and moves the place on.
   *
   * @param bytes a buffer from here, with a line feed at `end`
   * @returns where it stopped
   */
  scan(bytes: Buffer, start: number, end: number, place: CellPlace): number {
    const { functions } = this.#kernel;
    functions.setPlace(place.column, place.recordLine, place.line);
    const stop = functions.scanCells(bytes.byteOffset + start, bytes.byteOffset + end);
    place.column = functions.placeColumn.value;
    place.recordLine = functions.placeRecordLine.value;
    place.line = functions.placeLine.value;
    return (stop >>> 0) - bytes.byteOffset;
  }

  /** Notes a number that was put into the row at hand; NaN is no value. */
  noteNumber(value: number): void {
    this.#kernel.functions.noteNumber(value);
  }

  /** The code of a label for the row at hand, -1 for a text that stands for "no value"; to be put there by the caller. */
  takeLabel(dictionary: LabelDictionary, bytes: Buffer, start: number, end: number, line: number): number {
    const address = this.#kernel.scratch(end - start + PADDING);
    this.#kernel.bytes(address, end - start).set(bytes.subarray(start, end));
    return this.#kernel.functions.takeLabel(dictionary.address, address, end - start, line);
  }

  /** Ends a row whose last cell was not plain. */
  endRow(line: number): void {
    this.#kernel.functions.endRow(line);
  }

  /** Forgets the rows in hand, which have been put away. */
  clear(): void {
    this.#kernel.functions.clearRows();
  }

  /** Gives the memory back, that of the dictionaries as well. */
  [Symbol.dispose](): void {
    this.#kernel[Symbol.dispose]();
  }
}
