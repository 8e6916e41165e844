import fc from 'fast-check';
import { expect, test } from 'vitest';
import { trimCell } from '../../../src/runtime/values/cells.ts';
import { ESCAPED, RecordScanner, unescapeCell } from '../../../src/tabular/records/record-scanner.ts';
import { CsvScanner, type CsvSyntax } from '../../../src/tabular/scan/csv-scanner.ts';

/** The cells of each record, as the reader of files finds them. */
function readByReader(text: string, syntax: CsvSyntax): string[][] {
  const records: string[][] = [];
  let cells: string[] = [];
  const bytes = Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from('\n')]);
  const sink = {
    cell: (_: number, from: Buffer, start: number, end: number) => void cells.push(from.toString('latin1', start, end)),
    recordEnd: () => {
      records.push(cells);
      cells = [];
      return true;
    },
    fault: () => undefined,
  };
  new CsvScanner(syntax, sink).scan(bytes, bytes.length - 1, true);
  return records;
}

/** The same by the scanner that remembers places; with the bytes of each record. */
function readByPlace(text: string, syntax: CsvSyntax): { cells: string[][]; raw: string[] } {
  const bytes = Buffer.concat([Buffer.from(text, 'latin1'), Buffer.from('\n')]);
  const scanner = new RecordScanner(syntax, 100);
  const [cells, raw]: [string[][], string[]] = [[], []];
  for (let at = 0; at < bytes.length - 1; ) {
    const next = scanner.next(bytes, at, bytes.length - 1, true);
    expect(next).toBeGreaterThan(at);
    at = next;
    if (scanner.cellCount === 0) continue;
    const record = Array.from({ length: scanner.cellCount }, (_, column) => {
      const content = bytes.toString('latin1', scanner.starts[column], scanner.ends[column]);
      return scanner.forms[column] === ESCAPED ? unescapeCell(content, syntax) : content;
    });
    cells.push(record);
    raw.push(bytes.toString('latin1', scanner.rawStarts[0], scanner.rawEnds[scanner.cellCount - 1]));
  }
  return { cells, raw };
}

const syntaxes: readonly CsvSyntax[] = [
  { delimiter: 44, quote: 34, escape: -1, carriageReturnEnds: false },
  { delimiter: 44, quote: 34, escape: 92, carriageReturnEnds: false },
  { delimiter: 9, quote: 39, escape: -1, carriageReturnEnds: true },
  { delimiter: 44, quote: -1, escape: -1, carriageReturnEnds: false },
];
const texts = fc
  .array(fc.constantFrom('a', 'b1', ',', '"', "'", '""', '\n', '\r\n', '\r', ' ', '\t', '\\', '-', '=x', '\u00e4'), {
    maxLength: 40,
  })
  .map((pieces) => pieces.join(''));

test.each(syntaxes)('any text has the cells that the reader of files finds: %o', (syntax) => {
  fc.assert(
    fc.property(texts, (text) => {
      const trimmed = (records: string[][]) => records.map((cells) => cells.map(trimCell));
      expect(trimmed(readByPlace(text, syntax).cells)).toEqual(trimmed(readByReader(text, syntax)));
    }),
    { numRuns: 2_000 },
  );
});

test('the bytes of a record are those of the file, without its line end', () => {
  const { raw } = readByPlace('a, "b ""c""" ,d\r\n\r\n"x\ny",2,3\n', {
    delimiter: 44,
    quote: 34,
    escape: -1,
    carriageReturnEnds: false,
  });
  expect(raw).toEqual(['a, "b ""c""" ,d', '"x\ny",2,3']);
});

test('bytes that end within a record say so', () => {
  const syntax: CsvSyntax = { delimiter: 44, quote: 34, escape: -1, carriageReturnEnds: false };
  const scanner = new RecordScanner(syntax, 3);
  const bytes = Buffer.from('a,"b\nc\n');
  expect(scanner.next(bytes, 0, bytes.length - 1, false)).toBe(-1);
});
