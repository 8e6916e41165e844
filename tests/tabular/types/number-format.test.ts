import { describe, expect, it } from 'vitest';
import { parseNumber } from '../../../src/runtime/values/cells.ts';
import { numberFromText } from '../../../src/runtime/values/number-text.ts';
import type { CsvOptions } from '../../../src/tabular/csv-options.ts';
import { numberFormatOf } from '../../../src/tabular/types/number-format.ts';
import { codesOf, inspect } from '../temporary-file.ts';

const POINT = { decimal: '.', thousands: '' };

/** Column x of the given cells, in a file that is divided by semicolons. */
function columnOf(cells: readonly string[], options: CsvOptions = {}, name = 'x') {
  const content = [`${name};other`, ...cells.map((cell, row) => `"${cell}";v${row % 2}`)].join('\n');
  const inspection = inspect(content, options);
  const [column] = inspection.table?.columns ?? [];
  return {
    profile: inspection.columns[0],
    values: column?.storage === 'number' ? [...column.values] : null,
    codes: codesOf(inspection),
    dialect: inspection.dialect,
  };
}

/** The cell of a row that holds large numbers among small ones. */
const thousandsOf = (count: number, write: (value: number, row: number) => string) =>
  Array.from({ length: count }, (_, row) => write(7 ** (row % 9) * (row + 3), row));
const grouped = (mark: string) => (value: number) => String(value).replace(/\B(?=(?:\d{3})+$)/g, mark);

describe('numbers whose digits are grouped', () => {
  it.each([
    [['1,234,567', '5', '12,500'], ',', '.', [1_234_567, 5, 12_500]],
    [['1,234.50', '950.25', '-2,000'], ',', '.', [1234.5, 950.25, -2000]],
    [['1.234,50', '950,25', '2.000'], '.', ',', [1234.5, 950.25, 2000]],
    [['1.234.567', '1.234', '12'], '.', ',', [1_234_567, 1234, 12]],
    [["1'234.50", "12'000", '7'], "'", '.', [1234.5, 12_000, 7]],
    [['1’234', '950', '12’345’678'], '’', '.', [1234, 950, 12_345_678]],
    [['1_234_567', '950'], '_', '.', [1_234_567, 950]],
    [['1 234', '950', '12 345,5'], ' ', ',', [1234, 950, 12_345.5]],
    [['1\u00a0234\u00a0567', '2', '3,25'], ' ', ',', [1_234_567, 2, 3.25]],
    [['1\u202f234,5', '2\u202f000', '1'], ' ', ',', [1234.5, 2000, 1]],
  ] as const)('reads %j with %j between groups', (cells, thousands, decimal, values) => {
    const column = columnOf(cells);
    expect(column.profile).toMatchObject({ kind: 'NUMERIC', numberFormat: { decimal, thousands } });
    expect(column.values).toEqual(values);
    expect(column.codes).not.toContain('CSV_DECIMAL_UNSURE');
    // What is predicted later from the same text is the same number.
    expect(cells.map((cell) => numberFromText(cell, { decimal, thousands }))).toEqual(values);
  });

  it.each([[['1,234', '5,678']], [['1.234', '5.678']]])('says of %j that it may be either', (cells) => {
    const column = columnOf(cells);
    expect(column.codes).toContain('CSV_DECIMAL_UNSURE');
    expect(column.values?.[0]).toBe(1.234);
    const mark = cells[0]?.[1] ?? '';
    expect(columnOf(cells, { thousands: mark }).values).toEqual([1234, 5678]);
  });

  it('keeps as labels what may be either where the file settles its decimal mark', () => {
    const content = ['a;b', ...Array.from({ length: 9 }, (_, row) => `${row}.5;${row + 1},234`)].join('\n');
    const inspection = inspect(content);
    expect(inspection.columns[1]).toMatchObject({ kind: 'CATEGORICAL', numberFormat: null });
    expect(codesOf(inspection)).toContain('COLUMN_LOOKS_NUMERIC');
  });

  it('reads each column in its own way', () => {
    const rows = thousandsOf(40, (value, row) => {
      const marks = [',', '.', ' '].map((mark) => grouped(mark)(value));
      return `"${marks[0]}.5";"${marks[1]},5";${marks[2]};${row / 4}`;
    });
    const inspection = inspect(['a;b;c;d', ...rows].join('\n'));
    expect(inspection.columns.map(({ numberFormat }) => numberFormat)).toEqual([
      { decimal: '.', thousands: ',' },
      { decimal: ',', thousands: '.' },
      { decimal: '.', thousands: ' ' },
      POINT,
    ]);
  });

  it('reads them where they come long after the rows that were looked at', () => {
    const cells = Array.from({ length: 900 }, (_, row) => (row < 800 ? `${row % 500}` : `${row % 9 || 1},234,567`));
    const column = columnOf(cells);
    expect(column.profile).toMatchObject({ kind: 'NUMERIC', numberFormat: { decimal: '.', thousands: ',' } });
    expect(column.values?.[899]).toBe(parseNumber(cells[899] ?? '', { decimal: '.', thousands: ',' }));
  });

  it('reads them without a header, and does not take the first for one', () => {
    const inspection = inspect('1.234,50;2.345.678\n950,25;12\n3.000,00;1.000.000\n');
    expect(inspection).toMatchObject({ rowCount: 3, dialect: { hasHeader: false, decimal: ',', delimiter: ';' } });
  });

  it('takes missing tokens that are numbers by their value', () => {
    const column = columnOf(['1\u00a0234\u00a0567', '9\u00a0999,0', '9\u00a0999', '3,5'], { missingTokens: ['9999'] });
    expect(column.values).toEqual([1_234_567, Number.NaN, Number.NaN, 3.5]);
    expect(column.profile).toMatchObject({ missing: 2, distinct: 2 });
  });

  it('reads them where NUMERIC is asked for, beside what is no number', () => {
    const options: CsvOptions = { columnKinds: [{ column: 'x', kind: 'NUMERIC' }] };
    const column = columnOf(['1\u00a0234\u00a0567', '1e400', '2\u00a0500,5', '3,5'], options);
    expect(column.values).toEqual([1_234_567, Number.NaN, 2500.5, 3.5]);
    expect(column.codes).toContain('COLUMN_NON_FINITE');
  });
});

describe('digits in groups that are no numbers', () => {
  it.each([
    ['addresses of the internet', 'x', ['192.168.100.200', '192.168.100.101', '10.200.100.100']],
    ['telephone numbers', 'x', ['612 345 678', '698 765 432', '600 111 222']],
    ['postal codes', 'x', ['110 001', '560 034', '400 001']],
    ['identity numbers', 'x', ['12.345.678', '23.456.789', '34.567.890']],
    ['versions', 'app_version', ['1.200.300', '1.200.301', '2.100.100']],
    ['telephone numbers by name', 'Phone 2', ['1 234 567', '12 345 678', '345 678']],
    ['dates', 'x', ['12.05.2024', '13.05.2024', '14.05.2024']],
    ['a first group of zeros', 'x', ['001,002,003', '001,002,004', '5']],
    ['two ways in one column', 'x', ['1,234,567', '1.234.567', '5']],
    ['a word among them', 'x', ['1,234,567', '2,345,678', 'low']],
    ['a list', 'x', ['1,234,567', '12,34', '5']],
  ])('%s', (_, name, cells) => {
    expect(numberFormatOf(cells, POINT, name)).toBeNull();
    expect(columnOf(cells, {}, name).profile?.kind).not.toBe('NUMERIC');
  });
});
