import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { Field, makeData, RecordBatch, RecordBatchFileWriter, RecordBatchReader, Schema, Struct } from 'apache-arrow';
import { ColumnCollector, toArrow } from './arrow-column.ts';
import { COLUMN_KINDS, type ColumnKind, type Table } from './column.ts';

/** Rows in a record batch: what Arrow's own tools take, small enough to copy in the processor's cache. */
const BATCH_ROWS = 65_536;

/** Under this key the metadata of a field hold the kind of its column. */
const KIND_KEY = 'kind';

/**
 * Writes a table as an Arrow IPC file, which pandas, polars and R read as well. Reading it back gives the same
 * table, bit for bit. Missing values become nulls, labels an Arrow dictionary, numbers the narrowest exact type,
 * and the kind of each column is kept in the metadata of its field. Memory: one batch beside the table, and the
 * labels once more.
 *
 * @throws the file system's error; RangeError where the labels of one column take more than 2 GiB
 */
export function writeTableFile(path: string, table: Table): void {
  const columns = table.columns.map((column, index) => toArrow(column, index));
  const fields = table.columns.map(({ name, kind }, index) => {
    return new Field(name, (columns[index] as (typeof columns)[number]).type, true, new Map([[KIND_KEY, kind]]));
  });
  const schema = new Schema(fields);
  const struct = new Struct(fields);
  const descriptor = openSync(path, 'w');
  try {
    const writer = new FileDescriptorWriter(descriptor);
    // A table without rows still has a batch, which carries its dictionaries.
    for (let start = 0; start === 0 || start < table.rowCount; start += BATCH_ROWS) {
      const end = Math.min(table.rowCount, start + BATCH_ROWS);
      const children = columns.map((column) => column.batch(start, end));
      writer.write(new RecordBatch(schema, makeData({ type: struct, length: end - start, nullCount: 0, children })));
    }
    writer.finish();
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads a table, or some of its columns, in the order of the file.
 *
 * The file's bytes are taken in whole; only the columns asked for are decoded.
 *
 * @param columnNames the columns wanted; all of them where left out
 * @throws Error where a column is not in the table, or the file was not written by writeTableFile
 */
export function readTableFile(path: string, columnNames?: readonly string[]): Table {
  const batches = [...RecordBatchReader.from(readWhole(path))];
  const first = batches[0];
  if (first === undefined) throw new Error(`${path} holds no table`);
  const rowCount = batches.reduce((sum, batch) => sum + batch.numRows, 0);
  const fields = first.schema.fields;
  const known = new Set(fields.map(({ name }) => name));
  for (const name of columnNames ?? []) if (!known.has(name)) throw new Error(`the table has no column "${name}"`);
  const wanted = columnNames === undefined ? known : new Set(columnNames);
  const columns = fields.flatMap((field, index) => {
    if (!wanted.has(field.name)) return [];
    const collector = new ColumnCollector(field.name, kindOf(field), rowCount);
    let start = 0;
    for (const batch of batches) {
      const data = batch.data.children[index];
      if (data !== undefined) collector.add(data, start);
      start += batch.numRows;
    }
    return [collector.column()];
  });
  return { rowCount, columns };
}

function kindOf(field: Field): ColumnKind {
  const kind = COLUMN_KINDS.find((known) => known === field.metadata.get(KIND_KEY));
  if (kind === undefined)
    throw new Error(`column "${field.name}" has no kind: the file was not written as a table here`);
  return kind;
}

/** A single read takes less than 2 GiB at most. */
const LARGEST_READ = 2 ** 30;

function readWhole(path: string): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafeSlow(fstatSync(descriptor).size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(descriptor, bytes, filled, Math.min(LARGEST_READ, bytes.length - filled), filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Arrow's writer with each piece going to a file at once: the original collects all of them in memory until
 * someone reads them, which a synchronous caller can do only at the end.
 */
class FileDescriptorWriter extends RecordBatchFileWriter {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    super();
    this.#descriptor = descriptor;
  }

  protected override _write(chunk: ArrayBufferView): this {
    if (!this._started || chunk.byteLength === 0) return this;
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#descriptor, bytes, written);
    this._position += bytes.length;
    return this;
  }
}
