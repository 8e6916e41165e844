import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currentReading } from '../../../src/runtime/values/cells.ts';
import { textParser } from '../../../src/runtime/values/text-value.ts';
import { parseTimestamp } from '../../../src/runtime/values/timestamp-text.ts';
import type { CsvOptions } from '../../../src/tabular/csv-options.ts';
import type { CsvInspection } from '../../../src/tabular/inspect-csv.ts';
import { inspect } from '../temporary-file.ts';

/** A file of three columns, of which `x` has these cells, in turns, in so many rows. */
function fileOf(cells: readonly string[], count = cells.length, name = 'x'): string {
  const quoted = (cell: string) => (/[",;\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  const lines = Array.from(
    { length: count },
    (_, row) => `${row + 0.5},${quoted(cells[row % cells.length] ?? '')},v${row % 2}`,
  );
  return [`row,${name},other`, ...lines].join('\n');
}

function read(cells: readonly string[], options: CsvOptions = {}, name = 'x', count = Math.max(40, cells.length)) {
  const inspection = inspect(fileOf(cells, count, name), options);
  const column = inspection.table?.columns[1];
  return {
    kind: inspection.columns[1]?.kind,
    format: inspection.columns[1]?.numberFormat,
    missing: inspection.columns[1]?.missing,
    codes: codesOf(inspection, name),
    values: column?.storage === 'number' ? [...column.values.slice(0, cells.length)] : null,
    labels: column?.storage === 'label' ? column.labels : null,
  };
}

/** The codes of the issues of one column. */
function codesOf({ issues }: CsvInspection, name: string): readonly string[] {
  return issues.filter(({ column }) => column === name).map(({ code }) => code);
}

describe('cells that a person reads as numbers', () => {
  it.each([
    ['Unicode minus signs', ['\u22121.5', '2.25', '\u20133'], [-1.5, 2.25, -3]],
    ['signs behind', ['50.00-', '7.5', '3-'], [-50, 7.5, -3]],
    ['parentheses of accountants', ['(12)', '7', '9'], [-12, 7, 9]],
    ['currencies before', ['$1,234.56', '-$5', '$-6.5', '($7)'], [1234.56, -5, -6.5, -7]],
    ['currencies behind', ['1.234,50 €', '5,25 €', '-7,75 €'], [1234.5, 5.25, -7.75]],
    ['codes of currencies', ['USD 12', 'USD 13.5', 'USD -4'], [12, 13.5, -4]],
    ['percent', ['5 %', '6.5%', '-7 %'], [5, 6.5, -7]],
    ['units', ['12 kg', '13.5kg', '14 kg'], [12, 13.5, 14]],
    ['groups of lakh and crore', ['21,58,430', '9,99,999.5', '500'], [2_158_430, 999_999.5, 500]],
    ['groups of narrow spaces', ['1\u202f234', '12\u00a0345', '7'], [1234, 12_345, 7]],
    ['digits of other widths and scripts', ['\uff11\uff12', '\u0663\u0664', '5'], [12, 34, 5]],
    ['exponents of Fortran', ['1.5D+03', '2.5D-01', '-4.0D+00'], [1500, 0.25, -4]],
    ['text kept by a spreadsheet', ['="6.52"', '="7"', '="-8"'], [6.52, 7, -8]],
    ['an apostrophe before', ["'75.63", "'-75.5", "'12"], [75.63, -75.5, 12]],
    ['invisible spaces around', ['\u00a012', '13\u200b', '\u300014'], [12, 13, 14]],
    ['durations', ['1:23:45', '05:40', '26:00:00'], [5025, 340, 93_600]],
    ['times of day', ['00:30', '23:59', '5:40 PM'], [1800, 86_340, 63_600]],
    ['days and hours', ['2 days 00:00:01', '1 day, 1:00:00', '0:00:05'], [172_801, 90_000, 5]],
  ])('%s', (_, cells, values) => {
    const column = read(cells);
    expect(column).toMatchObject({ kind: 'NUMERIC', missing: 0, values });
    // A model that is trained on the file reads new rows alike.
    const numberFormat = column.format!;
    const parse = textParser({ name: 'x', kind: 'NUMBER', numberFormat }, currentReading());
    expect(cells.map(parse)).toEqual(values);
    expect(parse('5')).toBe(5);
  });

  it.each([
    ['$1,234.56', 'COLUMN_NUMBERS_MARKED'],
    ['12 kg', 'COLUMN_NUMBERS_MARKED'],
    ['1:23:45', 'COLUMN_DURATION'],
    ['="6.52"', 'COLUMN_EXCEL_TEXT'],
  ])('%s is told of', (cell, code) => {
    expect(read([cell, cell.replace('1', '2').replace('6', '7'), cell.replace('2', '3')]).codes).toContain(code);
  });

  it('one text among numbers is missing, with a warning, whatever the share of distinct values', () => {
    const distinct = Array.from({ length: 399 }, (_, n) => String(n * 1.5 + 0.25));
    const column = read([...distinct, 'unknown']);
    expect(column).toMatchObject({ kind: 'NUMERIC', missing: 1 });
    expect(column.codes).toContain('COLUMN_VALUES_UNPARSABLE');
    expect(column.codes).not.toContain('COLUMN_MIXED_TYPES');
  });

  it('values below what an instrument measures are missing, with a warning', () => {
    const numbers = Array.from({ length: 200 }, (_, n) => (n % 12 === 0 ? `<${1 + (n % 5)}.0` : `${n}.5`));
    expect(read(numbers)).toMatchObject({
      kind: 'NUMERIC',
      codes: expect.arrayContaining(['COLUMN_VALUES_UNPARSABLE']),
    });
  });

  it.each([
    ['a tenth and more of texts', (n: number) => (n % 8 === 0 ? 'low' : `${n}.5`)],
    ['codes of another sort among them', (n: number) => (n % 20 === 0 ? `V${n}` : `${n}.25`)],
    ['few numbers, which are as well classes', (n: number) => (n % 20 === 0 ? 'unsure' : `${n % 2}`)],
  ])('stay labels with a warning: %s', (_, cellOf) => {
    const column = read(Array.from({ length: 600 }, (__, n) => cellOf(n)));
    expect(column.labels).not.toBeNull();
    expect(column.codes).toContain('COLUMN_MIXED_TYPES');
  });

  it('no sign is lost where numbers are asked for, and what is none is counted', () => {
    const cells = ['50.00-', '\u22127', '(8)', '9', 'n/k', '1.2K'];
    const column = read(cells, { columnKinds: [{ column: 'x', kind: 'NUMERIC' }] }, 'x', 6);
    expect(column).toMatchObject({ kind: 'NUMERIC', missing: 2 });
    expect(column.codes).toContain('COLUMN_VALUES_UNPARSABLE');
    expect(column.values?.slice(0, 4)).toEqual([-50, -7, -8, 9]);
  });
});

describe('digits that count nothing', () => {
  it.each([
    ['zeros before', ['01234', '98765', '04141'], 'COLUMN_LEADING_ZEROS'],
    ['an E among digits', ['896359e3', '253873e1', '4E38'], 'COLUMN_EXPONENT_CODES'],
    ['zeros kept by a spreadsheet', ['="00041"', '="00042"', '="10043"'], 'COLUMN_LEADING_ZEROS'],
    ['zeros behind an apostrophe', ["'00041", "'00042", "'10043"], 'COLUMN_LEADING_ZEROS'],
  ])('are labels, with a warning: %s', (_, cells, code) => {
    const column = read(cells);
    expect(column.labels).toHaveLength(3);
    expect(column.codes).toContain(code);
    expect(read(cells, { columnKinds: [{ column: 'x', kind: 'NUMERIC' }] }).kind).toBe('NUMERIC');
  });

  it('are labels also where the first comes after the rows that were looked at', () => {
    const cells = Array.from({ length: 2000 }, (_, n) => (n > 1500 ? `0${n}` : `${10_000 + n}`));
    expect(read(cells)).toMatchObject({ kind: 'IDENTIFIER', codes: expect.arrayContaining(['COLUMN_LEADING_ZEROS']) });
  });

  it.each([
    ['a fraction', ['0.5', '00.25', '1.5']],
    ['a zero', ['0', '1', '2']],
    ['an exponent with a sign', ['1e+05', '2.5e-3', '7']],
    ['an exponent of a fraction', ['1.5e3', '2.5E4', '7']],
    ['one slip among hundreds', [...Array.from({ length: 300 }, (_, n) => `${n + 10}`), '05']],
    ['one exponent among hundreds', [...Array.from({ length: 300 }, (_, n) => `${n + 10}`), '1e5']],
  ])('are not seen in %s', (_, cells) => {
    expect(read(cells)).toMatchObject({ kind: 'NUMERIC', codes: [] });
  });
});

describe('cells that a person reads as moments', () => {
  const days = Array.from({ length: 300 }, (_, n) => `2014${String(1 + (n % 12)).padStart(2, '0')}${10 + (n % 18)}`);

  it.each([
    ['0', ['0', ...days]],
    ['0 in every second row', days.flatMap((day) => [day, '0'])],
    ['99999999', [...days, '99999999']],
    ['a day that no calendar has', [...days, '20140231']],
    ['0 after the rows that were looked at', [...days, ...days, ...days, ...days, '0']],
  ])('days such as 20141013 stay dates beside %s, and the column is warned of', (_, cells) => {
    expect(read(cells)).toMatchObject({
      kind: 'DATETIME',
      codes: expect.arrayContaining(['COLUMN_VALUES_UNPARSABLE']),
    });
  });

  it('numbers of eight digits of which a few are days by chance stay numbers', () => {
    const cells = Array.from({ length: 300 }, (_, n) => String(20_000_000 + n * 4_321));
    expect(read([...cells, '20141013', '20141014', '20141015', '20141016'])).toMatchObject({
      kind: 'NUMERIC',
      codes: [],
    });
  });

  it.each([
    ['Tue, 04 Mar 2025 09:15:00 +0200', '2025-03-04T07:15:00Z'],
    ['Tue Mar 04 2025 09:15:00 GMT+0200 (Central European Standard Time)', '2025-03-04T07:15:00Z'],
    ['20141013T000000', '2014-10-13T00:00:00Z'],
    ['20141013T093000Z', '2014-10-13T09:30:00Z'],
    ['20141013', '2014-10-13T00:00:00Z'],
    ['13.10.14', '2014-10-13T00:00:00Z'],
    ['13.10.69', '1969-10-13T00:00:00Z'],
    ['4-Mar-25', '2025-03-04T00:00:00Z'],
    ['2024-09', '2024-09-01T00:00:00Z'],
    ['Sep 2024', '2024-09-01T00:00:00Z'],
    ['1735689601507000000', '2025-01-01T00:00:01.507Z'],
    ['1735689601507', '2025-01-01T00:00:01.507Z'],
    ['1735689601', '2025-01-01T00:00:01Z'],
    ['1735689601.25', '2025-01-01T00:00:01.250Z'],
    ['2024-Q1', '2024-01-01T00:00:00Z'],
    ['2024Q4', '2024-10-01T00:00:00Z'],
    ['q2 2024', '2024-04-01T00:00:00Z'],
    ['3Q2024', '2024-07-01T00:00:00Z'],
    ['2021-W01', '2021-01-04T00:00:00Z'],
    ['2020W53', '2020-12-28T00:00:00Z'],
    ['2025-W01-1', '2024-12-30T00:00:00Z'],
    ['2024年3月5日', '2024-03-05T00:00:00Z'],
    ['２０２４年３月５日（火） 14時30分', '2024-03-05T14:30:00Z'],
    ['2024年3月', '2024-03-01T00:00:00Z'],
    ['令和6年3月5日', '2024-03-05T00:00:00Z'],
    ['平成元年1月8日', '1989-01-08T00:00:00Z'],
    ['2024년 3월 5일', '2024-03-05T00:00:00Z'],
    ['2024. 3. 5.', '2024-03-05T00:00:00Z'],
    ['5. März 2024', '2024-03-05T00:00:00Z'],
    ['Dienstag, 5. März 2024 14:30', '2024-03-05T14:30:00Z'],
    ['1er août 2024', '2024-08-01T00:00:00Z'],
    ['5 de marzo de 2024', '2024-03-05T00:00:00Z'],
    ['5 marzo 2024', '2024-03-05T00:00:00Z'],
    ['5 de março de 2024', '2024-03-05T00:00:00Z'],
    ['5 mei 2024', '2024-05-05T00:00:00Z'],
    ['5 stycznia 2024', '2024-01-05T00:00:00Z'],
    ['5 мая 2024 г.', '2024-05-05T00:00:00Z'],
    ['décembre 2024', '2024-12-01T00:00:00Z'],
  ])('%s', (text, expected) => {
    expect(parseTimestamp(text, null)).toBe(Date.parse(expected));
  });

  it.each([
    ...['20141313', '32.10.14', '2024-13', '9999999999999999999', 'May', '14', 'Tuesday', '3/4/24'],
    ...['2024-Q5', '24-Q1', '2021-W53', '2024-W00', '2024-W05-8', '2024年13月5日', '2024年2月30日', '5 mart 2024'],
    ...['30. Februar 2024', '12 Monkeys 1995', 'listopad 2024', '173568960', '17356896015', '2024. 13. 5.'],
  ])('%s is none', (text) => {
    expect(parseTimestamp(text, null)).toBeNaN();
  });

  it.each([
    ['quarters', ['2023-Q4', '2024-Q1', '2024-Q2']],
    ['weeks', ['2023-W52', '2024-W01', '2024-W02']],
    ['dates in Japanese', ['2024年3月5日', '2024年3月6日', '2024年12月7日']],
    ['dates in German', ['5. März 2024', '6. Mai 2024', '31. Dez. 2024']],
  ])('%s make a column of dates, and are read alike of new rows', (_, cells) => {
    const column = read(cells);
    expect(column).toMatchObject({ kind: 'DATETIME', missing: 0, codes: [] });
    const parse = textParser({ name: 'x', kind: 'DATETIME', part: 'ORDINAL' }, currentReading());
    expect(cells.map(parse)).toEqual(column.values);
  });

  it('seconds and milliseconds since 1970 are moments where the name says so, and numbers elsewhere', () => {
    for (const cells of [
      ['1735689601', '1735689999', '1735000000'],
      ['1735689601507', '1735689999000', '1735000000001'],
    ]) {
      expect(read(cells, {}, 'created_at')).toMatchObject({ kind: 'DATETIME', missing: 0, codes: [] });
      expect(read(cells, {}, 'volume')).toMatchObject({ kind: 'NUMERIC', codes: [] });
    }
    expect(read(['1735689601', '5', '1735000000'], {}, 'created_at').kind).toBe('NUMERIC');
    expect(parseTimestamp('1735689601507250', null)).toBe(1_735_689_601_507.25);
  });

  it.each([
    ['days of a spreadsheet', 'order_date', ['45123', '45000', '44999.5']],
    ['seconds since 1970 of nine digits among others', 'date', ['978300760', '1046454590', '956703932']],
    ['months in a language that is not read', 'x', ['5 mart 2024', '6 mart 2024', '7 nisan 2024']],
    ['halves of years', 'x', ['H1 2024', 'H2 2024', 'H1 2025']],
    ['weeks in words', 'x', ['KW 5/2024', 'KW 6/2024', 'KW 17/2024']],
  ])('%s are warned of where they are not read', (_, name, cells) => {
    const column = read(cells, {}, name);
    expect(column.kind).not.toBe('DATETIME');
    expect(column.codes).toContain('COLUMN_LOOKS_DATED');
  });

  it.each([
    ['numbers of that size in a column of prices', 'price', ['45123', '45000', '44999']],
    ['sums to a date', 'sales_to_date', ['45123', '45000', '44999']],
    ['years in a column of dates', 'date', ['2019', '2020', '2021']],
    [
      'titles',
      'x',
      Array.from({ length: 30 }, (_, n) => `${n} ${String.fromCodePoint(97 + (n % 26)).repeat(4)}s 2024`),
    ],
    ['codes of halls', 'x', ['H1', 'H2', 'H3']],
  ])('%s are no dates', (_, name, cells) => {
    expect(read(cells, {}, name).codes).not.toContain('COLUMN_LOOKS_DATED');
  });

  it.each(['9999-12-31', '1900-01-01'])('%s is told of where it stands for no value', (day) => {
    const dates = Array.from({ length: 40 }, (_, n) => (n % 10 === 3 ? day : `2024-01-${10 + (n % 20)}`));
    expect(read(dates).codes).toEqual(['COLUMN_SENTINEL']);
    expect(read(dates, { missingTokens: [day] })).toMatchObject({ kind: 'DATETIME', missing: 4, codes: [] });
    expect(read(dates.map((date) => date.replace(day, '2024-02-01'))).codes).toEqual([]);
  });

  it('years of two digits are warned of', () => {
    expect(read(['13.10.14', '14.10.14', '25.12.13'])).toMatchObject({
      kind: 'DATETIME',
      codes: ['COLUMN_DATE_CENTURY'],
    });
  });

  it('dates that fit two orders stay labels, distinct or not', () => {
    const distinct = Array.from({ length: 60 }, (_, n) => `0${1 + (n % 9)}/0${1 + (n % 7)}/${1950 + n}`);
    expect(read(distinct)).toMatchObject({ kind: 'CATEGORICAL', codes: ['COLUMN_DATE_AMBIGUOUS'] });
  });

  it('one text among dates is missing, with a warning', () => {
    const dates = Array.from({ length: 60 }, (_, n) => (n === 30 ? 'tbd' : `2024-01-${10 + (n % 20)}`));
    expect(read(dates)).toMatchObject({ kind: 'DATETIME', missing: 1, codes: ['COLUMN_VALUES_UNPARSABLE'] });
  });

  it.each([
    ['20241013', (n: number) => `202410${10 + (n % 20)}`],
    ['1735689601', (n: number) => `${1_735_689_601 + n * 7919}`],
  ])('one text among digits such as %s is missing, with a warning', (_, cellOf) => {
    const cells = Array.from({ length: 60 }, (__, n) => (n === 30 ? 'later' : cellOf(n)));
    expect(read(cells, {}, 'sold_at')).toMatchObject({
      kind: 'DATETIME',
      missing: 1,
      codes: ['COLUMN_VALUES_UNPARSABLE'],
    });
  });

  it('ids of as many digits are none', () => {
    const ids = Array.from({ length: 50 }, (_, n) => `${1_735_689_601_507_123_456n + BigInt(n * 7919)}`);
    expect(read(ids).kind).toBe('IDENTIFIER');
    expect(read(ids, {}, 'created_at').kind).toBe('DATETIME');
  });
});

describe('numbers in a form that is not read', () => {
  const numbers = Array.from({ length: 40 }, (_, n) => n);

  it.each([
    ['bounds among others', (n: number) => `${['<', '>', ''][n % 3]}${n}`],
    ['estimates', (n: number) => `~${n}.5`],
    ['powers of ten', (n: number) => `${n}.5×10^3`],
    ['degrees and minutes', (n: number) => `${n}°3${n % 10}′N`],
    ['degrees, minutes and seconds', (n: number) => `${n}°31'1${n % 10}" E`],
    ['durations in letters', (n: number) => `PT${n}M5S`],
  ])('are warned of, distinct or not: %s', (_, cellOf) => {
    expect(read(numbers.map(cellOf)).codes).toContain('COLUMN_LOOKS_NUMERIC');
  });

  it.each([
    ['classes of income', ['<=50K', '>50K']],
    ['ranges of age', ['<20', '20-30', '>30']],
    ['telephone numbers', Array.from({ length: 40 }, (_, n) => `+49 30 ${100_000 + n * 7919}`)],
  ])('are not seen in %s', (_, cells) => {
    const column = read(cells);
    expect(column.labels).not.toBeNull();
    expect(column.codes).not.toContain('COLUMN_LOOKS_NUMERIC');
  });
});

it('telephone numbers that come in groups of three stay labels', () => {
  const column = read(Array.from({ length: 40 }, (_, n) => `+${1 + (n % 60)} 301 234 ${100 + n}`));
  expect(column).toMatchObject({ kind: 'TEXT', codes: ['COLUMN_LOOKS_NUMERIC'] });
});

describe('versions', () => {
  it.each(['version', 'app_release', 'firmwareVersion'])('stay apart in a column named %s, with a warning', (name) => {
    const column = read(['1.1', '1.10', '1.2'], {}, name);
    expect(column).toMatchObject({ labels: ['1.1', '1.10', '1.2'], codes: ['COLUMN_LOOKS_NUMERIC'] });
    const late = read([...Array.from({ length: 1500 }, (_, n) => `1.${1 + (n % 9)}`), '1.10'], {}, name);
    expect(late.labels).toContain('1.10');
  });

  it('are numbers where all have as many digits, or nothing says that they are versions', () => {
    expect(read(['1.0', '1.5', '2.0'], {}, 'version')).toMatchObject({ kind: 'NUMERIC', codes: [] });
    expect(read(['1.1', '1.10', '1.2'], {}, 'weight')).toMatchObject({ kind: 'NUMERIC', codes: [] });
  });
});

describe('texts for "no value"', () => {
  it.each(['#DIV/0!', '#VALUE!', '#N/A', '<NA>', 'NaT', 'nil', '(null)', '.'])(
    '%s is missing, and told of',
    (token) => {
      for (const values of [
        ['1.5', '2.5', '3.5'],
        ['red', 'green', 'blue'],
      ]) {
        const column = read([token, ...values]);
        expect(column.missing).toBe(10);
        expect(column.codes).toContain('COLUMN_MISSING_TEXTS');
      }
    },
  );

  it('a usual one that is frequent beside labels is warned of, and kept where that is asked for', () => {
    const cells = ['None', 'Insomnia', 'Apnea'];
    expect(read(cells)).toMatchObject({ missing: 14, codes: ['COLUMN_MISSING_LABEL'] });
    const kept = read(cells, { keepDefaultMissingTokens: false });
    expect(kept).toMatchObject({ missing: 0, codes: [], labels: ['None', 'Insomnia', 'Apnea'] });
  });

  it('one that columns of numbers have too is no label', () => {
    const lines = Array.from({ length: 60 }, (_, row) => (row % 6 === 0 ? 'NA,NA' : `${row},${row % 2 ? 'E' : 'W'}`));
    expect(
      codesOf(inspect(`x,wind,other\n${lines.map((line, row) => `${line},v${row % 7}`).join('\n')}\n`), 'wind'),
    ).toEqual([]);
  });

  it('where the usual ones are given up, those that are named still are', () => {
    const options = { keepDefaultMissingTokens: false, missingTokens: ['none'] };
    expect(read(['NA', 'none', 'x', ''], options)).toMatchObject({ missing: 20, labels: ['NA', 'x'] });
  });
});

describe('labels that are written in two ways', () => {
  it.each([
    ['whole numbers beside words', ['0', '0.0', '1', '1.0', 'unsure'], ['0', '1', 'unsure']],
    ['two Unicode forms', ['caf\u00e9', 'cafe\u0301', 'tea'], ['caf\u00e9', 'tea']],
    ['spaces that cannot be seen', ['old\u00a0town', 'old town', 'north\u200b', 'north'], ['old town', 'north']],
  ])('are one where nobody can tell them apart: %s', (_, cells, labels) => {
    expect(read(cells).labels).toEqual(labels);
  });

  it.each([
    ['case', ['High', 'high', 'HIGH', 'Low']],
    ['marks between words', ['old town', 'old-town', 'north']],
    ['ways to say yes', ['Yes', '1', 'TRUE', 'no']],
    ['characters that nobody sees', ['te\u001axt', 'text', 'other']],
  ])('are warned of where they differ in %s', (_, cells) => {
    const column = read(cells);
    expect(column.labels).toHaveLength(cells.length);
    expect(column.codes).toContain('COLUMN_LABELS_ALIKE');
  });

  it.each([[['High', 'Low', 'Middle']], [['1', '2', 'a']], [['v1.0', 'v1.1', 'v1.10']]])('%j are not', (cells) => {
    expect(read(cells).codes).not.toContain('COLUMN_LABELS_ALIKE');
    expect(read(cells).labels).toHaveLength(cells.length);
  });
});

describe('labels of sums', () => {
  it.each(['Total', 'Grand total', 'Total North', 'Gesamt', '合計'])('%s is warned of beside others', (label) => {
    expect(read([label, 'North', 'South', 'East', 'West']).codes).toEqual(['COLUMN_SUMMARY_LABEL']);
  });

  it.each([
    ['one of a pair', ['total', 'partial']],
    ['one of several figures', ['total', 'mean', 'max', 'min']],
    ['a word of another', ['Totally', 'Nearly', 'Hardly']],
  ])('are not seen in %s', (_, cells) => {
    expect(read(cells).codes).toEqual([]);
  });
});

it('any numbers with anything around them are read as they are, or warned of', () => {
  const around = fc.constantFrom(
    ...[
      ['', ''],
      ['$', ''],
      ['', ' kg'],
      ['€ ', ''],
      ['', '%'],
      ['="', '"'],
      ['\u00a0', ''],
      ["'", ''],
    ].map(([before = '', behind = '']) => ({ before, behind })),
  );
  const numbers = fc.uniqueArray(fc.integer({ min: -99_999, max: 99_999 }), { minLength: 25, maxLength: 60 });
  fc.assert(
    fc.property(numbers, around, fc.integer({ min: 1, max: 3 }), (values, { before, behind }, digits) => {
      const cells = values.map((value) => `${before}${(value / 10 ** digits).toFixed(digits)}${behind}`);
      const column = read(cells);
      expect(column.kind).toBe('NUMERIC');
      expect(column.values).toEqual(values.map((value) => Number((value / 10 ** digits).toFixed(digits)) + 0));
    }),
    { numRuns: 200 },
  );
});
