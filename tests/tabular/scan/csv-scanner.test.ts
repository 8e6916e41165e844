import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trimCell } from '../../../src/runtime/values/cells.ts';
import { LabelReader } from '../../../src/tabular/reader/cell-reader.ts';
import { readCsv } from '../../../src/tabular/reader/csv-reader.ts';
import { NullTokens } from '../../../src/tabular/reader/null-tokens.ts';
import { ByteSource } from '../../../src/tabular/scan/byte-source.ts';
import { CsvScanner } from '../../../src/tabular/scan/csv-scanner.ts';
import { scanFile } from '../../../src/tabular/scan/scan-file.ts';
import { syntaxOf } from '../../../src/tabular/sniffer/delimiter-guess.ts';
import { RecordSample } from '../../../src/tabular/sniffer/record-sample.ts';
import { temporaryFile } from '../temporary-file.ts';

const dialects = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  quote: fc.constantFrom('"', "'"),
  newline: fc.constantFrom('\n', '\r\n', '\r'),
});

/** Cells made of what makes trouble: quotes, delimiters, line breaks, spaces, letters of several bytes. */
const cells = fc.string({
  unit: fc.constantFrom('a', 'b', '1', '.', ' ', '"', "'", ',', ';', '|', '\n', '\r\n', 'é', '日', '😀', '""'),
  maxLength: 6,
});

const files = fc.record({
  dialect: dialects,
  rows: fc
    .integer({ min: 2, max: 5 })
    .chain((columns) =>
      fc.array(fc.array(cells, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 8 }),
    ),
  /** For each cell: quote it even without need, and put spaces around it. */
  habits: fc.array(fc.record({ quotes: fc.boolean(), spaces: fc.boolean() }), { minLength: 1, maxLength: 7 }),
  blankLines: fc.boolean(),
  endsWithNewline: fc.boolean(),
  chunkBytes: fc.integer({ min: 1, max: 64 }),
});

type GeneratedFile = typeof files extends fc.Arbitrary<infer Value> ? Value : never;

function serialised({ dialect, rows, habits, blankLines, endsWithNewline }: GeneratedFile): string {
  const { delimiter, quote, newline } = dialect;
  const lines = rows.map((row, rowIndex) =>
    row
      .map((cell, column) => {
        const habit = habits[(rowIndex * row.length + column) % habits.length] ?? { quotes: false, spaces: false };
        const needsQuotes = [delimiter, quote, '\n', '\r'].some((mark) => cell.includes(mark));
        const text = needsQuotes || habit.quotes ? `${quote}${cell.replaceAll(quote, quote + quote)}${quote}` : cell;
        return habit.spaces ? ` ${text} ` : text;
      })
      .join(delimiter),
  );
  return lines.join(blankLines ? newline + newline : newline) + (endsWithNewline ? newline : '');
}

/** The trimmed cells as csv-parse divides them. */
function parsed(content: string, { delimiter, quote, newline }: GeneratedFile['dialect']): string[][] {
  const records: string[][] = parse(content, {
    delimiter,
    quote,
    escape: quote,
    record_delimiter: newline,
    trim: true,
    skip_empty_lines: true,
  });
  return records.map((record) => record.map(trimCell));
}

function scanned(
  content: string,
  dialect: GeneratedFile['dialect'],
  chunkBytes: number,
): readonly (readonly string[])[] {
  const source = new ByteSource(temporaryFile(content), 'utf-8', { skip: 0 });
  const sample = new RecordSample(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  try {
    scanFile(source, new CsvScanner(syntaxOf({ escape: null, ...dialect }), sample), chunkBytes, () => true);
  } finally {
    source.close();
  }
  return sample.records.map((record) => record.cells.map((cell) => Buffer.from(cell, 'latin1').toString('utf8')));
}

/** The cells of a file that is read into columns of labels, row by row. */
function readAsLabels(content: string, dialect: GeneratedFile['dialect'], columnCount: number, chunkBytes: number) {
  const format = { decimal: '.', thousands: '' };
  const plan = { storage: 'label', format, kind: null, hasLeadingZeros: false } as const;
  const raw = readCsv(
    {
      path: temporaryFile(content),
      dialect: { ...dialect, escape: null, decimal: '.', encoding: 'utf-8', hasBom: false, hasHeader: false },
      skip: 0,
      firstLine: 1,
      plans: Array.from({ length: columnCount }, () => plan),
      missing: new NullTokens({}, format),
      expectedRows: 1,
      chunkBytes,
    },
    () => {},
  );
  const columns = raw.readers.map((reader) => {
    if (!(reader instanceof LabelReader)) throw new Error('a column of labels has a reader of labels');
    const { labels } = reader.dictionary.read((bytes, start, end) => bytes.toString('utf8', start, end), 'a');
    return Array.from(reader.codes.subarray(0, raw.rowCount), (code) => (code < 0 ? null : labels.at(code)));
  });
  return Array.from({ length: raw.rowCount }, (_, row) => columns.map((column) => column[row]));
}

describe('CsvScanner', () => {
  it('CsvScanner divides any file as csv-parse does, whatever the size of the chunks', () => {
    fc.assert(
      fc.property(files, (file) => {
        const content = serialised(file);
        expect(scanned(content, file.dialect, file.chunkBytes)).toEqual(parsed(content, file.dialect));
      }),
      { numRuns: 3000 },
    );
  });

  it('CsvScanner divides any file as csv-parse does when plain cells are taken many at a time', () => {
    fc.assert(
      fc.property(files, (file) => {
        const content = serialised(file);
        const expected = parsed(content, file.dialect);
        const cells = expected.map((record) => record.map((cell) => (cell === '' ? null : cell)));
        expect(readAsLabels(content, file.dialect, expected[0]?.length ?? 0, file.chunkBytes)).toEqual(cells);
      }),
      { numRuns: 3000 },
    );
  });

  it('CsvScanner returns the line at which each record begins', () => {
    const source = new ByteSource(temporaryFile('a,b\n"1\n2",3\n\n\r\n4,"\r\n\n"\n5,6'), 'utf-8', { skip: 0 });
    const sample = new RecordSample(100, 1000, 100);
    const syntax = syntaxOf({ delimiter: ',', quote: '"', escape: null, newline: '\n' });
    scanFile(source, new CsvScanner(syntax, sample), 3, () => true);
    source.close();
    expect(sample.records.map(({ line }) => line)).toEqual([1, 2, 6, 9]);
  });

  it('CsvScanner takes quotes for characters if nothing is quoted', () => {
    const source = new ByteSource(temporaryFile('a,"b\nc",d\n'), 'utf-8', { skip: 0 });
    const sample = new RecordSample(100, 1000, 100);
    scanFile(
      source,
      new CsvScanner(syntaxOf({ delimiter: ',', quote: null, escape: null, newline: '\n' }), sample),
      64,
      () => true,
    );
    source.close();
    expect(sample.records.map((record) => record.cells)).toEqual([
      ['a', '"b'],
      ['c"', 'd'],
    ]);
  });
});
