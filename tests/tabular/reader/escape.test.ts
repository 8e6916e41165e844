import { describe, expect, it } from 'vitest';
import { codesOf, inspect } from '../temporary-file.ts';
import { inspectBoth, issuesOf, lines } from './both-readers.ts';

const escaped = `"id","title","year"\n${lines((index) => `"${index}","A \\"big\\" day, C:\\\\x\\n ${index % 3}","${1990 + index}"`)}`;

describe('an escape character', () => {
  it('a backslash before quotes in quotes is detected as the escape character', async () => {
    const inspection = await inspectBoth(escaped);
    expect(inspection.dialect?.escape).toBe('\\');
    expect(inspection.preview[1]?.cells).toEqual(['1', 'A "big" day, C:\\x\\n 1', '1991']);
    expect(issuesOf(inspection, 'CSV_ESCAPE_FOUND')).toMatchObject([{ severity: 'INFO' }]);
  });

  it.each([
    ['before delimiters outside quotes', `a,b,c\n${lines((index) => `Lee\\, Ann,${index},x${index % 3}`)}`, 'Lee, Ann'],
    ['before line ends', `a,b,c\n${lines((index) => `one\\\ntwo,${index},x${index % 3}`)}`, 'one\ntwo'],
    ['with carriage returns alone', `a,b,c\r${lines((index) => `"\\"q\\"",${index},x${index % 3}`, 40, '\r')}`, '"q"'],
  ])('the escape character is detected %s', async (_, content, first) => {
    const inspection = await inspectBoth(content);
    expect(inspection).toMatchObject({ accepted: true, rowCount: 40, dialect: { escape: '\\' } });
    expect(inspection.preview[0]?.cells[0]).toBe(first);
  });

  it('the escape character is detected even long after the sample', async () => {
    const content = `id,title\n${lines((index) => `${index},"plain ${index % 5}"`, 2500)}7,"late \\"quote\\", here"\n8,"x"\n`;
    const inspection = await inspectBoth(content);
    expect(inspection).toMatchObject({ accepted: true, rowCount: 2502, dialect: { escape: '\\' } });
  });

  it.each([
    ['in paths', `a,b\n${lines((index) => `"C:\\dir ${index % 3}\\",${index}`)}`, 'C:\\dir 0\\'],
    ['beside doubled quotes', `a,b\n${lines((index) => `"say ""so\\n"" ${index % 3}",${index}`)}`, 'say "so\\n" 0'],
    ['in cells without quotes', `a,b\n${lines((index) => `x\\y ${index % 3},${index}`)}`, 'x\\y 0'],
  ])('a backslash is not an escape character %s', async (_, content, first) => {
    const inspection = await inspectBoth(content);
    expect(inspection.dialect?.escape).toBeNull();
    expect(inspection.preview[0]?.cells[0]).toBe(first);
    expect(codesOf(inspection)).not.toContain('CSV_ESCAPE_FOUND');
  });

  it('the given escape character is used without a message, or none if so given', async () => {
    const other = await inspectBoth(escaped.replaceAll('\\"', '^"'), { escape: '^' });
    expect(other.preview[1]?.cells[1]).toBe('A "big" day, C:\\\\x\\n 1');
    expect(codesOf(other)).not.toContain('CSV_ESCAPE_FOUND');
    expect(codesOf(inspect(escaped, { escape: '' }))).toContain('CSV_TEXT_AFTER_QUOTE');
    expect(inspect(escaped, { escape: '"' }).dialect?.escape).toBeNull();
  });

  it.each(['x', '::', '5'])('the escape character must not be %j', (mark) => {
    expect(inspect(escaped, { escape: mark }).issues[0]).toMatchObject({
      code: 'CSV_OPTION_INVALID',
      message: expect.stringContaining('escape'),
    });
  });

  it('the escape character must not be the delimiter', () => {
    expect(codesOf(inspect(escaped, { escape: ',', delimiter: ',' }))).toEqual(['CSV_OPTION_INVALID']);
  });
});

describe('single quotes', () => {
  it('single quotes are detected if they enclose delimiters, or most cells', async () => {
    const held = await inspectBoth(`'a','b'\n${lines((index) => `'x, ${index % 3}','${index}'`)}`);
    expect(held).toMatchObject({ accepted: true, columnCount: 2, dialect: { quote: "'" } });
    const all = await inspectBoth(`'a','b'\n${lines((index) => `'x${index % 3}','${index}'`)}`);
    expect(all.columns.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(all.dialect?.quote).toBe("'");
  });

  it.each([
    ['apostrophes', `a,b\n${lines((index) => `it's ${index % 3},${index}`)}`],
    ['apostrophes before numbers', `a,b\n${lines((index) => `'000${index},${index}`)}`],
    ['a quoted word here and there', `a,b,c,d\n${lines((index) => `${index % 3 ? 'x' : "'x'"},${index},y,z`)}`],
  ])('single quotes are characters in a file with %s', (_, content) => {
    expect(inspect(content).dialect?.quote).toBe('"');
  });
});
