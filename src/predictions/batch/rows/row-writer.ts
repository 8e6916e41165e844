import type { RowExplainer } from '../../../runtime/contributions/explain-row.ts';
import type { Model } from '../../../runtime/model.ts';
import type { Predictions } from '../../../runtime/predict/predictions.ts';
import type { InputRow } from '../../../runtime/predict/rows-to-table.ts';
import { HARMLESS_MARK, isFormulaCell } from '../../../tabular/records/formula-cell.ts';
import type { RecordFile } from '../../../tabular/records/open-records.ts';
import type { RecordScanner } from '../../../tabular/records/record-scanner.ts';
import { intervalEnds } from '../../interval-ends.ts';
import { ByteWriter } from './byte-writer.ts';
import { cellWriter, hasProbabilityColumns, resultColumnNames } from './result-columns.ts';

/** About as many bytes as a part of a file with its predictions. */
const EXPECTED_BYTES = 1 << 20;

/** Letters beyond ASCII in a file of one byte a letter are decoded on the way out. */
const ASCII_END = 128;

export interface RowWriterOptions {
  readonly contributions: number;
  /** Null where the model's file does not tell enough: then the columns of contributions are empty. */
  readonly explain: RowExplainer | null;
}

/** Writes the rows of a file as they are, in UTF-8, each with its prediction behind it. */
export class RowWriter {
  readonly #out = new ByteWriter(EXPECTED_BYTES);
  readonly #file: RecordFile;
  readonly #model: Pick<Model, 'interval'>;
  readonly #options: RowWriterOptions;
  readonly #names: readonly string[];
  readonly #labels: readonly Buffer[];
  readonly #columns: ReadonlyMap<string, Buffer>;
  readonly #cellOf: (text: string) => Buffer;
  readonly #hasProbabilities: boolean;
  readonly #newline: Buffer;
  readonly #delimiter: number;
  /** What the bytes from 128 on are in UTF-8; null for a file that is UTF-8. */
  readonly #high: readonly Buffer[] | null;

  constructor(file: RecordFile, model: Model, options: RowWriterOptions) {
    const cellOf = cellWriter(file.dialect);
    this.#file = file;
    this.#model = model;
    this.#options = options;
    this.#names = resultColumnNames(model, options.contributions, file.names);
    this.#cellOf = cellOf;
    this.#labels = (model.labels ?? []).map(cellOf);
    this.#columns = new Map(model.features.map(({ name }) => [name, cellOf(name)]));
    this.#hasProbabilities = hasProbabilityColumns(model);
    this.#newline = Buffer.from(file.dialect.newline);
    this.#delimiter = file.syntax.delimiter;
    this.#high = file.encoding === 'utf-8' ? null : highHalf(file.encoding);
  }

  /** The header as it is in the file, with the names of the new columns. */
  header(bytes: Uint8Array, record: RecordScanner): void {
    if (this.#file.dialect.hasBom) this.#out.copy(BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length);
    this.cells(bytes, record);
    for (const name of this.#names) this.#add(this.#cellOf(name));
    this.#endLine();
  }

  /** The header of a file that has none: the names by which its columns are known. */
  madeHeader(): void {
    if (this.#file.dialect.hasBom) this.#out.copy(BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length);
    for (const [index, name] of [...this.#file.names, ...this.#names].entries()) {
      const cell = this.#cellOf(name);
      if (index > 0) this.#out.byte(this.#delimiter);
      this.#out.copy(cell, 0, cell.length);
    }
    this.#endLine();
  }

  /** Whether the cells of a record are written as they are, from the first byte of the first to the last of the last one. */
  isCopied(bytes: Uint8Array, record: RecordScanner): boolean {
    if (this.#high !== null || record.cellCount !== this.#file.columnCount) return false;
    for (let column = 0; column < record.cellCount; column++) {
      if (this.#formulaStart(bytes, record, column) >= 0) return false;
    }
    return true;
  }

  /** Writes bytes that are copied. */
  copy(bytes: Uint8Array, start: number, end: number): void {
    this.#out.copy(bytes, start, end);
  }

  /** The prediction of the row whose cells have been written, and the end of its line; `values`: as the model read it. */
  prediction(predictions: Predictions, row: number, values: () => InputRow): void {
    let output = 0;
    if (predictions.task === 'REGRESSION') this.#value(predictions.values[row]!);
    else {
      const { predicted, probabilities, labels } = predictions;
      output = predicted[row]!;
      this.#add(this.#labels[output]!);
      const first = row * labels.length;
      if (this.#hasProbabilities) for (let k = 0; k < labels.length; k++) this.#number(probabilities[first + k]!);
      else this.#number(probabilities[first + output]!);
    }
    if (this.#options.contributions > 0) this.#contributions(values(), output);
    this.#endLine();
  }

  take(): Uint8Array<ArrayBuffer> {
    return this.#out.take();
  }

  /** A value, and where the model has one the ends of its interval. */
  #value(value: number): void {
    this.#number(value);
    const { low, high } = intervalEnds(this.#model, value);
    if (low === null || high === null) return;
    this.#number(low);
    this.#number(high);
  }

  #contributions(values: InputRow, output: number): void {
    const { contributions: count, explain } = this.#options;
    const largest = explain?.(values, output).contributions ?? [];
    for (let rank = 0; rank < count; rank++) {
      const moved = largest[rank];
      this.#add(moved === undefined ? EMPTY : (this.#columns.get(moved.column) ?? EMPTY));
      if (moved === undefined) this.#add(EMPTY);
      else this.#number(moved.contribution);
    }
  }

  /** The cells of a record: the file's own bytes, but for an apostrophe before formulas; a cell for each column. */
  cells(bytes: Uint8Array, record: RecordScanner): void {
    const { columnCount } = this.#file;
    const count = Math.min(record.cellCount, columnCount);
    let from = record.rawStarts[0]!;
    for (let column = 0; column < count; column++) {
      const start = this.#formulaStart(bytes, record, column);
      if (start < 0) continue;
      this.#copy(bytes, from, start);
      this.#out.byte(HARMLESS_MARK);
      from = start;
    }
    this.#copy(bytes, from, record.rawEnds[count - 1]!);
    for (let column = count; column < columnCount; column++) this.#out.byte(this.#delimiter);
  }

  /** Where an apostrophe is to be put into a cell; -1 for none. */
  #formulaStart(bytes: Uint8Array, record: RecordScanner, column: number): number {
    const rawStart = record.rawStarts[column]!;
    const start = record.starts[column]!;
    const end = record.ends[column]!;
    if (start < end && isFormulaCell(bytes, start, end)) return start;
    // A tab or a line end before the text is not part of the value, but a spreadsheet sees it.
    const isQuoted = bytes[start - 1] !== undefined && start > rawStart && record.rawEnds[column]! > end;
    const first = isQuoted && bytes[rawStart] === this.#file.syntax.quote ? rawStart + 1 : rawStart;
    const byte = bytes[first]!;
    return first < start && start < end && (byte === TAB || byte === CARRIAGE_RETURN || byte === LINE_FEED)
      ? first
      : -1;
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    if (this.#high === null) {
      this.#out.copy(bytes, start, end);
      return;
    }
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (byte < ASCII_END) this.#out.byte(byte);
      else {
        const letter = this.#high[byte - ASCII_END]!;
        this.#out.copy(letter, 0, letter.length);
      }
    }
  }

  #add(cell: Buffer): void {
    this.#out.byte(this.#delimiter);
    this.#out.copy(cell, 0, cell.length);
  }

  /** A number as JSON has it, with the decimal mark of the file where that is no delimiter. */
  #number(value: number): void {
    this.#out.byte(this.#delimiter);
    const text = String(value);
    const { decimal, delimiter } = this.#file.dialect;
    this.#out.ascii(decimal === '.' || decimal === delimiter ? text : text.replace('.', decimal));
  }

  #endLine(): void {
    this.#out.copy(this.#newline, 0, this.#newline.length);
  }
}

const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

const EMPTY = Buffer.alloc(0);
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

function highHalf(encoding: string): readonly Buffer[] {
  const decoder = new TextDecoder(encoding);
  return Array.from({ length: 128 }, (_, index) => Buffer.from(decoder.decode(Uint8Array.of(ASCII_END + index))));
}
