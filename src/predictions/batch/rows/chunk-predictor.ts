import { closeSync, openSync, readSync } from 'node:fs';
import { countCodes, countNumbers, emptyCounts, type GroupCounts } from '../../../ml/drift/column-drift.ts';
import { addToHash, finishHash } from '../../../ml/known-rows/row-hash.ts';
import { createRowExplainer } from '../../../runtime/contributions/explain-row.ts';
import { parseModel } from '../../../runtime/format/model-file-schema.ts';
import { type Model, outputCount } from '../../../runtime/model.ts';
import { bindModel } from '../../../runtime/predict/predict.ts';
import type { Predictions } from '../../../runtime/predict/predictions.ts';
import type { ColumnProfile } from '../../../runtime/training-profile.ts';
import type { NumberFormat } from '../../../runtime/values/cells.ts';
import type { RecordFile } from '../../../tabular/records/open-records.ts';
import { ESCAPED, RecordScanner, unescapeCell } from '../../../tabular/records/record-scanner.ts';
import { type Decode, decoderFor } from '../../../tabular/scan/text-decoding.ts';
import { type IntervalEnds, intervalEnds } from '../../interval-ends.ts';
import { FeatureColumns } from './feature-columns.ts';
import { RowWriter } from './row-writer.ts';
import { TargetCells } from './target-cells.ts';

/** Rows that are predicted at a time: enough for the trees to be laid out for many, and few enough for the processor's cache. */
const BATCH_ROWS = 2048;

/** The rows that are shown with the result. */
export const PREVIEW_ROWS = 20;

const LINE_FEED = 10;

/** What each thread of a batch prediction is given. */
export interface ChunkInput {
  readonly file: RecordFile;
  readonly modelBytes: Uint8Array;
  /** How many columns that moved a prediction most are named. */
  readonly contributions: number;
  readonly targetFormat: NumberFormat | null;
  /** What the run predicted of its test rows; null where that is not known. */
  readonly predictionProfile: ColumnProfile | null;
}

/** A part of the file that begins where a record does. */
export interface ChunkRange {
  readonly start: number;
  readonly end: number;
}

/** A row as it is shown with the result. Those of earlier versions have no interval. */
export interface PreviewRow extends Partial<IntervalEnds> {
  readonly row: number;
  readonly label: string | null;
  readonly value: number | null;
  readonly probability: number | null;
}

/** Rows with a known target, and what the model says of them. */
export interface TestedRows {
  /** As TargetRows has it. */
  readonly actual: Float64Array;
  /** Row after row: a probability for each label, or the value. */
  readonly outputs: Float64Array;
  readonly predicted: Int32Array;
  readonly hashes: Uint32Array;
  readonly unknownLabels: readonly string[];
}

/** What comes of a part of the file. */
export interface ChunkResult {
  /** The part ends within a record: the next one begins at a wrong place. Nothing of it is to be used. */
  readonly isUnfinished: boolean;
  readonly output: Uint8Array<ArrayBuffer>;
  readonly rows: number;
  /** For each column that the model reads, then for the prediction. */
  readonly counts: readonly GroupCounts[];
  /** For each column that the model reads: cells that hold something unreadable. */
  readonly unreadable: readonly number[];
  readonly preview: readonly PreviewRow[];
  /** Null where the file has no target. */
  readonly tested: TestedRows | null;
}

/** Predicts parts of a file: reads its cells by the model's kinds and formats, and writes each row with its prediction. */
export class ChunkPredictor implements Disposable {
  readonly model: Model;
  readonly #input: ChunkInput;
  readonly #descriptor: number;
  readonly #scanner: RecordScanner;
  readonly #decode: Decode;
  readonly #features: FeatureColumns;
  readonly #target: TargetCells | null;
  readonly #positions: Int32Array;
  readonly #targetPosition: number;
  readonly #predict: (rows: Int32Array) => Predictions;
  readonly #writer: RowWriter;
  readonly #rows = Int32Array.from({ length: BATCH_ROWS }, (_, row) => row);
  readonly #recordStarts = new Int32Array(BATCH_ROWS);
  /** Where the bytes of the cells end, if they are written as they are; else -1. */
  readonly #copyEnds = new Int32Array(BATCH_ROWS);
  #bytes: Buffer = Buffer.alloc(0);

  /** Throws ModelFormatError. */
  constructor(input: ChunkInput) {
    const { file, contributions, targetFormat } = input;
    const model = parseModel(input.modelBytes);
    this.model = model;
    this.#input = input;
    this.#descriptor = openSync(file.path, 'r');
    this.#scanner = new RecordScanner(file.syntax, file.columnCount);
    this.#decode = decoderFor(file.encoding);
    const text = (bytes: Uint8Array, start: number, end: number) => this.#textOf(bytes, start, end);
    this.#features = new FeatureColumns(model, BATCH_ROWS, text);
    this.#positions = Int32Array.from(this.#features.columns, ({ name }) => file.names.indexOf(name));
    this.#targetPosition = file.names.indexOf(model.target);
    this.#target = this.#targetPosition < 0 ? null : new TargetCells(model, targetFormat, BATCH_ROWS, text);
    const columns = this.#features.columns.map(({ input: column }) => column);
    this.#predict = bindModel(model, { rowCount: BATCH_ROWS, columns });
    const explainer = contributions > 0 ? createRowExplainer(model) : null;
    this.#writer = new RowWriter(file, model, { contributions, explain: explainer?.explain ?? null });
  }

  /** Predicts the rows of a part; with `isFirst` it begins with the header, if the file has one. */
  predict({ start, end }: ChunkRange, isFirst: boolean): ChunkResult {
    const { file } = this.#input;
    const length = this.#read(start, end);
    const isLast = end === file.end;
    const chunk = this.#begin();
    let position = 0;
    if (isFirst && file.dialect.hasHeader) {
      position = this.#scanner.next(this.#bytes, 0, length, isLast);
      if (position < 0) return { ...chunk, isUnfinished: true };
      this.#writer.header(this.#bytes, this.#scanner);
    } else if (isFirst) this.#writer.madeHeader();
    while (position < length) {
      const next = this.#batch(chunk, position, length, isLast);
      if (next < 0) {
        this.#writer.take();
        return { ...chunk, isUnfinished: true };
      }
      position = next;
    }
    return this.#end(chunk);
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }

  #begin(): Chunk {
    const profile = this.model.profile ?? [];
    const counted = [...profile, ...(this.#input.predictionProfile === null ? [] : [this.#input.predictionProfile])];
    return {
      isUnfinished: false,
      output: new Uint8Array(0),
      rows: 0,
      counts: counted.map(emptyCounts),
      unreadable: [],
      preview: [],
      tested: null,
      parts: [],
    };
  }

  #end(chunk: Chunk): ChunkResult {
    const { parts, ...result } = chunk;
    return {
      ...result,
      output: this.#writer.take(),
      unreadable: this.#features.columns.map(({ takeUnreadable }) => takeUnreadable()),
      tested: this.#target === null ? null : joinTested(parts, this.#target.takeUnknown()),
    };
  }

  /** Reads, predicts and writes up to BATCH_ROWS rows; returns where the next ones begin, or -1 as RecordScanner does. */
  #batch(chunk: Chunk, from: number, length: number, isLast: boolean): number {
    const bytes = this.#bytes;
    let position = from;
    let count = 0;
    while (count < BATCH_ROWS && position < length) {
      const next = this.#scanner.next(bytes, position, length, isLast);
      if (next < 0) return -1;
      if (this.#scanner.cellCount > 0) {
        const isCopied = this.#writer.isCopied(bytes, this.#scanner);
        this.#recordStarts[count] = isCopied ? this.#scanner.rawStarts[0]! : position;
        this.#copyEnds[count] = isCopied ? this.#scanner.rawEnds[this.#scanner.cellCount - 1]! : -1;
        this.#readCells(count++);
      }
      position = next;
    }
    if (count === 0) return position;
    const predictions = this.#predict(this.#rows.subarray(0, count));
    this.#count(chunk, count, predictions);
    this.#test(chunk, count, predictions);
    for (let row = 0; row < count; row++) {
      const [start, copyEnd] = [this.#recordStarts[row]!, this.#copyEnds[row]!];
      if (copyEnd >= 0) this.#writer.copy(bytes, start, copyEnd);
      else {
        // The positions of all cells of all rows would take more memory than scanning a few rows again takes time.
        this.#scanner.next(bytes, start, length, isLast);
        this.#writer.cells(bytes, this.#scanner);
      }
      this.#writer.prediction(predictions, row, () => this.#features.jsonRow(row));
    }
    for (let row = 0; row < count && chunk.preview.length < PREVIEW_ROWS; row++) {
      chunk.preview.push({ row: chunk.rows + row + 1, ...shownPrediction(this.model, predictions, row) });
    }
    chunk.rows += count;
    return position;
  }

  #readCells(row: number): void {
    const { columns } = this.#features;
    for (let f = 0; f < columns.length; f++) {
      const at = this.#positions[f]!;
      const column = columns[f]!;
      if (at < 0 || at >= this.#scanner.cellCount) column.read(row, this.#bytes, 0, 0);
      else if (this.#scanner.forms[at] === ESCAPED) column.readText(row, this.#contentOf(at));
      else column.read(row, this.#bytes, this.#scanner.starts[at]!, this.#scanner.ends[at]!);
    }
    if (this.#target === null) return;
    const at = this.#targetPosition;
    if (at >= this.#scanner.cellCount) this.#target.read(row, this.#bytes, 0, 0);
    else if (this.#scanner.forms[at] === ESCAPED) this.#target.readText(row, this.#contentOf(at));
    else this.#target.read(row, this.#bytes, this.#scanner.starts[at]!, this.#scanner.ends[at]!);
  }

  #count({ counts }: Chunk, rows: number, predictions: Predictions): void {
    const profiles = this.model.profile ?? [];
    for (let f = 0; f < profiles.length; f++) this.#features.columns[f]!.count(rows, counts[f]!);
    const { predictionProfile } = this.#input;
    const ofPrediction = counts[profiles.length];
    if (predictionProfile === null || ofPrediction === undefined) return;
    if (predictions.task === 'CLASSIFICATION') countCodes(predictions.predicted, ofPrediction);
    else if ('bounds' in predictionProfile) countNumbers(predictionProfile, predictions.values, ofPrediction);
  }

  #test({ parts }: Chunk, rows: number, predictions: Predictions): void {
    if (this.#target === null) return;
    const isClass = predictions.task === 'CLASSIFICATION';
    const actual = this.#target.actual.slice(0, rows);
    const hashes = new Uint32Array(rows);
    for (let row = 0; row < rows; row++) hashes[row] = finishHash(addToHash(this.#features.hashOf(row), actual[row]!));
    parts.push({
      actual,
      hashes,
      outputs: isClass
        ? predictions.probabilities.slice(0, rows * outputCount(this.model))
        : predictions.values.slice(),
      predicted: isClass ? predictions.predicted : new Int32Array(rows),
    });
  }

  #contentOf(column: number): string {
    const text = this.#textOf(this.#bytes, this.#scanner.starts[column]!, this.#scanner.ends[column]!);
    return unescapeCell(text, this.#input.file.syntax);
  }

  #textOf(bytes: Uint8Array, start: number, end: number): string {
    return this.#decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), start, end);
  }

  /** Reads a part of the file, with the line feed after it that the scanner stops at. */
  #read(start: number, end: number): number {
    const wanted = end - start;
    if (this.#bytes.length < wanted + 1) this.#bytes = Buffer.allocUnsafeSlow(wanted + 1);
    let length = 0;
    while (length < wanted) {
      const count = readSync(this.#descriptor, this.#bytes, length, wanted - length, start + length);
      if (count === 0) throw new Error('The file of the dataset ends before its end.');
      length += count;
    }
    this.#bytes[length] = LINE_FEED;
    return length;
  }
}

type TestedBatch = Omit<TestedRows, 'unknownLabels'>;

/** A part of the file that is being predicted. */
interface Chunk extends Omit<ChunkResult, 'rows' | 'preview'> {
  rows: number;
  readonly preview: PreviewRow[];
  readonly parts: TestedBatch[];
}

function joinTested(parts: readonly TestedBatch[], unknownLabels: readonly string[]): TestedRows {
  const rows = parts.reduce((sum, { actual }) => sum + actual.length, 0);
  const width = parts[0] === undefined ? 1 : parts[0].outputs.length / parts[0].actual.length;
  const joined = {
    actual: new Float64Array(rows),
    outputs: new Float64Array(rows * width),
    predicted: new Int32Array(rows),
    hashes: new Uint32Array(rows),
  };
  let at = 0;
  for (const { actual, outputs, predicted, hashes } of parts) {
    joined.actual.set(actual, at);
    joined.outputs.set(outputs, at * width);
    joined.predicted.set(predicted, at);
    joined.hashes.set(hashes, at);
    at += actual.length;
  }
  return { ...joined, unknownLabels };
}

function shownPrediction(model: Model, predictions: Predictions, row: number): Omit<PreviewRow, 'row'> {
  if (predictions.task === 'REGRESSION') {
    const value = predictions.values[row]!;
    return { label: null, value, probability: null, ...intervalEnds(model, value) };
  }
  const { labels, predicted, probabilities } = predictions;
  const label = predicted[row]!;
  return { label: labels[label]!, value: null, probability: probabilities[row * labels.length + label]! };
}
