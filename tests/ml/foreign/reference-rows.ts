import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { InputTable } from '../../../src/runtime/predict/input-column.ts';

/** What reference/make_models.py wrote beside a model. */
export interface Expected {
  readonly rows: number;
  readonly columns: readonly ReferenceColumn[];
  readonly objective: string;
  readonly predictions: string;
  readonly ofAllRounds?: string;
}

interface ReferenceColumn {
  readonly name: string;
  readonly kind: 'number' | 'integer' | 'code';
  /** Sixteenths of the rows that have no value. */
  readonly missing: number;
  readonly codes?: number;
  /** Numbers at and beside thresholds of the model, which half of the rows have. */
  readonly bounds: readonly number[];
}

export function referenceBytes(file: string): Uint8Array {
  return readFileSync(new URL(`reference/${file}`, import.meta.url));
}

export function readExpected(name: string): Expected {
  return JSON.parse(new TextDecoder().decode(referenceBytes(`${name}.expected.json`))) as Expected;
}

/** Predictions that the maker's library made. */
export function unpack(predictions: string): Float32Array {
  const bytes = gunzipSync(Buffer.from(predictions, 'base64'));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** The bits of a row's number, mixed: the same formula is in make_models.py. */
function mixed(row: number, salt: number): number {
  let h = (Math.imul(row, 0x9e3779b1) + Math.imul(salt, 0x85ebca77) + 0xc2b2ae3d) | 0;
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  h ^= h >>> 12;
  h = Math.imul(h, 0x297a2d39);
  h ^= h >>> 15;
  return h >>> 0;
}

function cellOf(column: ReferenceColumn, c: number, row: number): number {
  const u = mixed(row, 2 * c);
  const v = mixed(row, 2 * c + 1);
  if ((v & 15) < column.missing) return Number.NaN;
  if (column.kind === 'integer') return (u % 11) - 5;
  if (column.kind === 'code') return u % column.codes!;
  const isBound = column.bounds.length > 0 && (v >>> 4) % 2 === 0;
  return isBound ? column.bounds[u % column.bounds.length]! : (u / 2 ** 32) * 20 - 10;
}

/** The rows that the maker predicted; `rename`: the names that the columns have. */
export function referenceTable(
  { rows, columns }: Expected,
  rename: (name: string, c: number) => string = (name) => name,
): InputTable {
  return {
    rowCount: rows,
    columns: columns.map((column, c) => ({
      storage: 'number' as const,
      name: rename(column.name, c),
      values: Float64Array.from({ length: rows }, (_, row) => cellOf(column, c, row)),
    })),
  };
}
