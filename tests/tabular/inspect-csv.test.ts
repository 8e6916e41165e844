import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectCsv } from '../../src/tabular/inspect-csv.ts';
import { codesOf, inspect, kindsOf, temporaryFile } from './temporary-file.ts';

/** Thirty rows made by a function of the row's number. */
function rows(header: string, row: (index: number) => string, count = 30): string {
  return `${[header, ...Array.from({ length: count }, (_, index) => row(index))].join('\n')}\n`;
}

describe('the dialect', () => {
  it.each([',', ';', '\t', '|'])('finds the delimiter %j', (delimiter) => {
    const inspection = inspect(rows(['a', 'b', 'c'].join(delimiter), (index) => [index, 'x y', '1.5'].join(delimiter)));
    expect(inspection.dialect).toMatchObject({ delimiter, decimal: '.', hasHeader: true, newline: '\n', quote: '"' });
    expect(inspection.columnCount).toBe(3);
  });

  it('tells the delimiter from commas in numbers and in text', () => {
    const numbers = inspect(rows('a;b;c', (index) => `${index},5;2,25;"x, y, z"`));
    expect(numbers.dialect).toMatchObject({ delimiter: ';', decimal: ',' });
    expect(kindsOf(numbers)).toEqual({ a: 'NUMERIC', b: 'CONSTANT', c: 'CONSTANT' });
    const lists = inspect(rows('id,tags', (index) => `${index},a|b|c${index}`));
    expect(lists.dialect?.delimiter).toBe(',');
  });

  it('reads a decimal comma inside quotes in a file divided by commas', () => {
    const inspection = inspect(rows('a,b', (index) => `"${index},5","0,25"`));
    expect(inspection.dialect).toMatchObject({ delimiter: ',', decimal: ',' });
    expect(inspection.table?.columns[0]).toMatchObject({ storage: 'number', kind: 'NUMERIC' });
    expect(inspection.columns[0]?.numeric).toMatchObject({ min: 0.5, max: 29.5 });
  });

  it("follows Excel's line that names the delimiter", () => {
    const inspection = inspect(`\ufeffsep=;\r\n${rows('a;b', (index) => `${index}.5;x,y`)}1\n`);
    expect(inspection.dialect).toMatchObject({ delimiter: ';', hasBom: true });
    expect(inspection.columns.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(inspection.preview[0]?.line).toBe(3);
    expect(inspection.issues.find(({ code }) => code === 'CSV_RAGGED_ROW')?.lines).toEqual([33]);
  });

  it('reads columns with a point and columns with a comma in one file', () => {
    const inspection = inspect(rows('a;b;c', (index) => `${index},5;${index}.25;${index % 7},125`));
    expect(inspection.columns.map(({ numeric }) => numeric?.min)).toEqual([0.5, 0.25, 0.125]);
  });

  it.each([
    ['\n', '\n'],
    ['\r\n', '\r\n'],
    ['\r', '\r'],
  ])('reads lines that end with %j', (newline) => {
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
  ])('tells whether %j has a header', (content, hasHeader) => {
    const inspection = inspect(content);
    expect(inspection.dialect?.hasHeader).toBe(hasHeader);
    expect(codesOf(inspection).includes('CSV_HEADER_GUESSED')).toBe(!hasHeader);
  });

  it('names the columns by their place without a header', () => {
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
  ])('reads %s', (_, bytes, encoding, hasBom) => {
    const inspection = inspect(bytes);
    expect(inspection.dialect).toMatchObject({ encoding, hasBom });
    expect(inspection.columns.map(({ name }) => name)).toEqual(['name', 'größe']);
    expect(inspection.columns[0]?.topValues[0]?.value).toBe('Ünal 0');
    expect(inspection.preview[1]).toEqual({ line: 3, cells: ['Ünal 1', '1.5'] });
    expect(inspection.accepted).toBe(true);
  });

  it('reads the letters that windows-1252 has beyond latin1', () => {
    const bytes = Buffer.from(
      rows('a,b', (index) => `\x9c${index % 3},${index}`),
      'latin1',
    );
    expect(inspect(bytes).columns[0]?.topValues[0]?.value).toBe('œ0');
  });

  it('tells Cyrillic from Western letters, also in names and missing tokens it is given', () => {
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

  it('reads the encoding it is told', () => {
    // 日本 in Shift_JIS; the last byte is an ASCII brace.
    const bytes = Buffer.concat([
      Buffer.from('a,b\n1,'),
      Buffer.from([0x93, 0xfa, 0x96, 0x7b]),
      Buffer.from('\n2,x\n'),
    ]);
    expect(inspect(bytes, { encoding: 'shift_jis' }).preview[0]?.cells).toEqual(['1', '日本']);
  });

  it('keeps UTF-8 with a few damaged bytes UTF-8, and says so', () => {
    const bytes = Buffer.concat([Buffer.from(text), Buffer.from('Jos'), Buffer.from([0xe9]), Buffer.from(',1.5\n')]);
    const inspection = inspect(bytes);
    expect(inspection.dialect?.encoding).toBe('utf-8');
    expect(codesOf(inspection)).toContain('CSV_ENCODING_DAMAGED');
    const column = inspection.table?.columns[0];
    expect(column?.storage === 'label' ? column.labels.at(-1) : null).toBe('Jos\ufffd');
  });

  it('keeps labels distinct where damaged bytes read alike', () => {
    const bytes = Buffer.concat([
      Buffer.from('ä,b\nö,1\nü,2\nß,1\n'),
      Buffer.from([0xe9, 0x2c, 0x31, 0x0a, 0xe8, 0x2c, 0x32, 0x0a]),
    ]);
    const column = inspect(bytes).table?.columns[0];
    expect(column).toMatchObject({ labels: ['ö', 'ü', 'ß', '\ufffd'], codes: Int32Array.of(0, 1, 2, 3, 3) });
  });
});

describe('reading', () => {
  it('does not depend on the size of the chunks', () => {
    const content = rows('id,n,text,when,flag', (index) => {
      const number = index === 20 ? 'NA' : index * 1.25;
      return `${index},${number},"a ""b""\n${index}",2024-01-${String((index % 28) + 1).padStart(2, '0')},${index % 2 ? 'Yes' : 'no'}`;
    });
    const whole = inspect(content);
    expect(whole.accepted).toBe(true);
    for (const chunkBytes of [1, 2, 3, 7, 64]) expect(inspect(content, {}, chunkBytes)).toEqual(whole);
  });

  it('reads again as labels what turned out not to be numbers after the rows that were looked at', () => {
    const content = rows('a,b', (index) => `${index === 1500 ? 'x' : `0${index % 10}`},${index % 3}`, 2000);
    const column = inspect(content).table?.columns[0];
    expect(column).toMatchObject({ storage: 'label', kind: 'CATEGORICAL' });
    expect(column?.storage === 'label' ? column.labels : []).toEqual([
      ...Array.from({ length: 10 }, (_, digit) => `0${digit}`),
      'x',
    ]);
  });

  it('reads again as labels what had no number before the first label', () => {
    const content = rows('a,b', (index) => `${index < 600 ? 'NA' : 'xy'[index % 2]},${index % 3}`, 1000);
    expect(inspect(content).columns[0]).toMatchObject({ kind: 'CATEGORICAL', missing: 600, distinct: 2 });
  });

  it('takes a text for "no value" within quotes for one', () => {
    const content = rows('a,b', (index) => `${index % 2 ? '"None"' : 'None'},${index % 3}`);
    expect(inspect(content).columns[0]).toMatchObject({ missing: 30 });
  });

  it('takes lines of delimiters for rows and blank lines for nothing', () => {
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
  ])('shows at most 20,000 cells: of %j columns %j rows of %j cells', (columns, rowCount, cells) => {
    const line = (cell: string) => Array(columns).fill(cell).join();
    const { preview } = inspect([line('a'), ...Array(25).fill(line('1'))].join('\n'), { hasHeader: true });
    expect(preview.map((row) => row.cells.length)).toEqual(Array(rowCount).fill(cells));
  });

  it('counts missing tokens that are numbers by their value', () => {
    const content = rows(
      'a;b',
      (index) => `${index % 3 === 0 ? '-200' : index % 3 === 1 ? '-200,0' : '1,5'};${index},25`,
    );
    const inspection = inspect(content, { missingTokens: ['-200'] });
    expect(inspection.columns[0]).toMatchObject({ missing: 20, distinct: 1 });
    expect(inspection.preview[0]?.cells).toEqual([null, '0,25']);
    expect(inspection.preview[1]?.cells).toEqual([null, '1,25']);
  });

  it('reads thousands where it is told of them', () => {
    const inspection = inspect(
      rows('a;b', (index) => `1,${100 + index};x${index % 2}`),
      { thousands: ',' },
    );
    expect(inspection.columns[0]?.numeric).toMatchObject({ min: 1100, max: 1129 });
  });

  it('drops byte order marks before names, where files were put together', () => {
    const inspection = inspect(`\ufeff\ufeffid,a,\ufeffa\n${'1,2,3\n'.repeat(3)}`);
    expect(inspection.columns.map(({ name }) => name)).toEqual(['id', 'a', 'a_2']);
  });

  it('keeps __proto__ and the like as names', () => {
    const inspection = inspect(rows('__proto__,constructor,b', (index) => `${index % 3},x${index % 2},1.${index}`));
    expect(inspection.columns.map(({ name }) => name)).toEqual(['__proto__', 'constructor', 'b']);
    expect(({} as Record<string, unknown>)['0']).toBeUndefined();
    expect(inspection.accepted).toBe(true);
  });

  it('drops a delimiter at the end of the header that no row has', () => {
    expect(inspect(rows('a,b,', (index) => `${index % 3},${index}.5`))).toMatchObject({
      columnCount: 2,
      accepted: true,
    });
  });

  it('reports progress that grows to 1', () => {
    const seen: number[] = [];
    const path = temporaryFile(rows('a,b', (index) => `${index},x`));
    inspectCsv(path, {}, { minDataRows: 1, maxEmptyRatio: 1 }, (fraction) => seen.push(fraction), 64);
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual(seen.toSorted((left, right) => left - right));
  });

  it('gives an inspection for any bytes', () => {
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
