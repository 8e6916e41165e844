import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CsvOptions } from '../../../src/tabular/csv-options.ts';
import { inspectCsv } from '../../../src/tabular/inspect-csv.ts';
import { inspectLargeCsv } from '../../../src/tabular/parallel/inspect-large-csv.ts';
import { readTableFile } from '../../../src/tabular/table-file/table-file.ts';
import { oneWorker } from '../check-inspection.ts';
import { temporaryFile, temporaryPath } from '../temporary-file.ts';

const LIMITS = { minDataRows: 1, maxEmptyRatio: 1 };

/** What both readers say of a file. */
async function both(content: string | Uint8Array, blockBytes: number, options: CsvOptions = {}) {
  const path = temporaryFile(content);
  const { table, ...whole } = inspectCsv(path, options, LIMITS);
  const tablePath = temporaryPath('large.arrow');
  const file = { path, tablePath, spillPath: temporaryPath('spill'), options, limits: LIMITS, blockBytes };
  const report = await inspectLargeCsv(file, oneWorker);
  return {
    whole: { report: whole, table },
    large: report === null ? null : { report, table: report.accepted ? readTableFile(tablePath) : null },
  };
}

const cell = fc.oneof(
  fc.constantFrom('1', '2.5', '-0', '0', '1e400', '', 'NA', 'yes', 'No', '2024-01-02', '03/04/2024', 'é', '007'),
  fc.string({ unit: fc.constantFrom('a', '"', '\n', ',', ' ', '1', '日'), maxLength: 5 }),
);
const columnOf = fc.oneof(
  fc.constant(null),
  fc.constantFrom('1', 'x', 'true', '2024-05-06').map((value) => [value]),
  fc.constant(['0.5', '12.25', '-3', '']),
);

describe('large files', () => {
  it('a file read in blocks gives the same table and report as when read whole', async () => {
    const file = fc.record({
      kinds: fc.array(columnOf, { minLength: 2, maxLength: 4 }),
      cells: fc.array(cell, { minLength: 4, maxLength: 120 }),
      newline: fc.constantFrom('\n', '\r\n', '\r'),
      blockBytes: fc.integer({ min: 1, max: 200 }),
      endsWithNewline: fc.boolean(),
    });
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(file, async ({ kinds, cells, newline, blockBytes, endsWithNewline }) => {
        const rows: string[] = [kinds.map((_, column) => `column ${column}`).join(',')];
        for (let at = 0; at + kinds.length <= cells.length; at += kinds.length) {
          const row = kinds.map((values, column) => {
            const text = values === null ? cells[at + column]! : (values[at % values.length] as string);
            return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
          });
          rows.push(row.join(','));
        }
        const { whole, large } = await both(rows.join(newline) + (endsWithNewline ? newline : ''), blockBytes);
        if (large === null) return;
        compared++;
        expect(large).toStrictEqual(whole);
      }),
      { numRuns: 150 },
    );
    expect(compared).toBeGreaterThan(75);
  });

  it('non-ASCII text, damage, faults and blank lines in many blocks give the same report', async () => {
    const lines = Array.from({ length: 400 }, (_, row) =>
      row % 37 === 5
        ? ''
        : row % 41 === 7
          ? `${row},"x` + `\n${row}",y,1`
          : `${row % 50},Ünal ${row % 9},y"${row % 3},${row}.5`,
    );
    const text = Buffer.from(`n,label,stray,x\n${lines.join('\n')}\n`);
    for (const content of [text, Buffer.concat([text, Buffer.from([0x31, 0x2c, 0xe9, 0x2c, 0x2c, 0x0a])])]) {
      const { whole, large } = await both(content, 300);
      expect(large).toStrictEqual(whole);
    }
  });

  it('a column that turns out late not to be numeric gives the same report', async () => {
    const lines = Array.from({ length: 1500 }, (_, row) => `${row > 1400 ? 'abcd'[row % 4] : row % 5},${row}.25`);
    const { whole, large } = await both(`a,b\n${lines.join('\n')}\n`, 500);
    expect(large).toStrictEqual(whole);
    expect(large?.report.columns[0]?.kind).toBe('CATEGORICAL');
  });

  it('duplicates before and after the cell that is not a number are found alike', async () => {
    const lines = Array.from({ length: 900 }, (_, row) => (row === 700 ? 'x,1' : `${(row % 800) * 2},y`));
    const { whole, large } = await both(`a,b\n${lines.join('\n')}\n`, 500);
    expect(large).toStrictEqual(whole);
    const duplicate = whole.report.issues.find(({ code }) => code === 'ROWS_DUPLICATE');
    expect(duplicate?.lines).toEqual([802, 803, 804, 805, 806, 807, 808, 809, 810, 811]);
  });

  it('reading stops if records lack more cells than a file of that size can have', async () => {
    const names = Array.from({ length: 5000 }, (_, column) => `c${column}`);
    // Too many in all of the file, and not in any of its blocks.
    const content = `${names.join(',')}\n${'1\n'.repeat(1000)}`;
    const { whole, large } = await both(content, 800);
    expect(large).toStrictEqual(whole);
    expect(large?.report).toMatchObject({ accepted: false, rowCount: null, columnCount: 5000 });
    expect(large?.report.issues).toEqual([
      expect.objectContaining({ code: 'CSV_RAGGED_ROW', message: expect.stringContaining('was not read') }),
    ]);
  });

  it('numbers that are read as labels first give the same, including grouped ones and sentinels', async () => {
    const lines = Array.from(
      { length: 700 },
      (_, row) =>
        `${row % 9 ? `1\u202f2${10 + (row % 80)},5` : '-999'};${row < 600 ? row % 7 : `${1 + (row % 9)},234,567`};${row}`,
    );
    const { whole, large } = await both(`a;b;id\n${lines.join('\n')}\n`, 700);
    expect(large).toStrictEqual(whole);
    expect(large?.report.columns.map(({ kind }) => kind)).toEqual(['NUMERIC', 'NUMERIC', 'IDENTIFIER']);
    expect(large?.report.issues.map(({ code }) => code)).toContain('COLUMN_SENTINEL');
  });

  it.each(['\n\n \n', '\r\n\r\n', '\n'.repeat(500)])(
    'a file with %j before the header gives the same',
    async (blank) => {
      const lines = Array.from({ length: 40 }, (_, row) => `${row},x${row % 3}`);
      for (const blockBytes of [1, 2, 5, 300]) {
        const { whole, large } = await both(`${blank}a,b\n${lines.join('\n')}\n`, blockBytes);
        expect(large).toStrictEqual(whole);
        expect(large?.report).toMatchObject({ rowCount: 40, columns: [{ name: 'a' }, { name: 'b' }] });
      }
    },
  );

  it('duplicate rows in other blocks are found', async () => {
    const lines = Array.from({ length: 400 }, (_, row) => `${row % 390}.5,x${row % 390}`);
    const path = temporaryFile(`a,b\n${lines.join('\n')}\n`);
    const file = {
      path,
      tablePath: null,
      spillPath: temporaryPath('spill'),
      options: {},
      limits: LIMITS,
      blockBytes: 256,
    };
    const report = await inspectLargeCsv(file, oneWorker);
    expect(report?.issues.find(({ code }) => code === 'ROWS_DUPLICATE')).toMatchObject({
      lines: [392, 393, 394, 395, 396, 397, 398, 399, 400, 401],
      message: expect.stringContaining('10 rows are the same'),
    });
  });

  it.each([
    ['UTF-16 LE', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'), {}],
    ['UTF-16 BE', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(), {}],
    ['UTF-16 that is named', (text: string) => Buffer.from(text, 'utf16le'), { encoding: 'utf-16le' }],
    ['UTF-16 with half a character at its end', (text: string) => Buffer.from(`\ufeff${text}1,\ud83d`, 'utf16le'), {}],
  ])('a file in %s gives the same, with the lines of the original', async (_, encoded, options) => {
    const lines = Array.from({ length: 300 }, (_row, row) => `${row % 40},"Ünal ""😀""\n日本 ${row % 9}",${row}.5`);
    const content = encoded(`n,größe,x\n${lines.join('\n')}\n${'1,"a"é,2\n3,"b" c,4\n5\n'}`);
    const { whole, large } = await both(content, 300, options);
    expect(large).toStrictEqual(whole);
    expect(large?.report.dialect?.encoding).toMatch(/^utf-16/);
    const faults = large?.report.issues.filter(({ severity }) => severity === 'ERROR') ?? [];
    expect(faults.map(({ code, lines: at }) => [code, at[0]])).toEqual([
      ['CSV_TEXT_AFTER_QUOTE', 602],
      ['CSV_RAGGED_ROW', 604],
    ]);
    expect(faults[0]?.message).toContain('first in column "größe"');
  });

  it.each([
    ['a NUL byte', `a,b\n${'1,x y"\n'.repeat(90)}2,\0\n`],
    ['a cell that is too long', `a,b\n${'1,x y"\n'.repeat(90)}2,"${'x'.repeat(3 << 20)}`],
  ])('a file with %s is refused alike', async (_, content) => {
    const { whole, large } = await both(content, 64);
    expect(large).toStrictEqual(whole);
    expect(large?.report).toMatchObject({ accepted: false, rowCount: null, columnCount: 2 });
  });

  it('files for the other reader are left to it, without leftovers', async () => {
    const nested = `"${'1,2\n'.repeat(50)}",3\n`;
    for (const content of ['', `a,b\n${nested.repeat(20)}`]) {
      expect((await both(content, 64)).large).toBeNull();
    }
    const folder = dirname(temporaryPath('spill'));
    expect(existsSync(folder) && readdirSync(folder).filter((name) => name.startsWith('spill'))).toEqual([]);
  });
});

it('the progress of a large file only grows, over its blocks and over its columns', async () => {
  const rows = Array.from({ length: 500 }, (_, index) => `${index},${index % 7},label ${index % 3}`);
  const path = temporaryFile(`a,b,c\n${rows.join('\n')}\n`);
  const file = {
    path,
    tablePath: null,
    spillPath: temporaryPath('spill'),
    options: {},
    limits: LIMITS,
    blockBytes: 500,
  };
  const seen: number[] = [];
  const alone = { size: 0, run: async () => undefined };
  await inspectLargeCsv(file, alone, (fraction) => seen.push(fraction));
  expect(seen.length).toBeGreaterThan(10);
  expect(seen).toEqual([...seen].sort((left, right) => left - right));
  expect(seen.filter((fraction) => fraction < 0.7)).not.toEqual([]);
  expect(seen.at(-1)).toBe(1);
});
