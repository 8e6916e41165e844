import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectCsv } from '../../src/tabular/inspect-csv.ts';
import { codesOf, inspect, kindsOf, temporaryFile } from './temporary-file.ts';

/** Thirty rows made by a function of the row's number. */
function rows(header: string, row: (index: number) => string, count = 30): string {
  return `${[header, ...Array.from({ length: count }, (_, index) => row(index))].join('\n')}\n`;
}

describe('the dialect', () => {
  it.each([',', ';', '\t', '|'])('the delimiter %j is detected', (delimiter) => {
    const inspection = inspect(rows(['a', 'b', 'c'].join(delimiter), (index) => [index, 'x y', '1.5'].join(delimiter)));
    expect(inspection.dialect).toMatchObject({ delimiter, decimal: '.', hasHeader: true, newline: '\n', quote: '"' });
    expect(inspection.columnCount).toBe(3);
  });

  it('the delimiter is told from commas in numbers and in text', () => {
    const numbers = inspect(rows('a;b;c', (index) => `${index},5;2,25;"x, y, z"`));
    expect(numbers.dialect).toMatchObject({ delimiter: ';', decimal: ',' });
    expect(kindsOf(numbers)).toEqual({ a: 'NUMERIC', b: 'CONSTANT', c: 'CONSTANT' });
    const lists = inspect(rows('id,tags', (index) => `${index},a|b|c${index}`));
    expect(lists.dialect?.delimiter).toBe(',');
  });

  it('decimal commas inside quotes are read in a comma-separated file', () => {
    const inspection = inspect(rows('a,b', (index) => `"${index},5","0,25"`));
    expect(inspection.dialect).toMatchObject({ delimiter: ',', decimal: ',' });
    expect(inspection.table?.columns[0]).toMatchObject({ storage: 'number', kind: 'NUMERIC' });
    expect(inspection.columns[0]?.numeric).toMatchObject({ min: 0.5, max: 29.5 });
  });

  it('Excel’s line that names the delimiter is followed', () => {
    const inspection = inspect(`\ufeffsep=;\r\n${rows('a;b', (index) => `${index}.5;x,y`)}1\n`);
    expect(inspection.dialect).toMatchObject({ delimiter: ';', hasBom: true });
    expect(inspection.columns.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(inspection.preview[0]?.line).toBe(3);
    expect(inspection.issues.find(({ code }) => code === 'CSV_RAGGED_ROW')?.lines).toEqual([33]);
  });

  it('columns with decimal points and columns with decimal commas are read from one file', () => {
    const inspection = inspect(rows('a;b;c', (index) => `${index},5;${index}.25;${index % 7},125`));
    expect(inspection.columns.map(({ numeric }) => numeric?.min)).toEqual([0.5, 0.25, 0.125]);
  });

  it.each([
    ['\n', '\n'],
    ['\r\n', '\r\n'],
    ['\r', '\r'],
  ])('lines that end with %j are read', (newline) => {
    const inspection = inspect(rows('a,b', (index) => `${index},x${index % 3}`).replaceAll('\n', newline));
    expect(inspection.dialect?.newline).toBe(newline);
    expect(inspection.rowCount).toBe(30);
    expect(kindsOf(inspection)).toEqual({ a: 'IDENTIFIER', b: 'CATEGORICAL' });
  });

  it.each([
    ['1,2\n3,4\n5,6\n', false],
    ['a,b\n3,4\n5,6\n', true],
    ['x,y\np,q\nx,r\ny,q\n', true],
    ['p,q\np,q\nx,q\np,q\n', false],
    ['country,2000,2001,2002\nPeru,3,4,5\nChile,6,7,8\n', true],
    ['2000,2001,2002\n3.5,4,5\n6,7,8\n', true],
  ])('a header is recognised or not in %j', (content, hasHeader) => {
    const inspection = inspect(content);
    expect(inspection.dialect?.hasHeader).toBe(hasHeader);
    expect(codesOf(inspection).includes('CSV_HEADER_GUESSED')).toBe(!hasHeader);
  });

  it('columns without a header are named by their position', () => {
    const inspection = inspect('1,2\n3,4\n', { hasHeader: false });
    expect(inspection.columns.map(({ name }) => name)).toEqual(['column_1', 'column_2']);
    expect(inspection.rowCount).toBe(2);
  });
});

describe('encodings', () => {
  const text = rows('name,größe', (index) => `Ünal ${index % 4},${index}.5`);

  it.each([
    ['UTF-8', Buffer.from(text), 'utf-8', false],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${text}`), 'utf-8', true],
    ['windows-1252', Buffer.from(text, 'latin1'), 'windows-1252', false],
    ['UTF-16 LE', Buffer.from(`\ufeff${text}`, 'utf16le'), 'utf-16le', true],
    ['UTF-16 BE', Buffer.from(`\ufeff${text}`, 'utf16le').swap16(), 'utf-16be', true],
  ])('a file in %s is read', (_, bytes, encoding, hasBom) => {
    const inspection = inspect(bytes);
    expect(inspection.dialect).toMatchObject({ encoding, hasBom });
    expect(inspection.columns.map(({ name }) => name)).toEqual(['name', 'größe']);
    expect(inspection.columns[0]?.topValues[0]?.value).toBe('Ünal 0');
    expect(inspection.preview[1]).toEqual({ line: 3, cells: ['Ünal 1', '1.5'] });
    expect(inspection.accepted).toBe(true);
  });

  it('characters of windows-1252 beyond latin1 are read', () => {
    const bytes = Buffer.from(
      rows('a,b', (index) => `\x9c${index % 3},${index}`),
      'latin1',
    );
    expect(inspect(bytes).columns[0]?.topValues[0]?.value).toBe('œ0');
  });

  it('Cyrillic is told from Western European text, also in names and given missing tokens', () => {
    const bytes = (text: string) =>
      Buffer.from(
        Array.from(text, (letter) => (letter < '\u0080' ? letter.charCodeAt(0) : letter.charCodeAt(0) - 0x350)),
      );
    const content = bytes(rows('город,цена', (index) => `${['Москва', 'Казань', 'нет'][index % 3]},${index % 7}`));
    const columnKinds = [{ column: 'цена', kind: 'CATEGORICAL' }] as const;
    const inspection = inspect(content, { missingTokens: ['нет'], columnKinds });
    expect(inspection.dialect?.encoding).toBe('windows-1251');
    expect(kindsOf(inspection)).toEqual({ город: 'CATEGORICAL', цена: 'CATEGORICAL' });
    expect(inspection.columns[0]).toMatchObject({ missing: 10, topValues: [{ value: 'Москва' }, { value: 'Казань' }] });
  });

  it('the given encoding is used', () => {
    // 日本 in Shift_JIS; the last byte is an ASCII brace.
    const bytes = Buffer.concat([
      Buffer.from('a,b\n1,'),
      Buffer.from([0x93, 0xfa, 0x96, 0x7b]),
      Buffer.from('\n2,x\n'),
    ]);
    expect(inspect(bytes, { encoding: 'shift_jis' }).preview[0]?.cells).toEqual(['1', '日本']);
  });

  it('UTF-8 with a few damaged bytes stays UTF-8, with a warning', () => {
    const bytes = Buffer.concat([Buffer.from(text), Buffer.from('Jos'), Buffer.from([0xe9]), Buffer.from(',1.5\n')]);
    const inspection = inspect(bytes);
    expect(inspection.dialect?.encoding).toBe('utf-8');
    expect(codesOf(inspection)).toContain('CSV_ENCODING_DAMAGED');
    const column = inspection.table?.columns[0];
    expect(column?.storage === 'label' ? column.labels.at(-1) : null).toBe('Jos\ufffd');
  });

  it('labels that damaged bytes make look alike stay distinct', () => {
    const bytes = Buffer.concat([
      Buffer.from('ä,b\nö,1\nü,2\nß,1\n'),
      Buffer.from([0xe9, 0x2c, 0x31, 0x0a, 0xe8, 0x2c, 0x32, 0x0a]),
    ]);
    const column = inspect(bytes).table?.columns[0];
    expect(column).toMatchObject({ labels: ['ö', 'ü', 'ß', '\ufffd'], codes: Int32Array.of(0, 1, 2, 3, 3) });
  });
});

describe('reading', () => {
  it('the result does not depend on the size of the chunks', () => {
    const content = rows('id,n,text,when,flag', (index) => {
      const number = index === 20 ? 'NA' : index * 1.25;
      return `${index},${number},"a ""b""\n${index}",2024-01-${String((index % 28) + 1).padStart(2, '0')},${index % 2 ? 'Yes' : 'no'}`;
    });
    const whole = inspect(content);
    expect(whole.accepted).toBe(true);
    for (const chunkBytes of [1, 2, 3, 7, 64]) expect(inspect(content, {}, chunkBytes)).toEqual(whole);
  });

  it('a column is read again as labels if a cell after the sample is not a number', () => {
    const content = rows('a,b', (index) => `${index === 1500 ? 'x' : `0${index % 10}`},${index % 3}`, 2000);
    const column = inspect(content).table?.columns[0];
    expect(column).toMatchObject({ storage: 'label', kind: 'CATEGORICAL' });
    expect(column?.storage === 'label' ? column.labels : []).toEqual([
      ...Array.from({ length: 10 }, (_, digit) => `0${digit}`),
      'x',
    ]);
  });

  it('a column is read again as labels if it has no number before the first label', () => {
    const content = rows('a,b', (index) => `${index < 600 ? 'NA' : 'xy'[index % 2]},${index % 3}`, 1000);
    expect(inspect(content).columns[0]).toMatchObject({ kind: 'CATEGORICAL', missing: 600, distinct: 2 });
  });

  it('a quoted missing token is a missing value', () => {
    const content = rows('a,b', (index) => `${index % 2 ? '"None"' : 'None'},${index % 3}`);
    expect(inspect(content).columns[0]).toMatchObject({ missing: 30 });
  });

  it('lines of delimiters are rows, and blank lines are ignored', () => {
    const inspection = inspect('a,b,c\n1,2,x\n\n,,\n   \n3,4,y\n');
    expect(inspection.rowCount).toBe(3);
    expect(inspection.preview.map(({ line }) => line)).toEqual([2, 4, 6]);
    expect(inspection.columns.map(({ missing }) => missing)).toEqual([1, 1, 1]);
  });

  it.each([
    [1_000, 20, 1_000],
    [1_001, 19, 1_001],
    [20_000, 1, 20_000],
    [20_001, 1, 20_000],
  ])('the preview has at most 20,000 cells: of %j columns %j rows of %j cells', (columns, rowCount, cells) => {
    const line = (cell: string) => Array(columns).fill(cell).join();
    const { preview } = inspect([line('a'), ...Array(25).fill(line('1'))].join('\n'), { hasHeader: true });
    expect(preview.map((row) => row.cells.length)).toEqual(Array(rowCount).fill(cells));
  });

  it('missing tokens that are numbers are compared by value', () => {
    const content = rows(
      'a;b',
      (index) => `${index % 3 === 0 ? '-200' : index % 3 === 1 ? '-200,0' : '1,5'};${index},25`,
    );
    const inspection = inspect(content, { missingTokens: ['-200'] });
    expect(inspection.columns[0]).toMatchObject({ missing: 20, distinct: 1 });
    expect(inspection.preview[0]?.cells).toEqual([null, '0,25']);
    expect(inspection.preview[1]?.cells).toEqual([null, '1,25']);
  });

  it('the given thousands separator is used', () => {
    const inspection = inspect(
      rows('a;b', (index) => `1,${100 + index};x${index % 2}`),
      { thousands: ',' },
    );
    expect(inspection.columns[0]?.numeric).toMatchObject({ min: 1100, max: 1129 });
  });

  it('byte order marks before names, in concatenated files, are dropped', () => {
    const inspection = inspect(`\ufeff\ufeffid,a,\ufeffa\n${'1,2,3\n'.repeat(3)}`);
    expect(inspection.columns.map(({ name }) => name)).toEqual(['id', 'a', 'a_2']);
  });

  it('__proto__ and the like are ordinary names', () => {
    const inspection = inspect(rows('__proto__,constructor,b', (index) => `${index % 3},x${index % 2},1.${index}`));
    expect(inspection.columns.map(({ name }) => name)).toEqual(['__proto__', 'constructor', 'b']);
    expect(({} as Record<string, unknown>)['0']).toBeUndefined();
    expect(inspection.accepted).toBe(true);
  });

  it('a delimiter at the end of the header that no row has is dropped', () => {
    expect(inspect(rows('a,b,', (index) => `${index % 3},${index}.5`))).toMatchObject({
      columnCount: 2,
      accepted: true,
    });
  });

  it('progress grows to 1', () => {
    const seen: number[] = [];
    const path = temporaryFile(rows('a,b', (index) => `${index},x`));
    inspectCsv(path, {}, { minDataRows: 1, maxEmptyRatio: 1 }, (fraction) => seen.push(fraction), 64);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual(seen.toSorted((left, right) => left - right));
  });

  it('any bytes give a report', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: fc.constantFrom(...'a1,;"\n\r\t .é-'), maxLength: 200 }).map((text) => Buffer.from(text)),
      fc.string({ unit: 'binary', maxLength: 60 }).map((text) => Buffer.from(`\ufeff${text}`, 'utf16le')),
    );
    fc.assert(
      fc.property(bytes, (content) => {
        const inspection = inspect(content);
        expect(inspection.accepted).toBe(inspection.issues.every(({ severity }) => severity !== 'ERROR'));
        expect(inspection.table !== null).toBe(inspection.accepted);
        expect(() => JSON.stringify(inspection.issues)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });
});
