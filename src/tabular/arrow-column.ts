import {
  type Data,
  type DataType,
  Dictionary,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  makeData,
  makeVector,
  TimestampMillisecond,
  Utf8,
} from 'apache-arrow';
import type { Column, ColumnKind, LabelColumn, NumberColumn } from './column.ts';

/** A column on its way to an Arrow file: its type, and its rows cut into batches. */
export interface ArrowColumn {
  readonly type: DataType;
  /** Rows [start, end) as Arrow data; missing values are nulls. */
  batch(start: number, end: number): Data;
}

/** Numbers as the narrowest type that holds them all exactly, moments as timestamps, labels as a dictionary. */
export function toArrow(column: Column, id: number): ArrowColumn {
  return column.storage === 'number' ? numbersToArrow(column) : labelsToArrow(column, id);
}

type NumberType = Int8 | Int16 | Int32 | Float32 | Float64;
type Narrowed = Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

function numbersToArrow({ values, kind }: NumberColumn): ArrowColumn {
  if (kind === 'DATETIME' && values.every((value) => Number.isNaN(value) || isWhole(value))) {
    const type = new TimestampMillisecond();
    return {
      type,
      batch(start, end) {
        const rows = values.subarray(start, end);
        const data = BigInt64Array.from(rows, (value) => (Number.isNaN(value) ? 0n : BigInt(value)));
        return makeData({ type, length: end - start, data, ...nullsOf(rows) });
      },
    };
  }
  const { type, create } = narrowestType(values);
  return {
    type,
    batch(start, end) {
      const rows = values.subarray(start, end);
      const data = create(rows.length);
      for (let row = 0; row < rows.length; row++) {
        const value = rows[row] as number;
        // A null needs some value below it; 0 keeps files the same from run to run.
        data[row] = !Number.isNaN(value) ? value : 0;
      }
      // Arrow types its data by single types, not by a choice of them; type and array were chosen together.
      return makeData({ type: type as Float64, length: end - start, data: data as Float64Array, ...nullsOf(rows) });
    },
  };
}

/** Whole numbers, save -0, which no integer type has. */
function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function narrowestType(values: Float64Array): { type: NumberType; create: (length: number) => Narrowed } {
  let low = 0;
  let high = 0;
  let areWhole = true;
  let areSingle = true;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
    if (areWhole && !isWhole(value)) areWhole = false;
    if (areSingle && Math.fround(value) !== value) areSingle = false;
    if (!areWhole && !areSingle) return { type: new Float64(), create: (length) => new Float64Array(length) };
  }
  if (areWhole && low >= -0x80 && high < 0x80) return { type: new Int8(), create: (length) => new Int8Array(length) };
  if (areWhole && low >= -0x8000 && high < 0x8000) {
    return { type: new Int16(), create: (length) => new Int16Array(length) };
  }
  if (areWhole && low >= -0x8000_0000 && high < 0x8000_0000) {
    return { type: new Int32(), create: (length) => new Int32Array(length) };
  }
  return areSingle
    ? { type: new Float32(), create: (length) => new Float32Array(length) }
    : { type: new Float64(), create: (length) => new Float64Array(length) };
}

function nullsOf(rows: Float64Array | Int32Array): { nullCount: number; nullBitmap: Uint8Array | null } {
  const isMissing = (value: number) => Number.isNaN(value) || (rows instanceof Int32Array && value < 0);
  const nullBitmap = new Uint8Array((rows.length + 7) >> 3);
  let nullCount = 0;
  for (let row = 0; row < rows.length; row++) {
    if (isMissing(rows[row] as number)) nullCount++;
    else nullBitmap[row >> 3] = (nullBitmap[row >> 3] as number) | (1 << (row & 7));
  }
  return { nullCount, nullBitmap: nullCount === 0 ? null : nullBitmap };
}

/** Text of a dictionary is addressed with signed 32-bit offsets. */
const MAX_DICTIONARY_BYTES = 2 ** 31 - 1;

function labelsToArrow({ name, codes, labels }: LabelColumn, id: number): ArrowColumn {
  const encoded = labels.map((label) => Buffer.from(label, 'utf8'));
  const valueOffsets = new Int32Array(labels.length + 1);
  let bytes = 0;
  encoded.forEach((label, code) => {
    bytes += label.length;
    if (bytes > MAX_DICTIONARY_BYTES) throw new RangeError(`the labels of column "${name}" take more than 2 GiB`);
    valueOffsets[code + 1] = bytes;
  });
  const data = Buffer.concat(encoded, bytes);
  const dictionary = makeVector(
    makeData({ type: new Utf8(), length: labels.length, nullCount: 0, valueOffsets, data }),
  );
  const indices = labels.length <= 0x80 ? new Int8() : labels.length <= 0x8000 ? new Int16() : new Int32();
  const type = new Dictionary(new Utf8(), indices, id);
  return {
    type,
    batch(start, end) {
      const rows = codes.subarray(start, end);
      const length = end - start;
      const narrowed =
        indices instanceof Int8
          ? new Int8Array(length)
          : indices instanceof Int16
            ? new Int16Array(length)
            : new Int32Array(length);
      for (let row = 0; row < length; row++) narrowed[row] = Math.max(0, rows[row] as number);
      return makeData({ type, length, data: narrowed, dictionary, ...nullsOf(rows) });
    },
  };
}

/** Collects the batches of one column of an Arrow file into a column in memory. */
export class ColumnCollector {
  readonly #name: string;
  readonly #kind: ColumnKind;
  readonly #rowCount: number;
  #values: Float64Array | null = null;
  #codes: Int32Array | null = null;
  #labels: readonly string[] = [];

  constructor(name: string, kind: ColumnKind, rowCount: number) {
    this.#name = name;
    this.#kind = kind;
    this.#rowCount = rowCount;
  }

  /** Takes the rows of a batch that begins at row `start`. */
  add(data: Data, start: number): void {
    // Arrow types the values of unknown columns loosely; every type that is written here has these.
    const values = data.values as ArrayLike<number | bigint>;
    if (data.type instanceof Dictionary) {
      this.#codes ??= new Int32Array(this.#rowCount);
      if (this.#labels.length === 0) this.#labels = readLabels(data.dictionary?.data[0]);
      copyRows(data, values, this.#codes, start, -1);
    } else {
      this.#values ??= new Float64Array(this.#rowCount);
      copyRows(data, values, this.#values, start, Number.NaN);
    }
  }

  column(): Column {
    const head = { name: this.#name, kind: this.#kind };
    if (this.#codes !== null) return { storage: 'label', ...head, codes: this.#codes, labels: this.#labels };
    return { storage: 'number', ...head, values: this.#values ?? new Float64Array(0) };
  }
}

function copyRows(
  data: Data,
  values: ArrayLike<number | bigint>,
  target: Float64Array | Int32Array,
  start: number,
  missing: number,
): void {
  for (let row = 0; row < data.length; row++) target[start + row] = Number(values[row]);
  if (data.nullCount === 0) return;
  for (let row = 0; row < data.length; row++) if (!data.getValid(row)) target[start + row] = missing;
}

function readLabels(dictionary: Data | undefined): readonly string[] {
  if (dictionary === undefined) return [];
  const bytes = dictionary.values as Uint8Array;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsets = dictionary.valueOffsets as Int32Array;
  return Array.from({ length: dictionary.length }, (_, code) =>
    text.toString('utf8', offsets[code], offsets[code + 1]),
  );
}
