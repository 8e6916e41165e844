import { describe, expect, it } from 'vitest';
import { inspectBoth, issuesOf, lines } from './both-readers.ts';

const row = (index: number) => `${index}.5,${index % 9},x${index % 3}`;

describe('a refused file', () => {
  it.each([
    ['one name too many', 'len,n,kind,notes', '"notes"'],
    ['two names too many', 'len,n,kind,notes,more', '"notes"'],
    ['one name too few', 'len,n', '1 name too few'],
    ['two names too few', 'len', '2 names too few'],
  ])('a refusal names the header if it has %s for every record', async (_, header, shown) => {
    const inspection = await inspectBoth(`\n${header}\n${lines(row)}`);
    const [found, ...others] = issuesOf(inspection, 'CSV_RAGGED_ROW');
    expect(others).toEqual([]);
    expect(found).toMatchObject({ severity: 'ERROR', lines: [2], hint: expect.stringContaining('header') });
    expect(found?.message).toContain(`The header in line 2 names`);
    expect(found?.message).toContain(shown);
  });

  it('a refusal names the header even if a few records are of another length', async () => {
    const inspection = await inspectBoth(`len,n,kind,notes\n${lines(row)}1,2\n`);
    expect(issuesOf(inspection, 'CSV_RAGGED_ROW')[0]?.lines).toEqual([1]);
  });

  it('a refusal names the records if the header is right', async () => {
    const inspection = await inspectBoth(`len,n,kind\n${lines(row)}1,2\n3,4\n5,6,y\n`);
    const [found] = issuesOf(inspection, 'CSV_RAGGED_ROW');
    expect(found?.lines).toEqual([42, 43]);
    expect(found?.message).not.toContain('cut off');
  });

  it('a refusal says that the last line may have been cut off, in a cell or in quotes', async () => {
    const cell = await inspectBoth(`len,n,kind\n${lines(row)}1,2`);
    expect(issuesOf(cell, 'CSV_RAGGED_ROW')).toMatchObject([
      {
        lines: [42],
        message: expect.stringMatching(/last line.*cut off/),
        hint: expect.stringContaining('whole file'),
      },
    ]);
    const quotes = await inspectBoth(`len,n,kind\n${lines(row)}1,"2`);
    expect(issuesOf(quotes, 'CSV_RAGGED_ROW')).toEqual([]);
    expect(issuesOf(quotes, 'CSV_UNCLOSED_QUOTE')).toMatchObject([
      { lines: [42], message: expect.stringMatching(/last line.*cut off/) },
    ]);
  });

  it('a refusal names a quote that is opened long before the end, and not what it encloses', async () => {
    const inspection = await inspectBoth(`len,n,kind\n${lines(row)}1,"2,x\n${lines(row)}`);
    const errors = inspection.issues.filter(({ severity }) => severity === 'ERROR');
    expect(errors).toMatchObject([
      { code: 'CSV_UNCLOSED_QUOTE', lines: [42], message: expect.not.stringContaining('cut') },
    ]);
  });

  it('a refusal says that a last line with a line end is incomplete, not cut off', async () => {
    const inspection = await inspectBoth(`len,n,kind\n${lines(row)}1,2\n`);
    expect(issuesOf(inspection, 'CSV_RAGGED_ROW')[0]?.message).not.toContain('cut off');
  });
});
