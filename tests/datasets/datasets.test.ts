import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv, housesCsv } from '../support/csv-files.ts';
import { expectError } from '../support/expect-error.ts';
import { type TestDataset, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

interface Column {
  readonly name: string;
  readonly index: number;
}

let server: TestServer;
let client: TestClient;
let wide: TestDataset;
let pinned: TestDataset;
const flowers = { ...flowersCsv(), name: 'Größe "1".csv' };

/** 300 columns, named c0 to c299: more than a page of them holds by default. */
function wideCsv() {
  const names = Array.from({ length: 300 }, (_, index) => `c${index}`);
  const row = (value: number) => names.map((_, index) => (value * (index + 1)) % 17).join(',');
  return {
    name: 'wide.csv',
    content: [names.join(','), ...Array.from({ length: 12 }, (_, n) => row(n + 1))].join('\n'),
  };
}

beforeAll(async () => {
  server = await startTestServer({ DATASET_TTL_DAYS: '7' }, { worker: false });
  client = await server.signUp();
  wide = await uploadDataset(client, wideCsv());
  pinned = await uploadDataset(client, flowers, { pinned: true });
});

afterAll(() => server.close());

async function columns(page: string): Promise<string[]> {
  const { dataset } = await client.execute<{ dataset: { columns: Column[] } }>(
    `query ($id: ID!) { dataset(id: $id) { columns${page} { name index } } }`,
    { id: wide.id },
  );
  return dataset.columns.map(({ name }) => name);
}

describe('the columns of a dataset', () => {
  test('columns are paged in file order', async () => {
    const first = await columns('');
    expect(first).toHaveLength(200);
    expect([first[0], first.at(-1)]).toEqual(['c0', 'c199']);
    expect(await columns('(offset: 298)')).toEqual(['c298', 'c299']);
    expect(await columns('(offset: 10, limit: 2)')).toEqual(['c10', 'c11']);
    expect(await columns('(limit: 0)')).toEqual([]);
    expect(await columns('(offset: 300)')).toEqual([]);
    expect(await columns('(limit: 1000)')).toHaveLength(300);
  });

  test('columns can be requested by name, and unknown names are skipped', async () => {
    expect(await columns('(names: ["c7", "c3", "nothing", "c3"])')).toEqual(['c3', 'c7']);
    expect(await columns('(names: [])')).toEqual([]);
    expect(await columns('(names: ["c1", "c2", "c3"], offset: 1, limit: 1)')).toEqual(['c2']);
  });

  test.each([
    ['columns(offset: -1) { name }', 'offset'],
    ['columns(limit: -1) { name }', 'limit'],
    ['columns(limit: 1001) { name }', 'limit'],
    ['preview(rows: -1) { line }', 'rows'],
    ['columns { topValues(limit: -1) { value } }', 'limit'],
  ])('the columns of a dataset refuse %s', async (field, argument) => {
    const { errors } = await client.request(`query ($id: ID!) { dataset(id: $id) { ${field} } }`, { id: wide.id });
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument });
  });
});

test('the preview has the first rows with their lines, and missing cells as null', async () => {
  const preview = async (rows: string) => {
    const { dataset } = await client.execute<{ dataset: { preview: unknown[] } }>(
      `query ($id: ID!) { dataset(id: $id) { preview${rows} { line cells } } }`,
      { id: pinned.id },
    );
    return dataset.preview;
  };
  expect(await preview('(rows: 3)')).toEqual([
    { line: 2, cells: ['4.0', 'wet', 'rose'] },
    { line: 3, cells: ['2.7', 'dry', 'daisy'] },
    { line: 4, cells: ['4.1', null, 'rose'] },
  ]);
  expect(await preview('')).toHaveLength(5);
  expect(await preview('(rows: 0)')).toEqual([]);
});

test('datasets are listed newest first, in pages that are consistent during uploads', async () => {
  const user = await server.signUp();
  for (const name of ['one', 'two', 'three']) await uploadDataset(user, housesCsv(), { name });
  const list = async (args: string) => {
    const { datasets } = await user.execute<{
      datasets: {
        edges: { node: { name: string } }[];
        pageInfo: { endCursor: string; hasNextPage: boolean };
        totalCount: number;
      };
    }>(`{ datasets${args} { edges { node { name } } pageInfo { endCursor hasNextPage hasPreviousPage } totalCount } }`);
    return { ...datasets, names: datasets.edges.map(({ node }) => node.name) };
  };
  const first = await list('(first: 2)');
  expect(first).toMatchObject({
    names: ['three', 'two'],
    totalCount: 3,
    pageInfo: { hasNextPage: true, hasPreviousPage: false },
  });
  await uploadDataset(user, housesCsv(), { name: 'one' });
  const second = await list(`(first: 2, after: "${first.pageInfo.endCursor}")`);
  expect(second).toMatchObject({
    names: ['one'],
    totalCount: 4,
    pageInfo: { hasNextPage: false, hasPreviousPage: true },
  });
  expect((await list('(filter: { latestOnly: true })')).names).toEqual(['one', 'three', 'two']);
  expect((await list('(filter: { name: "one" })')).totalCount).toBe(2);
  expect((await list('(filter: { name: "on" })')).names).toEqual([]);
});

test.each(['first: 0', 'first: 101', 'first: -1', 'after: "nothing"', 'after: "MSBhYmM"'])(
  'the list of datasets refuses %s',
  async (argument) => {
    const { errors } = await client.request(`{ datasets(${argument}) { totalCount } }`);
    expectError(errors, 'BAD_USER_INPUT', { argument: argument.split(':')[0] });
  },
);

test('an unknown or invalid dataset id is null without an error', async () => {
  for (const id of ['00000000-0000-4000-8000-000000000000', 'nothing', '', '1', "' or 1=1 --"]) {
    expect(await client.request('query ($id: ID!) { dataset(id: $id) { name } }', { id }), id).toEqual({
      status: 200,
      data: { dataset: null },
      errors: [],
    });
  }
});

describe('downloadUrl', () => {
  test('downloadUrl returns the uploaded file without a token, under its own name', async () => {
    const { dataset } = await client.execute<{ dataset: { downloadUrl: string } }>(
      'query ($id: ID!) { dataset(id: $id) { downloadUrl } }',
      { id: pinned.id },
    );
    const answer = await fetch(dataset.downloadUrl);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(flowers.content);
    expect(answer.headers.get('content-type')).toBe('text/csv');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(decodeURIComponent(answer.headers.get('content-disposition') ?? '')).toContain('attachment; ');
    expect(answer.headers.get('content-disposition')).toMatch(/filename\*=UTF-8''Gr%C3%B6%C3%9Fe/);
  });
});

test('with DATASET_TTL_DAYS a dataset expires, unless it is pinned', async () => {
  const days = (from: number, to: string | null) => (to === null ? null : (Date.parse(to) - from) / 86_400_000);
  const read = async (id: string) => {
    const { dataset } = await client.execute<{
      dataset: { createdAt: string; expiresAt: string | null; pinned: boolean };
    }>('query ($id: ID!) { dataset(id: $id) { createdAt expiresAt pinned } }', { id });
    return { pinned: dataset.pinned, days: days(Date.parse(dataset.createdAt), dataset.expiresAt) };
  };
  expect(await read(wide.id)).toEqual({ pinned: false, days: 7 });
  expect(await read(pinned.id)).toEqual({ pinned: true, days: null });
});
