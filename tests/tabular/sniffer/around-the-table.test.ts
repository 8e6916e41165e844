import { describe, expect, it } from 'vitest';
import { inspectBoth, issuesOf, lines, namesOf } from '../reader/both-readers.ts';
import { codesOf, inspect } from '../temporary-file.ts';

const row = (index: number) => `${6000 + index * 7},${'North South East'.split(' ')[index % 3]},${(index * 37) % 90}`;
const table = `member,region,visits\n${lines(row)}`;

describe('after the last line', () => {
  it.each([
    ['Ctrl-Z', '\x1a', 1],
    ['Ctrl-Z on a line of its own', '\x1a\r\n', 3],
    ['NUL bytes', '\0\0\0\0', 4],
    ['NUL bytes and line ends', '\n\0\0\n\0', 4],
    ['Ctrl-Z up to the end of a sector', '\x1a'.repeat(128), 128],
    ['more than is looked at once', '\0'.repeat(200_000), 200_000],
  ])('after the last line, %s is left out', async (_, marks, count) => {
    const inspection = await inspectBoth(table + marks);
    expect(inspection).toMatchObject({ accepted: true, rowCount: 40 });
    expect(codesOf(inspection)).toContain('CSV_END_MARKS');
    expect(issuesOf(inspection, 'CSV_END_MARKS')[0]).toMatchObject({ severity: 'INFO' });
    expect(issuesOf(inspection, 'CSV_END_MARKS')[0]?.message).toContain(`${count.toLocaleString('en-US')} byte`);
  });

  it('Ctrl-Z in the last line without a line end is left out, also in UTF-16', async () => {
    const bare = await inspectBoth(`${table.trimEnd()}\x1a`);
    expect(bare.columns[2]).toMatchObject({ kind: 'NUMERIC', missing: 0 });
    const wide = await inspectBoth(Buffer.from(`\ufeff${table}\x1a\0\0`, 'utf16le'));
    expect(wide).toMatchObject({ accepted: true, rowCount: 40 });
    expect(codesOf(wide)).toContain('CSV_END_MARKS');
  });

  it.each([
    ['a NUL byte in the last line', `${table}1,North\0,3\n`, 'CSV_NUL_BYTE'],
    ['a NUL byte before the end of the last line', `${table}1,North,3\0\n`, 'CSV_NUL_BYTE'],
    ['nothing but NUL bytes', '\0'.repeat(100), 'CSV_NUL_BYTE'],
  ])('a file with %s is refused nevertheless', (_, content, code) => {
    expect(codesOf(inspect(content))).toContain(code);
  });

  it('a file that ends with its last line gives no message', () => {
    for (const content of [table, table.trimEnd(), `${table}\n\n`]) {
      expect(codesOf(inspect(content))).not.toContain('CSV_END_MARKS');
    }
  });
});

describe('above the header', () => {
  it.each([
    ['a title of one cell', 'Monthly report\n', [1]],
    ['a title that is filled up', 'Monthly report,3/13/2025,\n', [1]],
    ['a title, a date and a line of delimiters', 'Monthly report,,\nfrom 3/13/2025,,\n,,\n', [1, 2, 3]],
    ['a title and a blank line', '"Report, ""all"""\n\n', [1]],
    ['comments', '# made by a sensor, in the lab, today\n# second line\n', [1, 2]],
  ])('above the header, %s is left out with a warning', async (_, title, at) => {
    const inspection = await inspectBoth(title + table);
    expect(namesOf(inspection)).toEqual(['member', 'region', 'visits']);
    expect(inspection).toMatchObject({ accepted: true, rowCount: 40 });
    expect(issuesOf(inspection, 'CSV_TITLE_LINES')).toMatchObject([{ severity: 'WARNING', lines: at }]);
    expect(inspection.preview[0]?.line).toBe(title.split('\n').length + 1);
  });

  it('lines above the header are left out in UTF-16, after a line for Excel, and before a header of years', async () => {
    const wide = await inspectBoth(Buffer.from(`\ufeffsep=,\r\nBericht für März\r\n${table}`, 'utf16le'));
    expect(namesOf(wide)).toEqual(['member', 'region', 'visits']);
    expect(issuesOf(wide, 'CSV_TITLE_LINES')[0]).toMatchObject({
      lines: [2],
      message: expect.stringContaining('März'),
    });
    const years = `"Data Source","Indicators",\n\n"Last Updated","2024-05-30",\n\n"Country","Code","1990","1991","1992","1993",\n${lines((index) => `"Land ${index}","L${index}","${index}.5","","${index * 2}","",`)}`;
    const inspection = await inspectBoth(years);
    expect(namesOf(inspection).slice(0, 4)).toEqual(['Country', 'Code', '1990', '1991']);
    expect(issuesOf(inspection, 'CSV_TITLE_LINES')[0]?.lines).toEqual([1, 3]);
  });

  it.each([
    ['a header', table],
    ['a header without its last name', `member,region,\n${lines(row)}`],
    ['a header without most names', `member,,\n${lines(row)}`],
    [
      'a header of words above rows of words',
      `name,city,\n${lines((index) => `n${index},c${index % 4},x${index % 5}`)}`,
    ],
    ['a header whose last column is empty', `name,city,\n${lines((index) => `n${index},c${index % 4},`)}`],
    ['no header', lines(row)],
    ['a first row with missing cells', `${lines((index) => (index === 0 ? '5,,' : row(index)))}`],
    ['a name that is #', `#,region,visits\n${lines(row)}`],
    ['a comment sign before the names', `#member,region,visits\n${lines(row)}`],
  ])('no line is taken for a preamble in a file with %s', async (_, content) => {
    const inspection = await inspectBoth(content);
    expect(codesOf(inspection)).not.toContain('CSV_TITLE_LINES');
    expect(inspection.columnCount).toBe(3);
  });

  it('nothing above is left out if the file is said to have no header', () => {
    const inspection = inspect(`Monthly report,,\n${table}`, { hasHeader: false });
    expect(inspection.rowCount).toBe(42);
  });
});

describe('a second line of the header', () => {
  it.each([
    ['units', 'depth,flow,kind\nm,m3/s,\n'],
    ['names below groups', '2023,2024,\nsales,sales,kind\n'],
  ])('a second header line is reported: %s', async (_, header) => {
    const inspection = await inspectBoth(`${header}${lines((index) => `${index * 1.5},${index % 7},v${index % 3}`)}`);
    expect(issuesOf(inspection, 'CSV_SECOND_HEADER')).toMatchObject([{ severity: 'WARNING', lines: [2] }]);
    expect(inspection.rowCount).toBe(41);
  });

  it.each([
    ['one word in the first row', 'depth,flow,kind\nlow,0.5,v1\n'],
    ['words in a later row', 'depth,flow,kind\n0.5,3,v1\nlow,high,v1\n'],
    ['empty cells in the first row', 'depth,flow,kind\n,,v1\n'],
  ])('no second header line is reported in %s', async (_, header) => {
    const inspection = await inspectBoth(`${header}${lines((index) => `${index * 1.5},${index % 7},v${index % 3}`)}`);
    expect(codesOf(inspection)).not.toContain('CSV_SECOND_HEADER');
  });
});

describe('below the table', () => {
  it('single cells below a blank line are left out, whatever they contain', async () => {
    for (const below of ['\n* provisional\nrevised in May\n', '\n\n"as it was sent"\n\nL. Meier', '\nend\n\n']) {
      const inspection = await inspectBoth(table + below);
      expect(inspection).toMatchObject({ accepted: true, rowCount: 40 });
      expect(issuesOf(inspection, 'CSV_SUMMARY_LINES')).toMatchObject([{ severity: 'WARNING' }]);
    }
  });

  it('a single cell right below the rows is refused, and a multi-line cell is kept', async () => {
    expect(codesOf(inspect(`${table}6280,Nor`))).toContain('CSV_RAGGED_ROW');
    const quoted = await inspectBoth(`${table}1,"North\n\nand\n\nby it",3\n2,5,"so\n\nlate"\n`);
    expect(quoted).toMatchObject({ accepted: true, rowCount: 42 });
  });

  it.each([
    ['a total and a page number, filled up', '"Grand total: 3,704",,\nPage -1 of 1,,\n', [42, 43]],
    ['a total that is a number', 'Total,,1234\n', [42]],
    ['a total in another column', ',Total,1234\n', [42]],
    ['a page number alone', 'Page 3 of 3\n', [42]],
    ['a source after a blank line', '\nSource: the office, 2025\n', [43]],
    ['a total without a line end', 'Total', [42]],
    ['a line of text where numbers are', 'printed by Anna,,\n', [42]],
    ['a total in other words', 'Gesamt;;99\n'.replaceAll(';', ','), [42]],
    ['a line of delimiters before the total', ',,\nTotal,,99\n', [43]],
  ])('below the table, %s is left out with a warning', async (_, below, at) => {
    const inspection = await inspectBoth(table + below);
    expect(issuesOf(inspection, 'CSV_SUMMARY_LINES')).toMatchObject([{ severity: 'WARNING', lines: at }]);
    expect(issuesOf(inspection, 'CSV_SUMMARY_LINES')[0]?.message).toContain('left out');
    expect(inspection).toMatchObject({ accepted: true, rowCount: below.startsWith(',,') ? 41 : 40 });
    expect(inspection.columns.map(({ kind }) => kind)).toEqual(['NUMERIC', 'CATEGORICAL', 'NUMERIC']);
  });

  it('a row of sums beside names is left out, and what is below a table in UTF-16', async () => {
    const named = `shop,sold,price\n${lines((index) => `shop ${index},${index},${index}.5`)}Subtotal,780,800\nTotal,780,800\n`;
    expect(await inspectBoth(named)).toMatchObject({ rowCount: 40 });
    const wide = await inspectBoth(Buffer.from(`\ufeff${table}Total,,9\r\n`, 'utf16le').swap16());
    expect(wide).toMatchObject({ rowCount: 40 });
    expect(issuesOf(wide, 'CSV_SUMMARY_LINES')[0]?.lines).toEqual([42]);
  });

  it('rows that are merely emptier than all others are reported and kept', async () => {
    const content = `a,b,c,d\n${lines((index) => `x${index % 4},y${index % 3},${index},${index * 2}`, 60)}x1,,7,\n`;
    const inspection = await inspectBoth(content);
    expect(inspection.rowCount).toBe(61);
    expect(issuesOf(inspection, 'CSV_SUMMARY_LINES')).toMatchObject([
      { lines: [62], message: expect.stringContaining('kept') },
    ]);
  });

  it.each([
    ['rows', ''],
    ['a row with a missing cell', '7000,,5\n'],
    ['rows of delimiters', ',,\n,,\n'],
  ])('a table that ends with %s gives no message', (_, below) => {
    expect(codesOf(inspect(table + below))).not.toContain('CSV_SUMMARY_LINES');
  });

  it('labels of sums among the rows give no message', () => {
    const content = `kind,a,b\n${lines((index) => `${['mean', 'sum', 'total'][index % 3]},${index},${index % 7}`)}`;
    expect(inspect(content).rowCount).toBe(40);
    const last = `eclipse,year,size\n${lines((index) => `${['partial', 'annular', 'total'][(index * 7) % 3]},${1900 + index},${index % 7}`, 41)}`;
    expect(codesOf(inspect(last))).not.toContain('CSV_SUMMARY_LINES');
  });
});

describe("Excel's line that names the delimiter", () => {
  const written = (delimiter: string, first: string, newline = '\r\n') =>
    `${first}${newline}no${delimiter}weight${delimiter}colour${newline}${lines((index) => [index, `${index},25`, ['red', 'green'][index % 2]].join(delimiter), 40, newline)}`;

  it.each([';', '^', '~', '\t', '|', ':', '!', '#', ' '])(
    'Excel’s line is followed for %j, in UTF-8 and UTF-16 alike',
    async (delimiter) => {
      const text = written(delimiter, `sep=${delimiter}`);
      const plain = await inspectBoth(text);
      expect(namesOf(plain)).toEqual(['no', 'weight', 'colour']);
      expect(plain.dialect).toMatchObject({ delimiter, decimal: ',' });
      expect(codesOf(plain)).not.toContain('CSV_DELIMITER_UNUSUAL');
      for (const bytes of [
        Buffer.from(`\ufeff${text}`),
        Buffer.from(`\ufeff${text}`, 'utf16le'),
        Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
        Buffer.from(text, 'utf16le'),
      ]) {
        const other = await inspectBoth(bytes);
        expect(other.columns).toEqual(plain.columns);
        expect(other.preview).toEqual(plain.preview);
      }
    },
  );

  it.each(['"sep=;"', 'SEP=;', 'sep=;;;', 'sep=; '])('Excel’s line is recognised as %j too', (first) => {
    expect(inspect(written(';', first)).columns.map(({ name }) => name)).toEqual(['no', 'weight', 'colour']);
  });

  it('a line for Excel without a delimiter is a header', () => {
    expect(inspect(`sep=ab,b\n${lines((index) => `${index},x${index % 3}`)}`).columns[0]?.name).toBe('sep=ab');
  });
});

describe('an unusual delimiter', () => {
  it.each(['^', '~', ':', '#', ' '])(
    '%j is detected as the delimiter if nothing else is, with a warning',
    async (mark) => {
      const inspection = await inspectBoth(
        `a b c\n${lines((index) => `${index} x${index % 3} ${index}.5`)}`.replaceAll(' ', mark),
      );
      expect(namesOf(inspection)).toEqual(['a', 'b', 'c']);
      expect(issuesOf(inspection, 'CSV_DELIMITER_UNUSUAL')).toMatchObject([{ severity: 'WARNING' }]);
    },
  );

  it.each([
    ['times', `time\n${lines((index) => `12:${10 + index}`)}`],
    ['names', `full name\n${lines((index) => `Ann Lee${index}`)}`],
    ['prose', `what was said\n${lines((index) => `it is ${'so '.repeat(index % 5)}`)}`],
  ])('no unusual delimiter is detected in a column of %s', (_, content) => {
    expect(inspect(content).columnCount).toBe(1);
  });
});

describe('lines in quotes', () => {
  const inner = (index: number) => `P${index},""Smith, J${index}"",${index % 9}`;
  const wrapped = `"name,team,points"\r\n${lines((index) => `"${inner(index)}"`, 40, '\r\n')}`;

  it.each([
    ['every line', wrapped],
    ['every line but the header', wrapped.replace('"name,team,points"', 'name,team,points')],
    ['every line, and delimiters after it', wrapped.replaceAll('"\r\n', '",,\r\n')],
    ['every line, in UTF-16', Buffer.from(`\ufeff${wrapped}`, 'utf16le')],
    ['every line, without a line end after the last', wrapped.trimEnd()],
    ['every line, below a title', `"Report, all of it,"\r\n${wrapped}`.replace(', all of it,', '')],
  ])('quotes around whole lines are removed if %s is in them, with a warning', async (_, content) => {
    const inspection = await inspectBoth(content);
    expect(namesOf(inspection)).toEqual(['name', 'team', 'points']);
    expect(inspection).toMatchObject({ accepted: true, rowCount: 40 });
    expect(inspection.preview[1]?.cells).toEqual(['P1', 'Smith, J1', '1']);
    expect(issuesOf(inspection, 'CSV_LINES_IN_QUOTES')).toMatchObject([{ severity: 'WARNING' }]);
  });

  it.each([
    ['of one column', `"text"\n${lines((index) => `"say, ${'well, '.repeat(index % 4)}so"`)}`, 1],
    ['of quoted cells', `"a","b"\n${lines((index) => `"${index}","x, y"`)}`, 2],
    ['of one column without delimiters', `"text"\n${lines((index) => `"x${index}"`)}`, 1],
  ])('quotes around whole lines are kept in a file %s', async (_, content, columnCount) => {
    const inspection = await inspectBoth(content);
    expect(inspection.columnCount).toBe(columnCount);
    expect(codesOf(inspection)).not.toContain('CSV_LINES_IN_QUOTES');
  });
});
