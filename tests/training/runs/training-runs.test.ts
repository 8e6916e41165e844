import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv, housesCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { startTraining, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

interface Page {
  readonly ids: readonly string[];
  readonly totalCount: number;
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly endCursor: string | null;
  };
}

let server: TestServer;
let client: TestClient;
let flowers: string;
let houses: string;

beforeAll(async () => {
  // No worker: all runs stay QUEUED, and nothing moves by itself.
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
  flowers = (await uploadDataset(client, flowersCsv())).id;
  houses = (await uploadDataset(client, housesCsv())).id;
});

afterAll(() => server.close());

async function list(filter: object = {}, page: { first?: number; after?: string | null } = {}): Promise<Page> {
  const { trainingRuns } = await client.execute<{
    trainingRuns: Omit<Page, 'ids'> & { edges: { node: { id: string } }[] };
  }>(
    `query ($filter: TrainingRunFilter!, $first: Int!, $after: String) {
       trainingRuns(filter: $filter, first: $first, after: $after) {
         edges { cursor node { id } } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    { filter, first: page.first ?? 20, after: page.after ?? null },
  );
  return { ...trainingRuns, ids: trainingRuns.edges.map(({ node }) => node.id) };
}

const queue = (datasetId: string, input: object = {}) =>
  startTraining(client, { datasetId, algorithm: 'BASELINE', ...input });

describe('the list of runs', () => {
  test('runs are listed newest first, in pages that neither repeat nor skip while runs are added', async () => {
    const queued: string[] = [];
    for (let n = 0; n < 7; n++) queued.push(await queue(flowers));
    const seen: string[] = [];
    let after: string | null = null;
    let hasNextPage = true;
    while (hasNextPage) {
      const page: Page = await list({ datasetId: flowers }, { first: 2, after });
      expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...page.ids);
      ({ hasNextPage, endCursor: after } = page.pageInfo);
      // Newer than the first page, so it belongs to none of the later ones.
      await queue(flowers);
    }
    expect(seen).toEqual([...queued].reverse());
  });

  test('runs created in the same millisecond are listed in a stable order', async () => {
    const user = await server.signUp();
    const { id } = await uploadDataset(user, flowersCsv());
    await Promise.all(Array.from({ length: 6 }, () => startTraining(user, { datasetId: id, algorithm: 'BASELINE' })));
    await server.database.owner`update training_runs set created_at = '2026-01-01' where dataset_id = ${id}`;
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; page < 3; page++) {
      const answer: { trainingRuns: { edges: { cursor: string; node: { id: string } }[] } } = await user.execute(
        'query ($after: String) { trainingRuns(first: 2, after: $after) { edges { cursor node { id } } } }',
        { after },
      );
      seen.push(...answer.trainingRuns.edges.map(({ node }) => node.id));
      after = answer.trainingRuns.edges.at(-1)?.cursor ?? null;
    }
    expect(new Set(seen).size).toBe(6);
  });

  test('runs are filtered by all fields of a filter together', async () => {
    const run = await queue(houses, { algorithm: 'LINEAR' });
    const fitting = {
      datasetId: houses,
      datasetName: 'houses',
      task: 'REGRESSION',
      algorithm: 'LINEAR',
      statuses: ['QUEUED'],
    };
    expect(await list(fitting)).toMatchObject({ ids: [run], totalCount: 1 });
    for (const [name, value] of Object.entries({
      ...{ datasetName: 'house', task: 'CLASSIFICATION', algorithm: 'BASELINE', datasetId: flowers },
      statuses: ['RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'],
    })) {
      expect(await list({ ...fitting, [name]: value }), name).toMatchObject({ ids: [], totalCount: 0 });
    }
    expect(await list({ statuses: [] })).toMatchObject({ ids: [], totalCount: 0 });
  });

  test('the runs of an unknown dataset, or of an invalid id, are an empty list', async () => {
    for (const datasetId of ['00000000-0000-4000-8000-000000000000', 'nothing', '', "' or true --"]) {
      expect(await list({ datasetId }), datasetId).toMatchObject({
        ids: [],
        totalCount: 0,
        pageInfo: { hasNextPage: false, endCursor: null },
      });
    }
  });

  test.each([
    ['first: 0', 'first'],
    ['first: 101', 'first'],
    [`after: "${cursor('999999999999999 00000000-0000-4000-8000-000000000000')}"`, 'after'],
    [`after: "${cursor('1 ------------------------------------')}"`, 'after'],
    [`after: "${cursor("1 ' or true --")}"`, 'after'],
    ['after: "%%%"', 'after'],
  ])('the list of runs refuses %s', async (argument, name) => {
    const { errors } = await client.request(`{ trainingRuns(${argument}) { totalCount } }`);
    expectError(errors, 'BAD_USER_INPUT', { argument: name });
  });
});

test('a queued run is shown as such', async () => {
  const id = await queue(flowers);
  const { trainingRun } = await client.execute(
    `query ($id: ID!) { trainingRun(id: $id) { status stage progress etaSeconds attempt startedAt finishedAt durationSeconds
       metrics { task } baseline { task } curve { iteration } featureImportances { feature } warnings artifact { id } error { code } endReason
       split { trainRows testRows } dataset { id name version } events { seq kind status stage attempt } } }`,
    { id },
  );
  expect(trainingRun).toEqual({
    ...{
      status: 'QUEUED',
      stage: 'WAITING',
      progress: 0,
      etaSeconds: null,
      attempt: 0,
      startedAt: null,
      finishedAt: null,
    },
    ...{ durationSeconds: null, metrics: null, baseline: null, curve: [], featureImportances: [], warnings: [] },
    ...{ artifact: null, error: null, endReason: null, split: { trainRows: null, testRows: null } },
    dataset: { id: flowers, name: 'flowers', version: 1 },
    events: [{ seq: 1, kind: 'STATUS', status: 'QUEUED', stage: 'WAITING', attempt: 0 }],
  });
});

test('each run of a page has its own dataset', async () => {
  const { trainingRuns } = await client.execute<{ trainingRuns: { edges: { node: { dataset: { id: string } } }[] } }>(
    `query ($id: ID!) { trainingRuns(first: 5, filter: { datasetId: $id }) {
       edges { node { dataset { id name } artifact { id } } } } }`,
    { id: flowers },
  );
  expect(new Set(trainingRuns.edges.map(({ node }) => node.dataset.id))).toEqual(new Set([flowers]));
});

test('an unknown or invalid run id is null without an error', async () => {
  for (const id of ['00000000-0000-4000-8000-000000000000', 'nothing', '']) {
    expect(await client.request('query ($id: ID!) { trainingRun(id: $id) { id } }', { id })).toEqual({
      status: 200,
      data: { trainingRun: null },
      errors: [],
    });
  }
});

test.each([
  ['features(limit: -1)', 'limit'],
  ['curve(maxPoints: 1) { iteration }', 'maxPoints'],
  ['featureImportances(limit: -1) { feature }', 'limit'],
  ['events(first: 0) { seq }', 'first'],
  ['events(first: 1001) { seq }', 'first'],
  ['events(afterSeq: -1) { seq }', 'afterSeq'],
])('a field of a run refuses %s', async (field, argument) => {
  const id = await queue(flowers);
  const { errors } = await client.request(`query ($id: ID!) { trainingRun(id: $id) { ${field} } }`, { id });
  expectError(errors, 'BAD_USER_INPUT', { argument });
});

function cursor(text: string): string {
  return Buffer.from(text).toString('base64url');
}
