import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectError } from '../../support/expect-error.ts';
import { endOfRun, START, startTraining, train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const RUN = `query ($id: ID!) { trainingRun(id: $id) {
  weightColumn monotone { column direction } features warnings split { trainRows testRows } error { code message hint }
  artifact { sha256 } modelCard } }`;

interface Run {
  readonly weightColumn: string | null;
  readonly monotone: readonly { readonly column: string; readonly direction: string }[];
  readonly features: readonly string[];
  readonly warnings: readonly string[];
  readonly split: { readonly trainRows: number; readonly testRows: number };
  readonly error: { readonly code: string } | null;
  readonly artifact: { readonly sha256: string };
  readonly modelCard: string;
}

let server: TestServer;
let client: TestClient;
let datasetId: string;

/** Prices that rise and fall with the area; columns of weights, some of which are none. */
function pricesCsv(): string {
  const rows = Array.from({ length: 200 }, (_, i) => {
    const area = 20 + ((i * 37) % 90);
    const price = (100 + 3 * area + 60 * Math.sin(area / 9) + ((i * 29) % 17)).toFixed(1);
    const day = new Date(Date.UTC(2024, 0, 1 + ((i * 13) % 300))).toISOString().slice(0, 10);
    const weight = (i % 4) / 2;
    return [
      area,
      day,
      ['Bern', 'Lima'][i % 2],
      price,
      weight,
      i === 20 ? -1 : 1.5 + (i % 3),
      i === 20 ? '' : 1 + (i % 2),
    ];
  });
  return ['area,built,city,price,weight,negative,gap', ...rows.map((row) => row.join())].join('\n');
}

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  datasetId = (await uploadDataset(client, { name: 'prices.csv', content: pricesCsv() })).id;
});

afterAll(() => server.close());

async function readRun(id: string): Promise<Run> {
  return (await client.execute<{ trainingRun: Run }>(RUN, { id })).trainingRun;
}

const monotone = [{ column: 'area', direction: 'INCREASING' }];

test('a run by weights and constraints says so, and so do its card, its retry and its comparison', async () => {
  const features = ['area', 'built', 'city'];
  const split = { strategy: 'LAST' };
  const input = { datasetId, target: 'price', features, split, algorithm: 'DECISION_TREE' };
  const plain = await train(client, input);
  const { id } = await train(client, { ...input, weightColumn: 'weight', monotone });
  const run = await readRun(id);
  expect(run).toMatchObject({ weightColumn: 'weight', monotone, split: { trainRows: 120, testRows: 40 } });
  expect(run.warnings).toContain('40 training rows of weight 0 left out');
  expect(run.modelCard).toMatch(/rows count in fitting by \| weight/);
  expect(run.modelCard).toMatch(/as area rises \| predictions never fall/);
  expect(run.modelCard).toContain('"weightColumn": "weight"');
  expect(run.modelCard).toMatch(/"column": "weight",\s+"kind": "NUMERIC"/);
  expect(run.modelCard).toContain('"direction": "INCREASING"');
  expect(run.artifact.sha256).not.toBe((await readRun(plain.id)).artifact.sha256);

  const { retryTraining } = await client.execute<{ retryTraining: { id: string } }>(
    'mutation ($id: ID!) { retryTraining(id: $id) { id } }',
    { id },
  );
  await endOfRun(client, retryTraining.id);
  expect((await readRun(retryTraining.id)).artifact.sha256).toBe(run.artifact.sha256);

  const { compareRuns } = await client.execute<{ compareRuns: { parameters: object[] } }>(
    'query ($ids: [ID!]!) { compareRuns(ids: $ids) { parameters { name values differs } } }',
    { ids: [plain.id, id] },
  );
  expect(compareRuns.parameters).toContainEqual({ name: 'run.weightColumn', values: [null, 'weight'], differs: true });
  expect(compareRuns.parameters).toContainEqual({
    name: 'run.monotone',
    values: [null, 'INCREASING area'],
    differs: true,
  });
});

test('a column of weights is no feature by default', async () => {
  const { id } = await train(client, { datasetId, target: 'price', algorithm: 'BASELINE', weightColumn: 'weight' });
  const { features, warnings } = await readRun(id);
  expect(features).toEqual(['area', 'built', 'city', 'negative', 'gap']);
  expect(warnings.join()).not.toContain('weight,');
});

test('a key speaks of the same weights and the same constraints, in any order', async () => {
  const both = [...monotone, { column: 'built', direction: 'DECREASING' }];
  const input = {
    datasetId,
    target: 'price',
    algorithm: 'DECISION_TREE',
    idempotencyKey: 'weighed',
    weightColumn: 'weight',
  };
  const id = await startTraining(client, { ...input, monotone: both });
  expect(await startTraining(client, { ...input, monotone: [...both.toReversed(), ...monotone] })).toBe(id);
  for (const change of [{ monotone }, { monotone: both, weightColumn: null }, { monotone: null }]) {
    const { errors } = await client.request(START, { input: { ...input, ...change } });
    expectError(errors, 'IDEMPOTENCY_CONFLICT');
  }
  await endOfRun(client, id);
});

test.each([
  ['negative', /row 21 has a negative one/],
  ['gap', /row 21 has none/],
])('a run by weights of which one is wrong fails, and names the row: %s', async (weightColumn, message) => {
  const id = await startTraining(client, { datasetId, target: 'price', algorithm: 'BASELINE', weightColumn });
  await endOfRun(client, id);
  expect((await readRun(id)).error).toMatchObject({
    code: 'WEIGHTS_UNUSABLE',
    message: expect.stringMatching(message),
    hint: expect.stringContaining('0 leaves a row out'),
  });
});

describe('what cannot be kept is refused at once', () => {
  const up = (column: string) => ({ column, direction: 'INCREASING' });
  test.each([
    ['an unknown column of weights', { weightColumn: 'nothing' }, 'input.weightColumn'],
    ['weights of texts', { weightColumn: 'city' }, 'input.weightColumn'],
    ['weights of dates', { weightColumn: 'built' }, 'input.weightColumn'],
    ['the target as weights', { weightColumn: 'price' }, 'input.weightColumn'],
    ['a feature as weights', { weightColumn: 'weight', features: ['area', 'weight'] }, 'input.weightColumn'],
    ['constraints of LINEAR', { algorithm: 'LINEAR', monotone }, 'input.monotone'],
    ['constraints of a forest', { algorithm: 'EXTRA_TREES', monotone }, 'input.monotone'],
    ['a constraint of texts', { monotone: [up('city')] }, 'input.monotone'],
    ['a constraint of an unknown column', { monotone: [up('nothing')] }, 'input.monotone'],
    ['a constraint of the target', { monotone: [up('price')] }, 'input.monotone'],
    ['a constraint of no feature', { monotone, features: ['city'] }, 'input.monotone'],
    ['a constraint of the column of weights', { weightColumn: 'weight', monotone: [up('weight')] }, 'input.monotone'],
    ['two directions', { monotone: [...monotone, { column: 'area', direction: 'DECREASING' }] }, 'input.monotone'],
    ['too many', { monotone: Array.from({ length: 101 }, () => up('area')) }, 'input.monotone'],
    ['constraints for many labels', { task: 'CLASSIFICATION', monotone }, 'input.monotone'],
  ])('%s', async (_, changes, argument) => {
    const { errors } = await client.request(START, { input: { datasetId, target: 'price', ...changes } });
    expectError(errors, 'BAD_USER_INPUT', { argument });
  });
});
