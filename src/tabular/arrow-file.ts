import { closeSync, openSync } from 'node:fs';
import {
  type Data,
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
import type { ColumnKind } from './column.ts';
import { type ColumnPlace, type StoredType, validityBytes, writeAt } from './stored-rows.ts';

/** All that has to be known of a column before the first of its rows is written. */
export interface StoredColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly type: StoredType;
  /** The labels that codes stand for; null for numbers. */
  readonly labels: readonly string[] | null;
  readonly missing: number;
}

/** Under this key the metadata of a field hold the kind of its column. */
export const KIND_KEY = 'kind';

/**
 * Writes everything of an Arrow IPC file but the rows, and says where those belong: schema, dictionaries, one record
 * batch and footer. Rows can then be put in their places in any order, by several threads at once, and those of a
 * column lie side by side, so that one read gets them back.
 *
 * @throws the file system's error; RangeError where the labels of one column take more than 2 GiB
 */
export function writeFrame(path: string, columns: readonly StoredColumn[], rowCount: number): readonly ColumnPlace[] {
  const types = columns.map(({ type, labels }, id) => arrowType(type, labels === null ? null : id));
  const fields = columns.map(({ name, kind }, index) => {
    return new Field(name, types[index] as DataType, true, new Map([[KIND_KEY, kind]]));
  });
  const schema = new Schema(fields);
  // Never read or written: it stands for the rows while the library works out where everything goes, and memory
  // that is not touched is not taken.
  const standIn = new ArrayBuffer((rowCount + 64) * 8);
  const children = columns.map((column, index) => rowsOf(column, types[index] as DataType, rowCount, standIn));
  const descriptor = openSync(path, 'w');
  try {
    const writer = new FrameWriter(descriptor, standIn);
    const data = makeData({ type: new Struct(fields), length: rowCount, nullCount: 0, children });
    writer.write(new RecordBatch(schema, data));
    writer.finish();
    const places = writer.places[Symbol.iterator]();
    return columns.map(({ type, missing }) => {
      const validityAt = rowCount > 0 && missing > 0 ? (places.next().value ?? null) : null;
      return { type, validityAt, valuesAt: places.next().value ?? 0 };
    });
  } finally {
    closeSync(descriptor);
  }
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

function rowsOf(column: StoredColumn, type: DataType, length: number, standIn: ArrayBuffer): Data {
  const { labels, missing } = column;
  const nullBitmap = missing > 0 ? new Uint8Array(standIn, 0, validityBytes(length)) : null;
  const head = { length, nullCount: missing, nullBitmap };
  // The library types its data by single types, not by a choice of them; type and array are chosen together.
  const data = viewOf(column.type, standIn, length) as Int32Array;
  if (labels === null) return makeData({ type: type as Int32, data, ...head });
  return makeData({ type: type as Dictionary<Utf8, Int32>, data, dictionary: dictionaryOf(column, labels), ...head });
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

function dictionaryOf({ name }: StoredColumn, labels: readonly string[]) {
  let bytes = 0;
  const valueOffsets = new Int32Array(labels.length + 1);
  labels.forEach((label, code) => {
    bytes += Buffer.byteLength(label);
    if (bytes > MAX_DICTIONARY_BYTES) throw new RangeError(`the labels of column "${name}" take more than 2 GiB`);
    valueOffsets[code + 1] = bytes;
  });
  const data = Buffer.allocUnsafeSlow(bytes);
  labels.forEach((label, code) => {
    data.write(label, valueOffsets[code] as number);
  });
  return makeVector(makeData({ type: new Utf8(), length: labels.length, nullCount: 0, valueOffsets, data }));
}

/**
 * Arrow's writer with each piece going to its place in the file at once, except the rows, whose places are noted. (The
 * original collects everything in memory until someone reads it.)
 */
class FrameWriter extends RecordBatchFileWriter {
  /** Where each run of rows begins, in the order of the columns, the validity of a column before its values. */
  readonly places: number[] = [];
  readonly #descriptor: number;
  readonly #standIn: ArrayBuffer;

  constructor(descriptor: number, standIn: ArrayBuffer) {
    super();
    this.#descriptor = descriptor;
    this.#standIn = standIn;
  }

  protected override _write(chunk: ArrayBufferView): this {
    if (!this._started || chunk.byteLength === 0) return this;
    if (chunk.buffer === this.#standIn) this.places.push(this._position);
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
