import { describe, expect, it } from 'vitest';
import type { CsvOptions } from '../../../src/tabular/csv-options.ts';
import { inspectCsv } from '../../../src/tabular/inspect-csv.ts';
import { ISSUE_CODES, type IssueCode } from '../../../src/tabular/issues/issues.ts';
import { temporaryFile } from '../temporary-file.ts';

interface Example {
  readonly content: string | Uint8Array;
  readonly options?: CsvOptions;
  readonly lines?: readonly number[];
  readonly column?: string;
  readonly minDataRows?: number;
}

function rows(header: string, row: (index: number) => string, count = 30): string {
  return `${[header, ...Array.from({ length: count }, (_, index) => row(index))].join('\n')}\n`;
}

const plain = rows('a,b', (index) => `${index % 7}.5,x${index % 3}`);
const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13);

/** For every code that a file's content has wherever it is read, a file that has that issue. */
const EXAMPLES: Readonly<Record<Exclude<IssueCode, 'CSV_EXTENSION_NOT_ALLOWED' | 'CSV_TOO_MUCH_MEMORY'>, Example>> = {
  CSV_OPTION_INVALID: { content: plain, options: { delimiter: '::' } },
  CSV_EMPTY: { content: '' },
  CSV_OTHER_FORMAT: { content: PNG },
  CSV_NUL_BYTE: { content: 'a,b\n1,\0\n' },
  CSV_RAGGED_ROW: { content: `${plain}1\n2,x,3\n`, lines: [32, 33] },
  CSV_UNCLOSED_QUOTE: { content: `${plain}1,"x\n2,y\n`, lines: [32] },
  CSV_TEXT_AFTER_QUOTE: { content: `${plain}1,"x"y\n`, lines: [32] },
  CSV_CELL_TOO_LONG: { content: `a,b\n1,"${'x'.repeat(3 << 20)}` },
  CSV_TOO_MANY_COLUMNS: { content: `${','.repeat(100_001)}\n` },
  CSV_TOO_FEW_COLUMNS: { content: 'a\n1\n2\n' },
  CSV_NO_ROWS: { content: 'a,b\n' },
  CSV_TOO_FEW_ROWS: { content: 'a,b\n1,x\n', minDataRows: 2 },
  CSV_TOO_EMPTY: { content: 'a,b\n1,\n,\n,\n,\n' },
  CSV_STRAY_QUOTE: { content: `${plain}1,5" pipe\n`, lines: [32] },
  CSV_TRAILING_DELIMITER: { content: `${plain}1,x,\n`, lines: [32] },
  CSV_ENCODING_DAMAGED: { content: Buffer.concat([Buffer.from('é,b\n1,ä\n2,'), Buffer.from([0xe9, 0x0a])]) },
  CSV_ENCODING_GUESSED: { content: Buffer.from('é,b\n1,ä\n2,c\n', 'latin1') },
  CSV_DECIMAL_UNSURE: { content: rows('a;b', (index) => `1,${100 + index};x${index % 3}`) },
  CSV_ENCODING_UNSURE: {
    content: Buffer.concat([Buffer.from('a,b\n'), Buffer.from([0x61, 0xb3, 0x62, 0xbf, 0x63, 0xa4, 0x2c, 0x31, 0x0a])]),
  },
  CSV_END_MARKS: { content: `${plain}\x1a` },
  CSV_TITLE_LINES: { content: `About it\n\n${rows('a,b,c', (index) => `${index},x,${index % 7}`)}`, lines: [1] },
  CSV_SUMMARY_LINES: { content: `${rows('a,b,c', (index) => `${index},x,${index % 7}`)}Total,,90\n`, lines: [32] },
  CSV_SECOND_HEADER: {
    content: `a,b,c\nm,kg,\n${rows('', (index) => `${index}.5,${index % 7},x${index % 3}`).trim()}\n`,
    lines: [2],
  },
  CSV_LINES_IN_QUOTES: { content: rows('"a,b"', (index) => `"${index},""x"""`) },
  CSV_ESCAPE_FOUND: { content: rows('a,b', (index) => `${index},"\\"x\\" y"`) },
  CSV_DELIMITER_UNUSUAL: { content: rows('a^b', (index) => `${index}^x${index % 3}`) },
  CSV_HEADER_GUESSED: { content: '1,2\n3,4\n5,6\n', lines: [1] },
  COLUMN_UNNAMED: { content: 'a,,b\n1,2,x\n4,5,y\n', column: 'column_2' },
  COLUMN_RENAMED: { content: 'a,a,b\n1,2,x\n4,5,y\n', column: 'a_2' },
  COLUMN_EMPTY: { content: 'a,b,c\n1,,x\n2,,y\n', column: 'b' },
  COLUMN_CONSTANT: { content: 'a,b,c\n1,7,x\n2,7,y\n', column: 'b' },
  COLUMN_MOSTLY_MISSING: { content: rows('a,b,c', (index) => `${index}.5,${index < 2 ? index : ''},x`), column: 'b' },
  COLUMN_IDENTIFIER: { content: rows('a,b', (index) => `AB${index},${index % 3}`), column: 'a' },
  COLUMN_TEXT: { content: rows('a,b', (index) => `this is what was said about ${index},${index % 3}`), column: 'a' },
  COLUMN_HIGH_CARDINALITY: { content: rows('a,b', (index) => `AB${index % 110},${index % 3}`, 400), column: 'a' },
  COLUMN_LEADING_ZEROS: { content: rows('a,b', (index) => `0${index % 7}12,${index % 3}`), column: 'a' },
  COLUMN_MIXED_TYPES: {
    content: rows('a,b', (index) => `${index % 9 ? index % 5 : 'low'},${index % 3}`),
    column: 'a',
    lines: [2],
  },
  COLUMN_LOOKS_NUMERIC: {
    content: rows('a,b', (index) => `${index % 5}.5${index % 2 ? 'K' : 'M'},${index % 3}`),
    column: 'a',
  },
  COLUMN_LOOKS_DATED: {
    content: rows('order date,b', (index) => `${45_000 + index * 3},${index % 3}`),
    column: 'order date',
  },
  COLUMN_SUMMARY_LABEL: {
    content: rows('a,b', (index) => `${index % 10 === 9 ? 'Total' : 'NS'[index % 2]},${index}.5`),
    column: 'a',
    lines: [11],
  },
  COLUMN_EXPONENT_CODES: { content: rows('a,b', (index) => `${index + 10}7e3,${index % 3}`), column: 'a' },
  COLUMN_EXCEL_TEXT: { content: rows('a,b', (index) => `="${index % 4}x",${index % 3}`), column: 'a' },
  COLUMN_NUMBERS_MARKED: { content: rows('a,b', (index) => `${index % 5}.5%,${index % 3}`), column: 'a' },
  COLUMN_DURATION: { content: rows('a,b', (index) => `1:0${index % 5}:15,${index % 3}`), column: 'a' },
  COLUMN_DATE_CENTURY: { content: rows('a,b', (index) => `2${index % 5}.10.14,${index % 3}`), column: 'a' },
  COLUMN_MISSING_TEXTS: {
    content: rows('a,b', (index) => `${index % 9 ? index : '#DIV/0!'},${index % 3}`),
    column: 'a',
    lines: [2],
  },
  COLUMN_MISSING_LABEL: {
    content: rows('a,b', (index) => `${['None', 'Apnea', 'Insomnia'][index % 3]},${index % 5}`),
    column: 'a',
    lines: [2],
  },
  COLUMN_LABELS_ALIKE: {
    content: rows('a,b', (index) => `${['High', 'high', 'Low'][index % 3]},${index}`),
    column: 'a',
  },
  COLUMN_DATE_AMBIGUOUS: { content: rows('a,b', (index) => `0${(index % 5) + 1}/02/2024,${index % 3}`), column: 'a' },
  COLUMN_KIND_NOT_POSSIBLE: {
    content: plain,
    options: { columnKinds: [{ column: 'b', kind: 'DATETIME' }] },
    column: 'b',
  },
  COLUMN_VALUES_UNPARSABLE: {
    content: `${plain}x,y\n`,
    options: { columnKinds: [{ column: 'a', kind: 'NUMERIC' }] },
    column: 'a',
    lines: [32],
  },
  ROWS_EMPTY: { content: `${plain},\n1,x\n,\n`, lines: [32, 34] },
  ROWS_DUPLICATE: { content: 'a,b,c\n1,2,x\n3,,y\n1,2,x\n3,,y\n3,2,y\n', lines: [4, 5] },
  COLUMN_SENTINEL: { content: rows('a,b', (index) => `${index % 4 ? index * 1.5 : -999},${index % 3}`), column: 'a' },
  TARGET_MISSING: {
    content: rows('a,target', (index) => `${index}.5,${index === 4 ? '' : index % 2}`),
    column: 'target',
    lines: [6],
  },
  TARGET_TASK_CHOSEN: { content: rows('a,stars', (index) => `${index}.5,${index % 5}`), column: 'stars' },
  TARGET_IMBALANCED: { content: rows('a,target', (index) => `${index}.5,${index % 15 ? 'a' : 'b'}`), column: 'target' },
  TARGET_RARE_CLASS: {
    content: rows('a,target', (index) => `${index}.5,${index === 3 ? 'c' : 'ab'[index % 2]}`),
    column: 'target',
  },
  POSSIBLE_LEAKAGE: {
    content: rows(
      'a,b,c,target',
      (index) => `${(index * 7) % 13},${'xy'[index % 2]},${index % 5},${'no yes'.split(' ')[index % 2]}`,
      100,
    ),
    column: 'b',
  },
  COLUMN_NON_FINITE: { content: `${plain}1e400,x1\n-inf,x2\n`, column: 'a', lines: [32, 33] },
};

describe('issues', () => {
  it.each(Object.entries(EXAMPLES))('the issue %s is reported with its location', (code, example) => {
    const limits = { minDataRows: example.minDataRows ?? 1, maxEmptyRatio: 0.8 };
    const inspection = inspectCsv(temporaryFile(example.content), example.options ?? {}, limits);
    const found = inspection.issues.find((issue) => issue.code === code);
    expect(found, inspection.issues.map((issue) => issue.code).join()).toBeDefined();
    expect(found?.severity).toBe(ISSUE_CODES[code as IssueCode].severity);
    expect(found?.lines).toEqual(example.lines ?? found?.lines);
    expect(found?.column).toBe(example.column ?? found?.column);
    expect(found?.message).toMatch(/^[A-Z0-9].*\.$/s);
    expect(found?.message.length).toBeLessThan(300);
  });

  it.each(['5 %', '$5', '€ 1.234,50', '12 EUR', '-£3', 'CHF 5', '7‰', '₹ 900', 'R$ 10,50', '1.5 kg', '20 °C', '9GB'])(
    'the hint says that %s is a number with affixes',
    (cell) => {
      const content = rows('a;b', (index) => `${cell.replace(/\d/, String(1 + (index % 9)))};x${index % 3}`);
      const inspection = inspectCsv(temporaryFile(content), {}, { minDataRows: 1, maxEmptyRatio: 1 });
      expect(inspection.columns[0]?.kind).toBe('NUMERIC');
      expect(inspection.issues).toContainEqual(
        expect.objectContaining({ code: 'COLUMN_NUMBERS_MARKED', severity: 'INFO', column: 'a' }),
      );
    },
  );

  it.each([
    ['$5', '5'],
    ['$5', '€5'],
    ['5 %', '5'],
    ['5 kg', '5 lb'],
    ['1.2K', '5M'],
    ['5*', '5'],
    ['0x1F', '0x20'],
  ])('the hint says that %s beside %s is a number in mixed formats', (...cells) => {
    const content = rows(
      'a;b',
      (index) => `${cells[index % 2]?.replace(/[1-9]/, String(1 + (index % 9)))};x${index % 3}`,
    );
    const inspection = inspectCsv(temporaryFile(content), {}, { minDataRows: 1, maxEmptyRatio: 1 });
    expect(inspection.columns[0]?.kind).toBe('CATEGORICAL');
    expect(inspection.issues).toContainEqual(
      expect.objectContaining({ code: 'COLUMN_LOOKS_NUMERIC', column: 'a', hint: expect.any(String) }),
    );
  });

  it.each([-999, -200, 9999, 99])('the hint names %s as a possible missing value', (value) => {
    const content = rows('a,b', (index) => `${index % 4 ? index * 1.5 : value},${index % 3}`);
    const inspection = inspectCsv(temporaryFile(content), {}, { minDataRows: 1, maxEmptyRatio: 1 });
    const found = inspection.issues.find(({ code }) => code === 'COLUMN_SENTINEL');
    expect(found).toMatchObject({ column: 'a', hint: expect.stringContaining(`"${value}"`) });
  });

  it('a malformed record is reported with its line and column', () => {
    const layouts = [
      ['CSV_NUL_BYTE', `${plain}1,a\0b\n`],
      ['CSV_UNCLOSED_QUOTE', `${plain}1,"x\n2,y\n`],
      ['CSV_TEXT_AFTER_QUOTE', `${plain}1,"x"y\n`],
      ['CSV_STRAY_QUOTE', `${plain}1,5" pipe\n`],
    ] as const;
    for (const [code, content] of layouts) {
      const inspection = inspectCsv(temporaryFile(content), {}, { minDataRows: 1, maxEmptyRatio: 1 });
      expect(inspection.issues.find((issue) => issue.code === code)).toMatchObject({ lines: [32], column: 'b' });
    }
  });

  it('a malformed header that is not on the first line is reported with its line', () => {
    const inspection = inspectCsv(temporaryFile('\n\na,,a\n1,2,x\n3,4,y\n'), {}, { minDataRows: 1, maxEmptyRatio: 1 });
    const lines = inspection.issues.filter(({ code }) => /UNNAMED|RENAMED/.test(code)).map((issue) => issue.lines);
    expect(lines).toEqual([[3], [3]]);
  });

  it('text after a closing quote is reported with its exact position', () => {
    const content = `\ufeff${plain}1,x\n2,"é"y,3\n`;
    const inspection = inspectCsv(temporaryFile(content), {}, { minDataRows: 1, maxEmptyRatio: 1 });
    expect(inspection.issues.find(({ code }) => code === 'CSV_TEXT_AFTER_QUOTE')?.message).toBe(
      'A quoted cell goes on after its closing quote in line 33, first with "y" in column "b".',
    );
  });

  it('issues are sorted, and truncated if they are many', () => {
    const header = Array.from({ length: 300 }, (_, index) => `c${index}`).join(',');
    const row = Array.from({ length: 300 }, () => '1').join(',');
    const inspection = inspectCsv(
      temporaryFile(`${header}\n${row}\n${row}\n1\n`),
      {},
      { minDataRows: 1, maxEmptyRatio: 1 },
    );
    expect(inspection.issues[0]?.code).toBe('CSV_RAGGED_ROW');
    const constant = inspection.issues.filter(({ code }) => code === 'COLUMN_CONSTANT');
    expect(constant).toHaveLength(101);
    expect(constant.at(-1)).toMatchObject({ column: null, message: 'The same is true of 200 more columns.' });
  });

  it('long names and cells are truncated in messages', () => {
    const name = 'n'.repeat(5000);
    const content = rows(`${name},b`, (index) => `${'long '.repeat(100)}${index},${index % 3}`);
    const inspection = inspectCsv(temporaryFile(content), {}, { minDataRows: 1, maxEmptyRatio: 1 });
    expect(inspection.columns[0]?.name).toHaveLength(200);
    expect(Math.max(...inspection.issues.map(({ message }) => message.length))).toBeLessThan(300);
    expect(inspection.columns[0]?.topValues[0]?.value).toHaveLength(200);
    expect(inspection.preview[0]?.cells[0]).toHaveLength(200);
  });

  it.each([
    [[0x50, 0x4b, 0x03, 0x04, 0, 0], 'xlsx'],
    [[0xd0, 0xcf, 0x11, 0xe0, 0, 0], 'xls'],
    [[0x1f, 0x8b, 8, 0], 'gzip'],
    [[...Buffer.from('[{"a": 1}]')], 'JSON'],
    [[...Buffer.from('<!DOCTYPE html><p>')], 'web page'],
  ])('the message about %j says that it is %s', (bytes, name) => {
    const inspection = inspectCsv(temporaryFile(Uint8Array.from(bytes)), {}, { minDataRows: 1, maxEmptyRatio: 1 });
    expect(inspection.issues[0]).toMatchObject({ code: 'CSV_OTHER_FORMAT', message: expect.stringContaining(name) });
    expect(inspection.dialect).toBeNull();
  });
});
