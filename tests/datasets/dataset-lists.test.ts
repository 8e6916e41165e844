import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyRow, ENDED, OWN } from '../support/copied-rows.ts';
import { flowersCsv, housesCsv } from '../support/csv-files.ts';
import { expectError } from '../support/expect-error.ts';
import { startTraining, type TestDataset, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

interface List {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount: number;
}

const LIST = 'edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount';

let server: TestServer;
let client: TestClient;
/** Three versions of one name and one of another, in the order of their upload. */
let flowers: TestDataset[];
let houses: TestDataset;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
  flowers = [];
  for (let n = 0; n < 3; n++) flowers.push(await uploadDataset(client, flowersCsv()));
  houses = await uploadDataset(client, housesCsv());
});

afterAll(() => server.close());

async function listOf(id: string, field: 'versions' | 'trainingRuns', page: string): Promise<List> {
  const { dataset } = await client.execute<{ dataset: Record<string, List> }>(
    `query ($id: ID!) { dataset(id: $id) { ${field}${page} { ${LIST} } } }`,
    { id },
  );
  return dataset[field]!;
}

const idsOf = ({ edges }: List) => edges.map(({ node }) => node.id);
const newestFirst = (datasets: readonly TestDataset[]) => datasets.map(({ id }) => id).reverse();

describe('the versions of a dataset', () => {
  test('the versions of a dataset are all those of its name, newest first, for each of them', async () => {
    for (const { id } of flowers) {
      const list = await listOf(id, 'versions', '');
      expect(idsOf(list)).toEqual(newestFirst(flowers));
      expect(list).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: false, hasPreviousPage: false } });
    }
    expect(idsOf(await listOf(houses.id, 'versions', ''))).toEqual([houses.id]);
  });

  test('versions are paged consistently while further ones are uploaded', async () => {
    const growing: TestDataset[] = [];
    for (let n = 0; n < 4; n++) growing.push(await uploadDataset(client, housesCsv(), { name: 'growing' }));
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: List = await listOf(
        growing[0]?.id ?? '',
        'versions',
        `(first: 1${after === null ? '' : `, after: "${after}"`})`,
      );
      seen.push(...idsOf(page));
      await uploadDataset(client, housesCsv(), { name: 'growing' });
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(newestFirst(growing));
  });

  test('each dataset of a page has the versions of its own name, and latestOnly leaves one per name', async () => {
    const { datasets } = await client.execute<{
      datasets: { edges: { node: { id: string; name: string; versions: List } }[] };
    }>(
      `{ datasets(filter: { latestOnly: true }) { totalCount edges { node { id name isLatest versions(first: 2) { ${LIST} } } } } }`,
    );
    const nodes = datasets.edges.map(({ node }) => node);
    expect(nodes.map(({ name }) => name)).toEqual(['growing', 'houses', 'flowers']);
    for (const { id, versions } of nodes) expect(versions.edges[0]?.node.id).toBe(id);
    expect(nodes[2]?.versions).toMatchObject({
      edges: newestFirst(flowers)
        .slice(0, 2)
        .map((id) => ({ node: { id } })),
      totalCount: 3,
      pageInfo: { hasNextPage: true },
    });
    expect(nodes[1]?.versions).toMatchObject({ edges: [{ node: { id: houses.id } }], totalCount: 1 });
  });

  test('aliases with different arguments give different pages of versions', async () => {
    const cursor = (await listOf(houses.id, 'versions', '')).edges[0]?.cursor;
    const { datasets } = await client.execute<{ datasets: { edges: { node: Record<string, List> }[] } }>(
      `query ($after: String) { datasets(filter: { name: "flowers" }) { edges { node {
         one: versions(first: 1) { ${LIST} } two: versions(first: 2) { ${LIST} } rest: versions(after: $after) { ${LIST} } } } } }`,
      { after: cursor },
    );
    for (const { node } of datasets.edges) {
      expect([node['one'], node['two'], node['rest']].map((list) => list?.edges.length)).toEqual([1, 2, 0]);
    }
  });
});

describe('the runs of a dataset', () => {
  test('the runs of a dataset version are listed newest first, in pages', async () => {
    const [older, newer] = [flowers[0]?.id ?? '', flowers[1]?.id ?? ''];
    const queued: string[] = [];
    for (let n = 0; n < 3; n++) queued.push(await startTraining(client, { datasetId: older, algorithm: 'BASELINE' }));
    const other = await startTraining(client, { datasetId: newer, algorithm: 'BASELINE' });
    const page = await listOf(older, 'trainingRuns', '(first: 2)');
    expect(idsOf(page)).toEqual([queued[2], queued[1]]);
    expect(page).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    const rest = await listOf(older, 'trainingRuns', `(first: 2, after: "${page.pageInfo.endCursor ?? ''}")`);
    expect(idsOf(rest)).toEqual([queued[0]]);
    expect(rest).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: false, hasPreviousPage: true } });
    expect(idsOf(await listOf(newer, 'trainingRuns', ''))).toEqual([other]);
    expect(await listOf(houses.id, 'trainingRuns', '')).toMatchObject({ edges: [], totalCount: 0 });
  });

  test('the runs of a dataset include their large fields', async () => {
    const original = await startTraining(client, { datasetId: houses.id, algorithm: 'BASELINE' });
    const features = ['rooms', 'area', 'age'];
    const importances = features.map((feature, index) => ({ feature, importance: 1 - index / 4 }));
    await copyRow(server.database.owner, 'training_runs', original, [
      { ...OWN, ...ENDED.SUCCEEDED, features, feature_importances: importances, created_at: '2027-01-01T00:00:00Z' },
    ]);
    const parts = `features few: features(limit: 2) none: features(limit: 0)
      featureImportances { feature importance } one: featureImportances(limit: 1) { feature importance }`;
    const expected = {
      ...{ features, few: features.slice(0, 2), none: [] },
      ...{ featureImportances: importances, one: importances.slice(0, 1) },
    };
    const { trainingRuns } = await client.execute<{ trainingRuns: { edges: { node: { id: string } }[] } }>(
      `{ trainingRuns(first: 1) { edges { node { id ${parts} } } } }`,
    );
    const [edge] = trainingRuns.edges;
    expect(edge?.node).toMatchObject(expected);
    const { trainingRun } = await client.execute(`query ($id: ID!) { trainingRun(id: $id) { ${parts} } }`, {
      id: edge?.node.id,
    });
    expect(trainingRun).toEqual(expected);
  });
});

describe('refused is', () => {
  const cursor = Buffer.from('1700000000000 00000000-0000-4000-8000-000000000000').toString('base64url');
  const version = (text: string) => Buffer.from(text).toString('base64url');

  test.each([
    ['versions(first: 0)', 'first'],
    ['versions(first: 101)', 'first'],
    [`versions(after: "${cursor}")`, 'after'],
    [`versions(after: "${version('version 0')}")`, 'after'],
    [`versions(after: "${version('version -1')}")`, 'after'],
    [`versions(after: "${version('version 9999999999')}")`, 'after'],
    [`versions(after: "${version('version 2')}%%")`, 'after'],
    ['trainingRuns(first: 0)', 'first'],
    ['trainingRuns(first: 101)', 'first'],
    [`trainingRuns(after: "${version('version 2')}")`, 'after'],
    [`trainingRuns(after: "${cursor}=")`, 'after'],
  ])('invalid arguments of lists are refused: %s', async (field, argument) => {
    const { data, errors } = await client.request(
      `query ($id: ID!) { dataset(id: $id) { id ${field} { totalCount } } }`,
      { id: houses.id },
    );
    expectError(errors, 'BAD_USER_INPUT', { argument });
    // A list that fails leaves the rest of the dataset standing.
    expect(data).toMatchObject({ dataset: { id: houses.id } });
  });
});

test('datasets are found by a part of their name, in upper or lower case, and no sign stands for another', async () => {
  const named = async (name: string) => (await uploadDataset(client, flowersCsv(), { name })).id;
  const [percent, underscore] = [await named('Sales 100% Überall'), await named('sales_2026')];
  const idsOf = async (nameContains: string) => {
    const { datasets } = await client.execute<{ datasets: { nodes: { id: string }[]; totalCount: number } }>(
      'query ($filter: DatasetFilter) { datasets(filter: $filter) { nodes { id } totalCount } }',
      { filter: { nameContains } },
    );
    expect(datasets.totalCount).toBe(datasets.nodes.length);
    return datasets.nodes.map(({ id }) => id);
  };
  expect(await idsOf('SALES')).toEqual([underscore, percent]);
  expect(await idsOf('0% ü')).toEqual([percent]);
  expect(await idsOf('U\u0308ber')).toEqual([percent]);
  expect(await idsOf('_')).toEqual([underscore]);
  expect(await idsOf('s%l')).toEqual([]);
  expect(await idsOf("'")).toEqual([]);
});
