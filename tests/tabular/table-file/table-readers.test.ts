import { readFileSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import pl from 'nodejs-polars';
import { beforeAll, describe, expect, it } from 'vitest';
import { inspectLargeCsv } from '../../../src/tabular/parallel/inspect-large-csv.ts';
import { readTableFile } from '../../../src/tabular/table-file/table-file.ts';
import type { Column, Table } from '../../../src/tabular/types/column.ts';
import { oneWorker } from '../check-inspection.ts';
import { temporaryFile, temporaryPath } from '../temporary-file.ts';

/** More than one record batch holds, in many blocks. */
const ROWS = 140_000;
const LONG_LABEL = 'ü'.repeat(300_000);

/** A column for each kind and each type that it can be stored as: name, type, and the cell of a row. */
const COLUMNS: readonly (readonly [name: string, kind: string, type: string, cell: (row: number) => string])[] = [
  ['int8', 'NUMERIC', 'Int8', (row) => `${(row % 255) - 128}`],
  ['int16', 'NUMERIC', 'Int16', (row) => (row % 7 === 0 ? '' : `${(row % 60_000) - 30_000}`)],
  ['int32', 'NUMERIC', 'Int32', (row) => (row % 1000 === 1 ? 'NA' : `${row * 7919 - 2_000_000}`)],
  ['float32', 'NUMERIC', 'Float32', (row) => (row % 3 === 0 ? '?' : `${(row % 999) / 8}`)],
  ['float64', 'NUMERIC', 'Float64', (row) => `${row / 3}`],
  // Missing in the second batch only.
  ['float64 gaps', 'NUMERIC', 'Float64', (row) => (row > 135_000 && row % 2 ? '' : `${row * 1e10}`)],
  ['few', 'CATEGORICAL', 'Dictionary<Int8, Utf8>', (row) => (row % 11 === 0 ? '' : `"label, ${row % 90} ""ß"""`)],
  ['some', 'CATEGORICAL', 'Dictionary<Int16, Utf8>', (row) => `label ${row % 1000}`],
  ['long', 'CATEGORICAL', 'Dictionary<Int8, Utf8>', (row) => (row === 70_000 ? LONG_LABEL : row % 2 ? 'x' : '日本')],
  ['flag', 'BOOLEAN', 'Dictionary<Int8, Utf8>', (row) => ['yes', 'no', ''][row % 3] ?? ''],
  ['day', 'DATETIME', 'Timestamp<MILLISECOND>', (row) => (row % 13 === 0 ? '' : `2024-02-${10 + (row % 20)}`)],
  ['before', 'DATETIME', 'Timestamp<MILLISECOND>', (row) => `19${10 + (row % 50)}-05-06T07:08:09.123+02:00`],
  ['moment', 'DATETIME', 'Float64', (row) => `2024-02-03 04:05:06.${100_000 + (row % 1000)}`],
  ['text', 'TEXT', 'Dictionary<Int32, Utf8>', (row) => `the words of row ${row} are its own`],
  ['code', 'IDENTIFIER', 'Dictionary<Int32, Utf8>', (row) => `K-${row}`],
  ['same', 'CONSTANT', 'Dictionary<Int8, Utf8>', () => 'same'],
  ['five', 'CONSTANT', 'Int8', (row) => (row % 2 ? '5' : '')],
  ['nothing', 'CONSTANT', 'Int8', () => ''],
];

/** What each row of a column is to any reader. */
function valuesOf(column: Column): readonly (string | number | null)[] {
  if (column.storage === 'label') return Array.from(column.codes, (code) => column.labels[code] ?? null);
  return Array.from(column.values, (value) => (Number.isNaN(value) ? null : value));
}

/** The first row in which two readers differ; -1 where they agree. */
function firstDifference(expected: readonly unknown[], found: Iterable<unknown>): number {
  let row = 0;
  for (const value of found) {
    const plain = value instanceof Date ? value.getTime() : typeof value === 'bigint' ? Number(value) : value;
    if (plain !== expected[row] && !(Number.isNaN(plain) && expected[row] === null)) return row;
    row++;
  }
  return row === expected.length ? -1 : row;
}

describe('a table file of every kind and type, in several record batches', () => {
  const path = temporaryPath('every-type.arrow');
  let table: Table;

  beforeAll(async () => {
    const lines = [COLUMNS.map(([name]) => name).join(',')];
    for (let row = 0; row < ROWS; row++) lines.push(COLUMNS.map(([, , , cell]) => cell(row)).join(','));
    const report = await inspectLargeCsv(
      {
        path: temporaryFile(lines.join('\n'), 'every-type.csv'),
        tablePath: path,
        spillPath: temporaryPath('every-type-spill'),
        options: {},
        limits: { minDataRows: 1, maxEmptyRatio: 0.95 },
        blockBytes: 1 << 21,
      },
      oneWorker,
    );
    expect(report).toMatchObject({ accepted: true, rowCount: ROWS });
    table = readTableFile(path);
  });

  it('a table file contains the cells of its source', () => {
    expect(table.columns.map(({ name, kind }) => [name, kind])).toEqual(COLUMNS.map(([name, kind]) => [name, kind]));
    const values = table.columns.map(valuesOf);
    for (const row of [0, 1, 7, 13, 70_000, 131_071, 131_072, 135_001, ROWS - 1]) {
      for (const [index, [name, kind, , cell]] of COLUMNS.entries()) {
        const text = cell(row)
          .replace(/^"(.*)"$/, '$1')
          .replaceAll('""', '"');
        const isMissing = ['', 'NA', '?'].includes(text);
        const spelled = kind === 'NUMERIC' || name === 'five' ? Number(text) : text;
        const value = values[index]?.[row];
        // How an instant is spelled is up to the reader.
        const wanted = kind === 'DATETIME' ? value : spelled;
        expect(value, `${name} in row ${row}`).toBe(isMissing ? null : wanted);
      }
    }
  });

  it('apache-arrow reads the same from a table file, batch by batch', () => {
    const read = tableFromIPC(readFileSync(path));
    expect(read.batches.map(({ numRows }) => numRows)).toEqual([131_072, ROWS - 131_072]);
    expect(read.schema.fields.map(({ type }) => String(type))).toEqual(COLUMNS.map(([, , type]) => type));
    table.columns.forEach((column, index) => {
      const vector = read.getChildAt(index)!;
      const expected = valuesOf(column);
      expect(firstDifference(expected, vector), column.name).toBe(-1);
      expect(
        vector.data.map(({ nullCount }) => nullCount),
        column.name,
      ).toEqual([
        expected.slice(0, 131_072).filter((value) => value === null).length,
        expected.slice(131_072).filter((value) => value === null).length,
      ]);
    });
  });

  it('polars reads the same from a table file, whole and in part', () => {
    // Of a path that does not end in .ipc, readIPC takes the text itself for a file.
    for (const read of [pl.readIPC(readFileSync(path)), pl.scanIPC(path).collectSync()]) {
      expect(read.height).toBe(ROWS);
      for (const column of table.columns) {
        const series = read.getColumn(column.name);
        const expected = valuesOf(column);
        expect(series.nullCount(), column.name).toBe(expected.filter((value) => value === null).length);
        expect(firstDifference(expected, series.cast(plainType(column)).toArray()), column.name).toBe(-1);
      }
    }
    const part = pl.scanIPC(path).select(pl.col('int16')).slice(131_000, 100).collectSync();
    const [numbers] = readTableFile(path, ['int16']).columns;
    expect(part.getColumn('int16').toArray()).toEqual(valuesOf(numbers!).slice(131_000, 131_100));
  });
});

/** Moments as numbers and categories as text, which is how the tables here hold them. */
function plainType(column: Column): pl.DataType {
  return column.storage === 'label' ? pl.Utf8 : pl.Float64;
}
