import { expect, test } from 'vitest';
import type { NewColumn } from '../../src/datasets/dataset.store.ts';
import { columnsAt, jsonOf, namesOf, packColumns } from '../../src/datasets/packed-columns.ts';
import { ReadColumns } from '../../src/datasets/report-columns.ts';

/** A column with texts of some 2 kB. */
function column(index: number): NewColumn {
  const topValues = Array.from({ length: 10 }, (_, at) => ({ value: `${index} "ä" ${at}`.repeat(15), count: at }));
  const kind = 'CATEGORICAL' as const;
  const counts = { missing: 0, distinct: 10, approximate: false };
  return {
    index,
    name: `column ${index}`,
    kind,
    ...counts,
    numeric: null,
    topValues,
    dateOrder: null,
    numberFormat: null,
  };
}

const COLUMNS = Array.from({ length: 1_000 }, (_, index) => column(index));
const PACKED = packColumns(COLUMNS);

test('packed pieces contain all columns in order, each few enough for one statement', async () => {
  const all: NewColumn[] = [];
  for (const piece of PACKED.pieces) {
    const json = await jsonOf(piece);
    expect(json.length).toBeLessThan(100_000);
    expect(piece.first).toBe(all.length);
    const columns = JSON.parse(json) as NewColumn[];
    expect(columns).toHaveLength(piece.count);
    all.push(...columns);
  }
  expect(all).toEqual(COLUMNS);
  expect(PACKED.pieces.length).toBeGreaterThan(5);
  expect(await namesOf(PACKED)).toEqual(COLUMNS.map(({ name }) => name));
});

test('no columns give no pieces', async () => {
  const none = packColumns([]);
  expect(none.pieces).toEqual([]);
  expect(await columnsAt(none, [])).toEqual([]);
});

test('other work runs between two pieces', async () => {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await columnsAt(
    PACKED,
    COLUMNS.map(({ index }) => index),
  );
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(PACKED.pieces.length - 1);
});

test.each([
  ['the first', { names: null, offset: 0, limit: 3 }, [0, 1, 2]],
  ['those in the middle', { names: null, offset: 499, limit: 2 }, [499, 500]],
  ['the last', { names: null, offset: 998, limit: 200 }, [998, 999]],
  ['none beyond the end', { names: null, offset: 5_000, limit: 10 }, []],
  ['none of no length', { names: null, offset: 0, limit: 0 }, []],
  [
    'named ones, in the order of the file and once each',
    { names: ['column 900', 'column 7', 'nothing', 'column 7'], offset: 0, limit: 10 },
    [7, 900],
  ],
  ['a page of named ones', { names: ['column 3', 'column 2', 'column 1'], offset: 1, limit: 1 }, [2]],
])('a page of a report has %s', async (_, page, expected) => {
  const found = await new ReadColumns(PACKED).page(page);
  expect(found).toEqual(expected.map((index) => COLUMNS[index]));
});
