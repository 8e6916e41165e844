import { WasmNumbers } from '../scan/wasm-numbers.ts';
import type { Column } from './column.ts';
import type { NumberRange } from './number-range.ts';
import { BATCH_ROWS, type ColumnLayout, type StoredType, validityBytes, writeAt } from './stored-rows.ts';

/** The range of `values`; NaN are none. */
export function rangeOf(values: Float64Array): NumberRange {
  using numbers = WasmNumbers.of(values);
  return numbers.range();
}

/** The narrowest type that holds all the numbers exactly; dates in whole milliseconds are timestamps. */
export function typeOfNumbers(isDateTime: boolean, { low, high, areWhole, areSingle }: NumberRange): StoredType {
  if (isDateTime && areWhole) return 'TIMESTAMP';
  if (areWhole && low >= -0x80 && high < 0x80) return 'INT8';
  if (areWhole && low >= -0x8000 && high < 0x8000) return 'INT16';
  if (areWhole && low >= -0x8000_0000 && high < 0x8000_0000) return 'INT32';
  return areSingle ? 'FLOAT32' : 'FLOAT64';
}

/** The narrowest type for the codes of this many labels. */
export function typeOfCodes(labelCount: number): StoredType {
  return labelCount <= 0x80 ? 'INT8' : labelCount <= 0x8000 ? 'INT16' : 'INT32';
}

/** Writes all rows of a column according to its layout. Memory: one record batch of them in their stored type. */
export function storeRows(descriptor: number, layout: ColumnLayout, column: Column): void {
  const rows = column.storage === 'number' ? column.values : column.codes;
  layout.valuesAt.forEach((run, batch) => {
    const part = rows.subarray(batch * BATCH_ROWS, (batch + 1) * BATCH_ROWS);
    const validityRun = layout.validityAt?.[batch];
    if (validityRun !== undefined) writeAt(descriptor, validityOf(part), [validityRun]);
    writeAt(descriptor, narrowed(layout.type, part), [run]);
  });
}

function narrowed(type: StoredType, rows: Float64Array | Int32Array): ArrayBufferView {
  switch (type) {
    case 'INT8':
      return wholeRows(rows, new Int8Array(rows.length));
    case 'INT16':
      return wholeRows(rows, new Int16Array(rows.length));
    case 'INT32':
      return wholeRows(rows, new Int32Array(rows.length));
    case 'FLOAT32':
      return new Float32Array(rows);
    case 'FLOAT64':
      // Missing values are NaN already, which says the same without the validity.
      return rows;
    case 'TIMESTAMP':
      return timestamps(rows);
  }
}

/** Whole numbers as integers of 64 bits, the low half first: several times as fast as through bigints. */
function timestamps(rows: Float64Array | Int32Array): Int32Array {
  const words = new Int32Array(rows.length * 2);
  for (let row = 0; row < rows.length; row++) {
    const value = rows[row]!;
    // Storing takes the numbers modulo 2^32, and NaN as 0.
    words[row * 2] = value;
    words[row * 2 + 1] = Math.floor(value / 2 ** 32);
  }
  return words;
}

function wholeRows<Target extends Int8Array | Int16Array | Int32Array>(
  rows: Float64Array | Int32Array,
  target: Target,
): Target {
  // A missing code is stored as 0: some readers look up what stands below a null. NaN becomes 0 by itself.
  if (rows instanceof Float64Array) for (let row = 0; row < rows.length; row++) target[row] = rows[row]!;
  else for (let row = 0; row < rows.length; row++) target[row] = Math.max(0, rows[row]!);
  return target;
}

function validityOf(rows: Float64Array | Int32Array): Uint8Array {
  const bits = new Uint8Array(validityBytes(rows.length));
  if (rows instanceof Int32Array) {
    for (let row = 0; row < rows.length; row++) if (rows[row]! >= 0) setBit(bits, row);
  } else for (let row = 0; row < rows.length; row++) if (!Number.isNaN(rows[row])) setBit(bits, row);
  return bits;
}

function setBit(bits: Uint8Array, row: number): void {
  bits[row >> 3] = bits[row >> 3]! | (1 << (row & 7));
}
