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
    const field = this.#fields[index];
    if (field === undefined) throw new RangeError(`there is no column ${index}`);
    const kind = kindOf(field);
    const type = field.type as DataType;
    if (!DataType.isDictionary(type)) {
      const values = this.#numbers(index, storedType(type));
      this.#markMissing(index, values, Number.NaN);
      return { storage: 'number', name: field.name, kind, values };
    }
    const whole = this.#whole(index, storedType((type as Dictionary).indices));
    const codes = whole instanceof Int32Array ? whole : new Int32Array(whole);
    this.#markMissing(index, codes, -1);
    return { storage: 'label', name: field.name, kind, codes, labels: this.#labelsOf((type as Dictionary).id) };
  }

  close(): void {
    closeSync(this.#descriptor);
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

  #numbers(index: number, type: StoredType): Float64Array {
    const length = this.rowCount;
    switch (type) {
      case 'FLOAT64':
        return this.#fill(new Float64Array(length), index, type);
      case 'FLOAT32':
        return widened(this.#fill(new Float32Array(length), index, type));
      case 'TIMESTAMP':
        return timestamps(this.#fill(new Uint32Array(length * 2), index, type));
      default:
        return widened(this.#whole(index, type));
    }
  }

  #whole(index: number, type: StoredType): Int8Array | Int16Array | Int32Array {
    if (type === 'INT8') return this.#fill(new Int8Array(this.rowCount), index, type);
    if (type === 'INT16') return this.#fill(new Int16Array(this.rowCount), index, type);
    return this.#fill(new Int32Array(this.rowCount), index, type);
  }

  /** The values of a column, one batch after the other. */
  #fill<Target extends ArrayBufferView>(target: Target, index: number, type: StoredType): Target {
    const runs = this.#batches.map(({ rows, columns }) => {
      return { at: columns[index]?.values.at ?? 0, length: rows * STORED_BYTES[type] };
    });
    readAt(this.#descriptor, target, runs);
    return target;
  }

  #markMissing(index: number, target: Float64Array | Int32Array, mark: number): void {
    let first = 0;
    for (const { rows, columns } of this.#batches) {
      const { missing = 0, validity } = columns[index] ?? {};
      if (missing > 0 && validity !== undefined) {
        const bits = new Uint8Array(Math.ceil(rows / 8));
        readAt(this.#descriptor, bits, validity.at);
        markZeros(bits, target.subarray(first, first + rows), mark);
      }
      first += rows;
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
