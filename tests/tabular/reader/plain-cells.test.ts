import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LabelReader, NumberReader } from '../../../src/tabular/reader/cell-reader.ts';
import { scanInto, TableSink } from '../../../src/tabular/reader/csv-reader.ts';
import { NullTokens } from '../../../src/tabular/reader/null-tokens.ts';
import { RowBuffer } from '../../../src/tabular/scan/row-buffer.ts';
import { temporaryFile } from '../temporary-file.ts';

/** Takes every cell one by one, as if none were plain. */
class OneByOne extends TableSink {
  override get plain(): null {
    return null;
  }
}

/** What makes trouble next to the end of a chunk, in a column of numbers, or next to a quote. */
const cell = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('1', '-2.5', '+3', '0', '-0', '.5', '5.', '12345678901234', '1e3', '7,25') },
  fc.constantFrom('123456789012345', '1234567890123456', '12345678901234567890123', '1e400', '-1e-400', '1e', '1e+'),
  fc.constantFrom('0.1234567890123456789', `${'0'.repeat(30)}7`, `${'0'.repeat(450)}7`, `1e${'0'.repeat(450)}2`),
  fc.constantFrom('', ' ', '-', '+', '.', 'NA', '?', 'null', '-200', '-2e2', '-200.0', '-9,5', 'inf', '-Infinity'),
  fc.constantFrom('x', 'é', 'abcdefgh', 'abcdefghi', 'abcdefghijklmnop', '1 2', '1.2.3', '1,234', '1.234,5', '12:30'),
  fc.constantFrom(
    '"1"',
    '" 2 "',
    '"a""b"',
    '"a\nb"',
    '"a\r\nb"',
    '"\r"',
    '""',
    '" "',
    '"x',
    'a"b',
    '"a"b',
    '"a" ',
    "'",
  ),
  fc.constantFrom(
    '"a\\"b"',
    '"a\\\\"',
    '\\"x',
    '\\',
    'x\\,y',
    'x\\;',
    'a\\\n',
    '"\\\r\n"',
    '^"',
    '"a^"',
    '"^"b"',
    '\\\r',
    '7\\',
  ),
  fc.constantFrom(' 1', '1 ', '\t1', '1\v', '\fx ', '1\r', '\r1', '\r', '"1"\r', '1\r\r', 'y'.repeat(300)),
);

const files = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|', ' '),
  quote: fc.constantFrom('"', "'", null),
  escape: fc.constantFrom(null, null, '\\', '^'),
  newline: fc.constantFrom('\n', '\r\n', '\r'),
  decimal: fc.constantFrom('.', ','),
  columns: fc.array(fc.constantFrom('number', 'forced', 'label'), { minLength: 1, maxLength: 4 }),
  /** Records with the separator after each cell: now and then a line ends early, late, or in another way. */
  cells: fc.array(
    fc.tuple(
      cell,
      fc.oneof({ weight: 12, arbitrary: fc.constant(null) }, fc.constantFrom('\n', '\r\n', '\r', ',', '')),
    ),
    { maxLength: 60 },
  ),
  missing: fc.subarray(['-200', '-9,5', 'x', '5.']),
  expectedRows: fc.constantFrom(0, 1, 100),
  chunkBytes: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 600 })),
  repeats: fc.constantFrom(1, 1, 1, 20),
});

type HostileFile = typeof files extends fc.Arbitrary<infer Value> ? Value : never;

function written({ delimiter, newline, columns, cells, repeats }: HostileFile): string {
  const text = cells.map(([text, end], index) => {
    const isLast = index % columns.length === columns.length - 1;
    return text + (end ?? (isLast ? newline : delimiter));
  });
  return text.join('').repeat(repeats);
}

function read(file: HostileFile, path: string, columns: HostileFile['columns'], Sink: typeof TableSink) {
  const { delimiter, quote, newline, decimal, expectedRows, chunkBytes } = file;
  const format = { decimal, thousands: '' };
  const task = {
    path,
    dialect: {
      delimiter,
      quote,
      escape: file.escape,
      newline,
      decimal,
      encoding: 'utf-8',
      hasBom: false,
      hasHeader: false,
    },
    skip: 0,
    firstLine: 1,
    plans: columns.map((storage) => {
      const kind = storage === 'forced' ? ('NUMERIC' as const) : null;
      return { storage: storage === 'label' ? storage : ('number' as const), format, kind };
    }),
    missing: new NullTokens({ missingTokens: file.missing }, format),
    expectedRows,
    chunkBytes,
  };
  using sink = new Sink(task, task.plans);
  scanInto(task, sink, () => {});
  const { rowCount, metadata: marks, faults, readers } = sink;
  return {
    rowCount,
    faults,
    demoted: sink.demoted,
    relabelled: sink.relabelled,
    lines: marks.lines.slice(0, rowCount),
    hashes: marks.hashes.slice(0, rowCount * 2),
    present: marks.present.slice(0, rowCount),
    columns: readers.map((reader) => (reader === null ? null : contentOf(reader, rowCount))),
  };
}

function contentOf(reader: NumberReader | LabelReader, rowCount: number) {
  if ('dictionary' in reader) {
    const dictionary = reader.dictionary.read((bytes, start, end) => bytes.toString('latin1', start, end), 'a');
    return { codes: reader.codes.slice(0, rowCount), missing: reader.missing, dictionary };
  }
  const { missing, nonFinite, range } = reader;
  return { values: reader.values.slice(0, rowCount), missing, nonFinite, range };
}

describe('cells that are taken many at once', () => {
  it('cells read many at a time equal those read one by one, whatever the size of the chunks', () => {
    fc.assert(
      fc.property(files, (file) => {
        const path = temporaryFile(written(file));
        const plain = read(file, path, file.columns, TableSink);
        const slow = read(file, path, file.columns, OneByOne);
        expect(plain.relabelled).toEqual(slow.relabelled);
        // What was lost before a column was given up may differ; what is read in its place may not.
        expect(plain.relabelled.size === 0 ? plain : slow).toStrictEqual(slow);
        const columns = file.columns.map((column, index) => (plain.relabelled.has(index) ? 'label' : column));
        expect(read(file, path, columns, TableSink)).toStrictEqual(read(file, path, columns, OneByOne));
      }),
      { numRuns: 1500 },
    );
  });

  it('a reader starts with no rows in memory that was released with buffered rows', () => {
    const syntax = { delimiter: 44, quote: 34, escape: -1, carriageReturnEnds: false };
    const missing = new NullTokens({}, { decimal: '.', thousands: '' });
    const read = (text: string) => {
      using rows = new RowBuffer(syntax, 1, 100, missing, 1);
      const codes = rows.takeAsLabels(0, rows.newDictionary());
      const bytes = rows.buffer(text.length + 1);
      bytes.write(`${text}\n`);
      rows.scan(bytes, 0, text.length, { column: 0, recordLine: 1, line: 1 });
      return { count: rows.count, codes: codes.slice(0, rows.count), hashes: rows.hashes.slice(0, rows.count * 2) };
    };
    const first = read('a\nb\na\n');
    expect(first).toMatchObject({ count: 3, codes: Int32Array.of(0, 1, 0) });
    expect(read('a\nb\na\n')).toEqual(first);
  });

  it('distinct texts take linear time even if a simple hash would collide', () => {
    const texts = Array.from({ length: 1 << 14 }, (_, number) => {
      // Changes in pairs that cancel each other out where words are multiplied only once between them.
      const text = Buffer.alloc(14 * 16, 'a');
      for (let bit = 0; bit < 14; bit++) {
        if (((number >> bit) & 1) === 0) continue;
        for (const at of [7, 11, 15]) text[bit * 16 + at] = 0xe1;
      }
      return text;
    });
    using rows = new RowBuffer(
      { delimiter: 44, quote: 34, escape: -1, carriageReturnEnds: false },
      1,
      16,
      new NullTokens({}, { decimal: '.', thousands: '' }),
      1,
    );
    const dictionary = rows.newDictionary();
    const hashes = new Set<string>();
    for (const text of texts) {
      rows.takeLabel(dictionary, text, 0, text.length, 1);
      rows.endRow(1);
      hashes.add(rows.hashes.subarray(0, 2).join());
      rows.clear();
    }
    expect(hashes.size).toBe(texts.length);
  });
});
