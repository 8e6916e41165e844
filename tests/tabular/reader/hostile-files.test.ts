import { describe, expect, it } from 'vitest';
import { codesOf, inspect } from '../temporary-file.ts';

// Linear work takes seconds here, quadratic work would take minutes: that, and nothing shorter, ends in the timeout of a test.
describe('hostile files take linear time', () => {
  it('one cell of 50 MB takes linear time', () => {
    const content = Buffer.alloc(50_000_000, 0x61);
    expect(codesOf(inspect(Buffer.concat([Buffer.from('a,b\n1,'), content])))).toContain('CSV_CELL_TOO_LONG');
    expect(codesOf(inspect(Buffer.concat([Buffer.from('a,b\n1,"'), content])))).toContain('CSV_CELL_TOO_LONG');
  });

  it('50,000 columns take linear time', () => {
    const line = (cell: (column: number) => string) =>
      Array.from({ length: 50_000 }, (_, column) => cell(column)).join(',');
    const content = [
      line((column) => `c${column}`),
      ...Array.from({ length: 20 }, (_, row) => line((column) => `${row * column}`)),
    ];
    const inspection = inspect(content.join('\n'));
    expect(inspection).toMatchObject({ columnCount: 50_000, rowCount: 20, accepted: true });
  });

  it('50,000 columns of one name take linear time', () => {
    const content = `${'a,'.repeat(49_999)}a\n${'1,'.repeat(49_999)}2\n`;
    expect(inspect(content, { hasHeader: true }).columns.at(-1)?.name).toBe('a_50000');
  });

  it('a million quotes take linear time', () => {
    for (const content of [
      `a,b\n${'"'.repeat(1_000_000)}\n`,
      `a,b\n${'""",'.repeat(300_000)}`,
      `a,b\n${'x"\n'.repeat(400_000)}`,
    ]) {
      expect(inspect(content).accepted).toBe(false);
    }
  });

  it('a million different labels take linear time', () => {
    const content = ['a,b', ...Array.from({ length: 1_000_000 }, (_, row) => `${row.toString(36)}_,${row % 3}`)].join(
      '\n',
    );
    expect(inspect(content).columns[0]).toMatchObject({ distinct: 1_000_000, kind: 'IDENTIFIER' });
  });

  // All just below the longest cell of 1 MiB.
  it.each([
    ['marks to be brought into order', `a${'\u0301\u0323'.repeat(262_000)}`],
    ['digits before a letter', `${'1'.repeat(1_000_000)}x`],
    ['digits of Arabic', '\u0661'.repeat(500_000)],
    ['spaces between letters', `a${' '.repeat(1_000_000)}\u00e9`],
    ['a formula of a spreadsheet', `"=""${'1'.repeat(1_000_000)}x"""`],
    ['points', `1${'.'.repeat(1_000_000)}1`],
  ])('a cell of %s takes linear time, whatever else its column has', (_, cell) => {
    for (const other of ['12.5', '2024-03-05', 'oak', '5. M\u00e4rz 2024', '$5', '1:30']) {
      const lines = Array.from({ length: 40 }, (_line, row) => `${row},${other}`);
      const content = ['id,value', ...lines, `40,${cell}`, ''].join('\n');
      expect(inspect(content)).toMatchObject({ rowCount: 41, columnCount: 2, accepted: true });
    }
  });

  it('nothing but delimiters, line breaks or carriage returns takes linear time', () => {
    for (const byte of [',', '\n', '\r', ';', ' ', '"', '\t']) {
      expect(inspect(byte.repeat(3_000_000)).accepted).toBe(false);
    }
  });
});
