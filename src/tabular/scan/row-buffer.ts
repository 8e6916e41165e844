import type { NullTokens } from '../reader/null-tokens.ts';
import type { NumberRange } from '../types/number-range.ts';
import type { CellPosition, CsvSyntax, PlainCellReader } from './csv-scanner.ts';
import { CsvWasm } from './csv-wasm.ts';
import { addNullTokens, StringDictionary } from './string-dictionary.ts';

/** The buffered values together: they stay in the processor's second cache until they are flushed. */
const MAX_BUFFERED_VALUES = 1 << 17;
/** Rows at least, also of very wide files: flushing has a cost for each column. */
const MIN_ROWS = 16;
/** Beyond this there is nothing to be gained. */
const MAX_ROWS = 4096;

/** What a scan reads beyond the end of its bytes. */
const PADDING = 64;

/**
 * The last rows that were read, in wasm memory, which reads plain cells into them; all others are put there
 * by its caller. When the buffer is full the rows must be flushed.
 */
export class RowBuffer implements PlainCellReader, Disposable {
  /** Rows that there is room for. */
  readonly capacity: number;
  /** The line at which each row begins. */
  readonly lines: Uint32Array;
  /** Two halves of a hash for each row: those with the same values have the same. */
  readonly hashes: Int32Array;
  /** 1 for each row that has a value. */
  readonly present: Uint8Array;
  readonly #wasm: CsvWasm;
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
    missing: NullTokens,
    hashSeed: number | undefined,
  ) {
    const fitting = Math.min(Math.floor(MAX_BUFFERED_VALUES / Math.max(1, columnCount)), MAX_ROWS, rowsExpected);
    this.capacity = Math.max(MIN_ROWS, fitting);
    this.#delimiter = syntax.delimiter;
    this.#wasm = CsvWasm.take(hashSeed);
    addNullTokens(this.#wasm, missing);
    const quote = Math.max(0, syntax.quote);
    this.#wasm.functions.beginScan(
      syntax.delimiter,
      quote,
      Math.max(0, syntax.escape),
      syntax.carriageReturnEnds ? 1 : 0,
      columnCount,
      this.capacity,
    );
    const { lines, hashes, presentRows } = this.#wasm.functions;
    const begins = this.#wasm.integers(lines.value, this.capacity);
    this.lines = new Uint32Array(begins.buffer, begins.byteOffset, begins.length);
    this.hashes = this.#wasm.integers(hashes.value, this.capacity * 2);
    this.present = this.#wasm.bytes(presentRows.value, this.capacity);
  }

  /** Buffered rows. */
  get count(): number {
    return this.#wasm.functions.rowCount.value;
  }

  get isFull(): boolean {
    return this.count === this.capacity;
  }

  /** The buffered rows of a column that is read as numbers from now on. */
  takeAsNumbers(column: number, decimal: string): Float64Array {
    const mark = decimal.charCodeAt(0);
    // Where the decimal mark is the delimiter too, only quotes distinguish them.
    const isQuoted = mark === this.#delimiter ? 1 : 0;
    const address = this.#wasm.functions.takeAsNumbers(column, mark, isQuoted);
    return this.#wasm.doubles(address, this.capacity);
  }

  /** The range of a column's buffered rows. About 4 ns a row. */
  rangeOf(buffered: Float64Array): NumberRange {
    const { functions } = this.#wasm;
    functions.findRange(buffered.byteOffset, this.count);
    const { low, high, areWhole, areSingle } = functions;
    return { low: low.value, high: high.value, areWhole: areWhole.value === 1, areSingle: areSingle.value === 1 };
  }

  newDictionary(): StringDictionary {
    return new StringDictionary(this.#wasm);
  }

  /** The buffered rows of a column that is read as labels from now on. */
  takeAsLabels(column: number, dictionary: StringDictionary): Int32Array {
    const address = this.#wasm.functions.takeAsLabels(column, dictionary.address);
    return this.#wasm.integers(address, this.capacity);
  }

  skip(column: number): void {
    this.#wasm.functions.skipColumn(column);
  }

  /** Cells without a value, and those of them that held a number, since the last call: plain ones only. */
  takeMissing(column: number): { readonly missing: number; readonly missingNumbers: number } {
    const { functions } = this.#wasm;
    return { missing: functions.takeMissing(column), missingNumbers: functions.takeMissingNumbers(column) };
  }

  /** Room for bytes that can be scanned here, and for a guard after them: the same as before, where that is enough. */
  buffer(length: number): Buffer {
    if (this.#buffer.length < length) {
      this.#buffer = this.#wasm.bytes(this.#wasm.functions.allocate(length + PADDING), length);
    }
    return this.#buffer.subarray(0, length);
  }

  /**
   * Reads plain cells for as long as they come and there is room for rows, and advances the position.
   *
   * @param bytes a buffer from here, with a line feed at `end`
   * @returns where it stopped
   */
  scan(bytes: Buffer, start: number, end: number, cellPosition: CellPosition): number {
    const { functions } = this.#wasm;
    functions.setCellPosition(cellPosition.column, cellPosition.recordLine, cellPosition.line);
    const stop = functions.scanCells(bytes.byteOffset + start, bytes.byteOffset + end);
    cellPosition.column = functions.cellColumn.value;
    cellPosition.recordLine = functions.cellRecordLine.value;
    cellPosition.line = functions.cellLine.value;
    return (stop >>> 0) - bytes.byteOffset;
  }

  /** Adds a number of the current row to its hash; NaN means missing. */
  hashNumber(value: number): void {
    this.#wasm.functions.hashNumber(value);
  }

  /** The code of a label for the current row, -1 for a text that stands for "no value"; to be put there by the caller. */
  takeLabel(dictionary: StringDictionary, bytes: Buffer, start: number, end: number, line: number): number {
    const address = this.#wasm.scratch(end - start + PADDING);
    this.#wasm.bytes(address, end - start).set(bytes.subarray(start, end));
    return this.#wasm.functions.takeLabel(dictionary.address, address, end - start, line);
  }

  /** Ends a row whose last cell was not plain. */
  endRow(line: number): void {
    this.#wasm.functions.endRow(line);
  }

  /** Forgets the buffered rows, which have been flushed. */
  clear(): void {
    this.#wasm.functions.clearRows();
  }

  /** Gives the memory back, that of the dictionaries as well. */
  [Symbol.dispose](): void {
    this.#wasm[Symbol.dispose]();
  }
}
