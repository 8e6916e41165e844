import { closeSync, openSync } from 'node:fs';
import {
  type DataType,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  makeData,
  makeVector,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchWriter,
  Schema,
  Struct,
  TimestampMillisecond,
  Utf8,
} from 'apache-arrow';
import type { ColumnKind } from '../types/column.ts';
import { type Labels, PackedTexts } from '../types/labels.ts';
import {
  BATCH_ROWS,
  type ColumnLayout,
  type FileRun,
  readAt,
  type StoredType,
  validityBytes,
  writeAt,
} from '../types/stored-rows.ts';

/** All that has to be known of a column before the first of its rows is written. */
export interface StoredColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly type: StoredType;
  /** The labels that codes stand for; null for numbers. */
  readonly labels: Labels | null;
  readonly missing: number;
}

/** Under this key the metadata of a field hold the kind of its column. */
export const KIND_KEY = 'kind';

/**
 * Writes everything of an Arrow IPC file but the rows, and says where those belong: schema, dictionaries, record batches
 * of 131,072 rows and footer. Rows can then be written in any order, by several threads at once. When all
 * are there, writeNullCounts (null-counts.ts) completes the file.
 *
 * @throws the file system's error; RangeError where the labels of one column take more than 2 GiB
 */
export function writeFrame(path: string, columns: readonly StoredColumn[], rowCount: number): readonly ColumnLayout[] {
  const types = columns.map(({ type, labels }, id) => arrowType(type, labels === null ? null : id));
  const fields = columns.map(({ name, kind }, index) => {
    return new Field(name, types[index]!, true, new Map([[KIND_KEY, kind]]));
  });
  const schema = new FrameSchema(fields);
  const dictionaries = columns.map((column) => (column.labels === null ? null : dictionaryOf(column, column.labels)));
  const lengths = batchLengths(rowCount);
  // Stands for the rows while the library works out where everything goes: never read or written.
  const standIn = new ArrayBuffer(((lengths[0] ?? 0) + 64) * 8);
  const descriptor = openSync(path, 'w+');
  try {
    const writer = new FrameWriter(descriptor, standIn);
    for (const length of lengths) {
      const children = columns.map(({ type, missing }, index) => {
        const nullCount = lengths.length === 1 || missing === 0 ? missing : UNKNOWN_COUNT;
        const nullBitmap = missing > 0 ? new Uint8Array(standIn, 0, validityBytes(length)) : null;
        // The library types its data by single types, not by a choice of them; type and array are chosen together.
        const rows = { length, nullCount, nullBitmap, data: viewOf(type, standIn, length) as Int32Array };
        const dictionary = dictionaries[index] ?? null;
        if (dictionary === null) return makeData({ type: types[index] as Int32, ...rows });
        return makeData({ type: types[index] as Dictionary<Utf8, Int32>, dictionary, ...rows });
      });
      const data = makeData({ type: new Struct(fields), length, nullCount: 0, children });
      writer.write(new RecordBatch(schema, data));
    }
    // The writer forgets where its batches are when it ends the file.
    const layouts = ranksOf(writer, columns, lengths);
    writer.finish();
    return layouts;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * A schema that each batch takes as it is. (The original looks up every field among all others for each batch, although
 * they are its own: with 50,000 columns that took 12 s.)
 */
class FrameSchema extends Schema {
  override assign(): this {
    return this;
  }
}

/** The rows of each record batch; a table without rows has one batch without rows. */
function batchLengths(rowCount: number): readonly number[] {
  const count = Math.max(1, Math.ceil(rowCount / BATCH_ROWS));
  return Array.from({ length: count }, (_, batch) => Math.min(BATCH_ROWS, rowCount - batch * BATCH_ROWS));
}

function ranksOf(
  writer: FrameWriter,
  columns: readonly StoredColumn[],
  lengths: readonly number[],
): readonly ColumnLayout[] {
  const runs = writer.runs[Symbol.iterator]();
  const nextRun = (length: number) => (length > 0 ? [runs.next().value ?? { at: 0, length: 0 }] : []);
  const batches = lengths.map((length) => {
    return columns.map(({ missing }) => ({ validity: nextRun(missing > 0 ? length : 0), values: nextRun(length) }));
  });
  const nullCounts = lengths.map((length, batch) => (lengths.length === 1 ? [] : writer.nullCountsAt(batch, length)));
  let unknown = 0;
  return columns.map(({ type, missing }, index) => {
    const at = missing > 0 ? unknown++ : -1;
    return {
      type,
      validityAt: missing > 0 ? batches.flatMap((batch) => batch[index]?.validity ?? []) : null,
      valuesAt: batches.flatMap((batch) => batch[index]?.values ?? []),
      nullCountsAt: nullCounts.flatMap((positions) => positions[at] ?? []),
    };
  });
}

function arrowType(type: StoredType, dictionaryId: number | null): DataType {
  if (dictionaryId !== null) {
    const indices = type === 'INT8' ? new Int8() : type === 'INT16' ? new Int16() : new Int32();
    return new Dictionary(new Utf8(), indices, dictionaryId);
  }
  switch (type) {
    case 'INT8':
      return new Int8();
    case 'INT16':
      return new Int16();
    case 'INT32':
      return new Int32();
    case 'FLOAT32':
      return new Float32();
    case 'FLOAT64':
      return new Float64();
    case 'TIMESTAMP':
      return new TimestampMillisecond();
  }
}

function viewOf(type: StoredType, buffer: ArrayBuffer, length: number): ArrayBufferView {
  switch (type) {
    case 'INT8':
      return new Int8Array(buffer, 0, length);
    case 'INT16':
      return new Int16Array(buffer, 0, length);
    case 'INT32':
      return new Int32Array(buffer, 0, length);
    case 'FLOAT32':
      return new Float32Array(buffer, 0, length);
    case 'FLOAT64':
      return new Float64Array(buffer, 0, length);
    case 'TIMESTAMP':
      return new BigInt64Array(buffer, 0, length);
  }
}

/** Text of a dictionary is addressed with signed 32-bit offsets. */
const MAX_DICTIONARY_BYTES = 2 ** 31 - 1;

function dictionaryOf({ name }: StoredColumn, labels: Labels) {
  const packed = labels instanceof PackedTexts ? labels.utf8 : null;
  const length = packed?.bytes.length ?? utf8Length(labels);
  if (length > MAX_DICTIONARY_BYTES) throw new RangeError(`the labels of column "${name}" take more than 2 GiB`);
  const { bytes, offsets } = packed ?? encoded(labels, length);
  const valueOffsets = new Int32Array(offsets.buffer);
  return makeVector(makeData({ type: new Utf8(), length: labels.length, nullCount: 0, valueOffsets, data: bytes }));
}

/** Labels in UTF-8, one after the other, with the offset of each and of the end. */
function encoded(labels: Labels, length: number) {
  const bytes = Buffer.allocUnsafeSlow(length);
  const offsets = new Uint32Array(labels.length + 1);
  labels.forEach((label, code) => {
    offsets[code + 1] = offsets[code]! + bytes.write(label, offsets[code]!);
  });
  return { bytes, offsets };
}

function utf8Length(labels: Labels): number {
  let length = 0;
  labels.forEach((label) => {
    length += Buffer.byteLength(label);
  });
  return length;
}

/** A placeholder for the null count of a batch until its rows are known; no batch has as many. */
const UNKNOWN_COUNT = 0x1234_5678_9abc;

/**
 * Arrow's writer with each piece written to the file at once, except the rows, whose offsets are recorded. (The
 * original collects everything in memory until someone reads it.)
 */
class FrameWriter extends RecordBatchFileWriter {
  /** Where the rows are, batch after batch, in the order of the columns, the validity of a column before its values. */
  readonly runs: FileRun[] = [];
  readonly #descriptor: number;
  readonly #standIn: ArrayBuffer;

  constructor(descriptor: number, standIn: ArrayBuffer) {
    super();
    this.#descriptor = descriptor;
    this.#standIn = standIn;
  }

  /**
   * Where the unknown counts of a batch are in the file, in the order of their columns. The format gives each column a
   * pair of 64-bit integers, its rows and its missing values, and has these side by side.
   */
  nullCountsAt(batch: number, rows: number): readonly number[] {
    const block = this._recordBatchBlocks[batch];
    if (block === undefined) throw new RangeError(`there is no batch ${batch}`);
    const { offset, metaDataLength } = block;
    const metadata = Buffer.alloc(metaDataLength);
    readAt(this.#descriptor, metadata, offset);
    const pair = Buffer.from(BigInt64Array.of(BigInt(rows), BigInt(UNKNOWN_COUNT)).buffer);
    const found: number[] = [];
    for (let at = metadata.indexOf(pair); at >= 0; at = metadata.indexOf(pair, at + pair.length)) {
      found.push(offset + at + 8);
    }
    return found;
  }

  protected override _write(chunk: ArrayBufferView): this {
    if (!this._started || chunk.byteLength === 0) return this;
    if (chunk.buffer === this.#standIn) this.runs.push({ at: this._position, length: chunk.byteLength });
    else writeAt(this.#descriptor, chunk, this._position);
    this._position += chunk.byteLength;
    return this;
  }

  /** The original leaves out the schema here, with which the part of a file that can be read as a stream begins. */
  protected override _writeSchema(schema: Schema): this {
    super._writeSchema(schema);
    RecordBatchWriter.prototype['_writeSchema'].call(this, schema);
    return this;
  }
}
