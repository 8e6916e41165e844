import { readFileSync } from 'node:fs';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTableFile, writeTableFile } from '../../../src/tabular/table-file/table-file.ts';
import type { Column, Table } from '../../../src/tabular/types/column.ts';
import { temporaryPath } from '../temporary-file.ts';

const ROWS = 12;
const path = temporaryPath('table.arrow');

const number = fc.oneof(
  fc.constant(Number.NaN),
  fc.integer({ min: -200, max: 200 }),
  fc.integer(),
  fc.float({ noNaN: true }),
  fc.double(),
);
const numberColumn = fc
  .record({
    kind: fc.constantFrom('NUMERIC', 'DATETIME', 'CONSTANT'),
    values: fc.oneof(
      fc.array(number, { minLength: ROWS, maxLength: ROWS }),
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: ROWS, maxLength: ROWS }),
      fc.array(fc.constant(Number.NaN), { minLength: ROWS, maxLength: ROWS }),
      fc.array(fc.integer({ min: -8.64e15, max: 8.64e15 }), { minLength: ROWS, maxLength: ROWS }),
    ),
  })
  .map(({ kind, values }): Column => ({ storage: 'number', name: 'n', kind, values: Float64Array.from(values) }));
const labelColumn = fc
  .record({
    kind: fc.constantFrom('CATEGORICAL', 'BOOLEAN', 'TEXT', 'IDENTIFIER', 'CONSTANT'),
    labels: fc.uniqueArray(
      fc.string({ unit: 'binary', maxLength: 6 }).map((text) => text.toWellFormed()),
      { maxLength: 6 },
    ),
    codes: fc.array(fc.integer({ min: -1, max: 5 }), { minLength: ROWS, maxLength: ROWS }),
  })
  .map(({ kind, labels, codes }): Column => {
    const within = codes.map((code) => Math.min(code, labels.length - 1));
    return { storage: 'label', name: 'l', kind, codes: Int32Array.from(within), labels };
  });
const tables = fc.array(fc.oneof(numberColumn, labelColumn), { minLength: 1, maxLength: 5 }).map(
  (columns): Table => ({
    rowCount: ROWS,
    columns: columns.map((column, index) => ({ ...column, name: `${column.name} ${index}` })),
  }),
);

describe('table files', () => {
  it('any table is read back exactly', () => {
    fc.assert(
      fc.property(tables, (table) => {
        writeTableFile(path, table);
        expect(readTableFile(path)).toStrictEqual(table);
      }),
      { numRuns: 300 },
    );
  });

  it('a table of several batches is read back, also only some columns', () => {
    const rowCount = 150_000;
    const table: Table = {
      rowCount,
      columns: [
        {
          storage: 'number',
          name: 'n',
          kind: 'NUMERIC',
          values: Float64Array.from({ length: rowCount }, (_, row) => (row % 7 ? row / 3 : Number.NaN)),
        },
        {
          storage: 'label',
          name: 'l',
          kind: 'CATEGORICAL',
          codes: Int32Array.from({ length: rowCount }, (_, row) => (row % 1001) - 1),
          labels: Array.from({ length: 1000 }, (_, code) => `label ${code}`),
        },
        {
          storage: 'number',
          name: 'd',
          kind: 'DATETIME',
          values: Float64Array.from({ length: rowCount }, (_, row) => row * 86_400_000),
        },
      ],
    };
    writeTableFile(path, table);
    expect(readTableFile(path)).toStrictEqual(table);
    expect(readTableFile(path, ['d', 'l'])).toStrictEqual({ rowCount, columns: table.columns.slice(1) });
    expect(() => readTableFile(path, ['x'])).toThrow('the table has no column "x"');
  });

  it('a table without rows is read back', () => {
    const table: Table = {
      rowCount: 0,
      columns: [{ storage: 'label', name: 'l', kind: 'CONSTANT', codes: new Int32Array(0), labels: [] }],
    };
    writeTableFile(path, table);
    expect(readTableFile(path)).toStrictEqual(table);
  });

  it('other readers read the table file as an Arrow file', () => {
    writeTableFile(path, {
      rowCount: 3,
      columns: [
        { storage: 'number', name: 'n', kind: 'NUMERIC', values: Float64Array.of(1, Number.NaN, 300) },
        { storage: 'label', name: 'l', kind: 'CATEGORICAL', codes: Int32Array.of(1, 0, -1), labels: ['a', 'b'] },
        { storage: 'number', name: 'd', kind: 'DATETIME', values: Float64Array.of(0, 1, Number.NaN) },
      ],
    });
    const read = tableFromIPC(readFileSync(path));
    expect(read.schema.fields.map(({ type }) => String(type))).toEqual([
      'Int16',
      'Dictionary<Int8, Utf8>',
      'Timestamp<MILLISECOND>',
    ]);
    expect(read.toArray().map((row) => [row?.['n'], row?.['l'], row?.['d']])).toEqual([
      [1, 'b', 0],
      [null, 'a', 1],
      [300, null, null],
    ]);
    expect(read.schema.fields[1]?.metadata.get('kind')).toBe('CATEGORICAL');
  });
});
