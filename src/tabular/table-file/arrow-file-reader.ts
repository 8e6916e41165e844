import { closeSync, openSync, readSync } from 'node:fs';
import { DataType, type Dictionary, type Field, Message, type MessageHeader, Precision } from 'apache-arrow';
import { COLUMN_KINDS, type Column, type ColumnKind } from '../types/column.ts';
import { type FileRun, readAt, STORED_BYTES, type StoredType } from '../types/stored-rows.ts';
import { KIND_KEY } from './arrow-file.ts';

/** Where the labels of a dictionary are. */
interface StoredLabels {
  readonly count: number;
  readonly offsets: FileRun;
  readonly text: FileRun;
}

/** Where the rows of a column are in one record batch. */
interface BatchColumn {
  readonly missing: number;
  readonly validity: FileRun;
  readonly values: FileRun;
}

/** The rows of one record batch. */
interface Batch {
  readonly rows: number;
  readonly columns: readonly BatchColumn[];
}

/** Rows of a record batch that are read at once. */
interface Piece {
  readonly batch: Batch;
  /** A multiple of 8. */
  readonly first: number;
  readonly rows: number;
}

/** What a file says of a column without its rows. */
export interface DescribedColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly storage: Column['storage'];
  /** How many labels it has; 0 for numbers. */
  readonly labelCount: number;
}

/** The magic at the beginning of the file, padded to 8 bytes. */
const MAGIC = 'ARROW1\0\0';
/** Read at a time while looking for where things are: most messages fit many times over. */
const WINDOW_BYTES = 1 << 16;

/**
 * Reads columns of an Arrow IPC file as arrow-file.ts frames them: record batches, after the dictionaries. Opening it
 * reads what says where everything is; a column's own bytes are read when it is asked for. Close it when done.
 */
export class ArrowFileReader {
  readonly names: readonly string[];
  readonly rowCount: number;
  readonly #path: string;
  readonly #descriptor: number;
  #window = Buffer.alloc(0);
  #windowAt = 0;
  readonly #fields: readonly Field[];
  readonly #labels = new Map<number, StoredLabels>();
  readonly #batches: readonly Batch[];

  /** @throws the file system's error; Error where the file was not written as a table here */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, 'r');
    try {
      if (this.#bytesAt(0, MAGIC.length).toString('latin1') !== MAGIC) throw this.#foreign();
      const { fields, batches } = this.#layout();
      this.#fields = fields;
      this.#batches = batches;
      this.names = fields.map(({ name }) => name);
      this.rowCount = batches.reduce((sum, { rows }) => sum + rows, 0);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Reads a column by its index. */
  column(index: number): Column {
    const { name, kind, storage } = this.describe(index);
    const pieces = this.#batches.map((batch) => ({ batch, first: 0, rows: batch.rows }));
    if (storage === 'number') return { storage, name, kind, values: this.#numbersIn(index, pieces) };
    return { storage, name, kind, codes: this.#codesIn(index, pieces), labels: this.labels(index) };
  }

  /** How many rows each record batch has. */
  get batchRows(): readonly number[] {
    return this.#batches.map(({ rows }) => rows);
  }

  describe(index: number): DescribedColumn {
    const field = this.#field(index);
    const type = field.type as DataType;
    const isLabels = DataType.isDictionary(type);
    const labelCount = isLabels ? (this.#labels.get((type as Dictionary).id)?.count ?? 0) : 0;
    return { name: field.name, kind: kindOf(field), storage: isLabels ? 'label' : 'number', labelCount };
  }

  /** Reads `rows` of the numbers of a column from `first` on, a multiple of 8, in one record batch. */
  numbers(index: number, batch: number, first: number, rows: number): Float64Array {
    return this.#numbersIn(index, [this.#piece(batch, first, rows)]);
  }

  /** As `numbers`, the codes of labels. */
  codes(index: number, batch: number, first: number, rows: number): Int32Array {
    return this.#codesIn(index, [this.#piece(batch, first, rows)]);
  }

  /** The labels of a column; none of numbers. */
  labels(index: number): readonly string[] {
    const type = this.#field(index).type as DataType;
    return DataType.isDictionary(type) ? this.#labelsOf((type as Dictionary).id) : [];
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #field(index: number): Field {
    const field = this.#fields[index];
    if (field === undefined) throw new RangeError(`there is no column ${index}`);
    return field;
  }

  #piece(index: number, first: number, rows: number): Piece {
    const batch = this.#batches[index];
    if (batch === undefined || first % 8 !== 0 || first + rows > batch.rows) {
      throw new RangeError(`record batch ${index} has no ${rows} rows from ${first} on`);
    }
    return { batch, first, rows };
  }

  #numbersIn(index: number, pieces: readonly Piece[]): Float64Array {
    const type = this.#field(index).type as DataType;
    if (DataType.isDictionary(type)) throw new TypeError(`column ${index} holds labels`);
    const values = this.#numbers(index, storedType(type), pieces);
    this.#markMissing(index, values, Number.NaN, pieces);
    return values;
  }

  #codesIn(index: number, pieces: readonly Piece[]): Int32Array {
    const type = this.#field(index).type as DataType;
    if (!DataType.isDictionary(type)) throw new TypeError(`column ${index} holds numbers`);
    const read = this.#integers(index, storedType((type as Dictionary).indices), pieces);
    const codes = read instanceof Int32Array ? read : new Int32Array(read);
    this.#markMissing(index, codes, -1, pieces);
    return codes;
  }

  /** What the messages of the file say, up to the mark at their end. */
  #layout(): { fields: readonly Field[]; batches: readonly Batch[] } {
    let fields: readonly Field[] | null = null;
    const batches: Batch[] = [];
    for (let position = MAGIC.length; ; ) {
      const found = this.#messageAt(position);
      if (found === null) break;
      const { message, bodyAt } = found;
      position = bodyAt + message.bodyLength;
      if (message.isSchema()) fields = message.header().fields;
      else if (message.isDictionaryBatch()) {
        const { id, length, buffers } = message.header();
        const [, offsets, text] = buffers.map((buffer) => ({ at: bodyAt + buffer.offset, length: buffer.length }));
        if (offsets === undefined || text === undefined) throw this.#foreign();
        this.#labels.set(id, { count: length, offsets, text });
      } else if (message.isRecordBatch()) batches.push(this.#batchOf(message.header(), bodyAt));
      else throw this.#foreign();
    }
    if (fields === null) throw this.#foreign();
    return { fields, batches };
  }

  #batchOf(
    { length, nodes, buffers }: ReturnType<Message<MessageHeader.RecordBatch>['header']>,
    bodyAt: number,
  ): Batch {
    const regions = buffers.map((buffer) => ({ at: bodyAt + buffer.offset, length: buffer.length }));
    const columns = nodes.map(({ nullCount }, index) => {
      const [validity, values] = [regions[index * 2], regions[index * 2 + 1]];
      if (validity === undefined || values === undefined) throw this.#foreign();
      return { missing: nullCount, validity, values };
    });
    return { rows: length, columns };
  }

  #numbers(index: number, type: StoredType, pieces: readonly Piece[]): Float64Array {
    const length = rowsOf(pieces);
    switch (type) {
      case 'FLOAT64':
        return this.#fill(new Float64Array(length), index, type, pieces);
      case 'FLOAT32':
        return widened(this.#fill(new Float32Array(length), index, type, pieces));
      case 'TIMESTAMP':
        return timestamps(this.#fill(new Uint32Array(length * 2), index, type, pieces));
      default:
        return widened(this.#integers(index, type, pieces));
    }
  }

  #integers(index: number, type: StoredType, pieces: readonly Piece[]): Int8Array | Int16Array | Int32Array {
    const length = rowsOf(pieces);
    if (type === 'INT8') return this.#fill(new Int8Array(length), index, type, pieces);
    if (type === 'INT16') return this.#fill(new Int16Array(length), index, type, pieces);
    return this.#fill(new Int32Array(length), index, type, pieces);
  }

  /** The values of a column, one piece after the other. */
  #fill<Target extends ArrayBufferView>(
    target: Target,
    index: number,
    type: StoredType,
    pieces: readonly Piece[],
  ): Target {
    const bytes = STORED_BYTES[type];
    const runs = pieces.map(({ batch, first, rows }) => {
      return { at: (batch.columns[index]?.values.at ?? 0) + first * bytes, length: rows * bytes };
    });
    readAt(this.#descriptor, target, runs);
    return target;
  }

  #markMissing(index: number, target: Float64Array | Int32Array, mark: number, pieces: readonly Piece[]): void {
    let done = 0;
    for (const { batch, first, rows } of pieces) {
      const { missing = 0, validity } = batch.columns[index] ?? {};
      if (missing > 0 && validity !== undefined) {
        const bits = new Uint8Array(Math.ceil(rows / 8));
        readAt(this.#descriptor, bits, validity.at + first / 8);
        markZeros(bits, target.subarray(done, done + rows), mark);
      }
      done += rows;
    }
  }

  #labelsOf(id: number): readonly string[] {
    const stored = this.#labels.get(id);
    if (stored === undefined) throw this.#foreign();
    if (stored.count === 0) return [];
    const offsets = new Int32Array(stored.count + 1);
    readAt(this.#descriptor, offsets, stored.offsets.at);
    const text = Buffer.allocUnsafeSlow(offsets[stored.count]!);
    readAt(this.#descriptor, text, stored.text.at);
    return Array.from({ length: stored.count }, (_, code) => text.toString('utf8', offsets[code], offsets[code + 1]));
  }

  /**
   * The message that begins at `position`: -1, the length of what says what it is, that, and then the body. A length of
   * 0 marks the end: null.
   */
  #messageAt(position: number): { message: Message; bodyAt: number } | null {
    const prefix = this.#bytesAt(position, 8);
    if (prefix.readInt32LE(0) !== -1) throw this.#foreign();
    const length = prefix.readInt32LE(4);
    if (length === 0) return null;
    if (length < 0) throw this.#foreign();
    return { message: Message.decode(this.#bytesAt(position + 8, length)), bodyAt: position + 8 + length };
  }

  #bytesAt(position: number, length: number): Buffer {
    const start = position - this.#windowAt;
    if (start >= 0 && start + length <= this.#window.length) return this.#window.subarray(start, start + length);
    const window = Buffer.alloc(Math.max(WINDOW_BYTES, length));
    const count = readSync(this.#descriptor, window, 0, window.length, position);
    if (count < length) throw this.#foreign();
    this.#window = window.subarray(0, count);
    this.#windowAt = position;
    return this.#window.subarray(0, length);
  }

  #foreign(): Error {
    return new Error(`${this.#path} was not written as a table here`);
  }
}

function rowsOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { rows }) => sum + rows, 0);
}

/** Puts a mark wherever a bit is 0; the lowest bit of a byte is the first. */
function markZeros(bits: Uint8Array, target: Float64Array | Int32Array, mark: number): void {
  for (let at = 0; at < bits.length; at++) {
    const byte = bits[at]!;
    if (byte === 0xff) continue;
    const end = Math.min(8, target.length - at * 8);
    for (let bit = 0; bit < end; bit++) if ((byte & (1 << bit)) === 0) target[at * 8 + bit] = mark;
  }
}

function kindOf(field: Field): ColumnKind {
  const kind = COLUMN_KINDS.find((known) => known === field.metadata.get(KIND_KEY));
  if (kind === undefined) {
    throw new Error(`column "${field.name}" has no kind: the file was not written as a table here`);
  }
  return kind;
}

function storedType(type: DataType): StoredType {
  if (DataType.isInt(type) && type.bitWidth < 64) return `INT${type.bitWidth as 8 | 16 | 32}`;
  if (DataType.isFloat(type)) return type.precision === Precision.DOUBLE ? 'FLOAT64' : 'FLOAT32';
  return 'TIMESTAMP';
}

function widened(values: Float32Array | Int8Array | Int16Array | Int32Array): Float64Array {
  return new Float64Array(values);
}

/** Milliseconds that are stored as integers of 64 bits, the low half first; exact up to 2^53. */
function timestamps(words: Uint32Array): Float64Array {
  const values = new Float64Array(words.length / 2);
  for (let row = 0; row < values.length; row++) {
    values[row] = (words[row * 2 + 1]! | 0) * 2 ** 32 + words[row * 2]!;
  }
  return values;
}
