import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyRow, ENDED, OWN } from '../../support/copied-rows.ts';
import { flowersCsv, housesCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { startTraining, train, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

/** A run that is made up: its accuracy, null for one that has failed; and one of few moments, so that many share theirs. */
interface MadeRun {
  readonly accuracy: number | null;
  readonly minute: number;
}

interface Node {
  readonly id: string;
  readonly createdAt: string;
  readonly metrics: { readonly primary: { readonly value: number } | null } | null;
}

interface Page {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount: number;
}

const LIST = `query ($filter: TrainingRunFilter, $orderBy: RunOrder, $first: Int, $after: String) {
  trainingRuns(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    nodes { id createdAt metrics { primary { value } } } pageInfo { hasNextPage endCursor } totalCount } }`;

let server: TestServer;
let client: TestClient;
let original: string;
let names = 0;

beforeAll(async () => {
  server = await startTestServer();
  client = await server.signUp();
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  original = (await train(client, { datasetId, algorithm: 'BASELINE' })).id;
});

afterAll(() => server.close());

async function pageOf(variables: object): Promise<Page> {
  return (await client.execute<{ trainingRuns: Page }>(LIST, variables)).trainingRuns;
}

/** Runs of a name of their own. */
async function makeRuns(runs: readonly MadeRun[]): Promise<string> {
  names += 1;
  const datasetName = `list ${names}`;
  const { metrics } = ENDED.SUCCEEDED;
  const changes = runs.map(({ accuracy, minute }) => ({
    ...OWN,
    ...(accuracy === null
      ? { ...ENDED.FAILED, metrics: null, baseline: null }
      : { ...ENDED.SUCCEEDED, metrics: { ...metrics, accuracy } }),
    dataset_name: datasetName,
    created_at: `2026-01-01T00:0${minute}:00.000Z`,
  }));
  await copyRow(server.database.owner, 'training_runs', original, changes);
  return datasetName;
}

const madeRun: fc.Arbitrary<MadeRun> = fc.record({
  accuracy: fc.option(fc.oneof(fc.constantFrom(0, 0.5, 1 / 3, 1), fc.double({ min: 0, max: 1, noNaN: true })), {
    freq: 3,
  }),
  minute: fc.integer({ min: 0, max: 3 }),
});

/** Better first, then newer, then by id; without metrics last. */
const bestFirst = (nodes: readonly Node[]) =>
  [...nodes].sort((one, other) => {
    const [a, b] = [one, other].map(({ metrics }) => metrics?.primary?.value ?? Number.NEGATIVE_INFINITY);
    if (a !== b) return (b ?? 0) - (a ?? 0);
    return `${one.createdAt} ${one.id}` < `${other.createdAt} ${other.id}` ? 1 : -1;
  });

test('the pages of the best runs show each run once and in order, whatever their sizes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(madeRun, { maxLength: 25 }),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      async (runs, sizes) => {
        const filter = { datasetName: await makeRuns(runs) };
        const seen: Node[] = [];
        let after: string | null = null;
        for (let turn = 0; ; turn += 1) {
          const first = sizes[turn % sizes.length];
          const { nodes, pageInfo, totalCount } = await pageOf({ filter, orderBy: 'BEST', first, after });
          expect(totalCount).toBe(runs.length);
          seen.push(...nodes);
          if (!pageInfo.hasNextPage) break;
          after = pageInfo.endCursor;
        }
        expect(new Set(seen.map(({ id }) => id)).size).toBe(runs.length);
        expect(seen).toEqual(bestFirst(seen));
      },
    ),
    { numRuns: 25 },
  );
});

test('a page can be read again from its cursor, in any order of the pages', async () => {
  const accuracies = [0.1, null, 0.9, 0.5, 0.9, null, 0.7];
  const filter = { datasetName: await makeRuns(accuracies.map((accuracy) => ({ accuracy, minute: 0 }))) };
  const all = (await pageOf({ filter, orderBy: 'BEST', first: 100 })).nodes.map(({ id }) => id);
  const cursors: (string | null)[] = [null];
  for (const _ of all.slice(1)) {
    cursors.push((await pageOf({ filter, orderBy: 'BEST', first: 1, after: cursors.at(-1) })).pageInfo.endCursor);
  }
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: all.length - 1 }), fc.integer({ min: 1, max: 9 }), async (at, first) => {
      const { nodes } = await pageOf({ filter, orderBy: 'BEST', first, after: cursors[at] });
      expect(nodes.map(({ id }) => id)).toEqual(all.slice(at, at + first));
    }),
    { numRuns: 20 },
  );
});

test('a cursor of one order is refused by the other, and so is one that has been changed', async () => {
  const filter = { datasetName: await makeRuns([{ accuracy: 0.5, minute: 0 }]) };
  const { endCursor: best } = (await pageOf({ filter, orderBy: 'BEST' })).pageInfo;
  const { endCursor: newest } = (await pageOf({ filter })).pageInfo;
  const id = crypto.randomUUID();
  const made = ['NaN', 'Infinity', '1e999', '0x1', ''].map((score) =>
    Buffer.from(`${score} 1767225600000 ${id}`).toString('base64url'),
  );
  for (const [orderBy, after] of [
    ['NEWEST', best],
    ['BEST', newest],
    ...made.map((cursor) => ['BEST', cursor] as const),
  ] as const) {
    const { errors } = await client.request(LIST, { filter, orderBy, after });
    expectError(errors, 'BAD_USER_INPUT', { argument: 'after' });
  }
});

test('trained runs are ordered by accuracy or R2, those that are queued last, and the default order is the newest first', async () => {
  const { id: datasetId } = await uploadDataset(client, housesCsv());
  const baseline = (await train(client, { datasetId, target: 'price', algorithm: 'BASELINE' })).id;
  const linear = (await train(client, { datasetId, target: 'price', algorithm: 'LINEAR' })).id;
  const tree = (await train(client, { datasetId, target: 'price', algorithm: 'BASELINE' })).id;
  const queued = await startTraining(client, { datasetId, target: 'price' });
  await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id: queued });
  const filter = { datasetId, task: 'REGRESSION', target: 'price' };
  const idsOf = async (orderBy: string | null) => (await pageOf({ filter, orderBy })).nodes.map(({ id }) => id);
  const first = await idsOf('BEST');
  expect(first[0]).toBe(linear);
  expect(new Set(first.slice(1))).toEqual(new Set([baseline, tree, queued]));
  expect(await idsOf('NEWEST')).toEqual([queued, tree, linear, baseline]);
  expect(await idsOf(null)).toEqual(await idsOf('NEWEST'));
});

test('a run tells its parameters by name, and all of its metrics with the primary one first', async () => {
  const { id: datasetId } = await uploadDataset(client, flowersCsv());
  const { id } = await train(client, { datasetId, algorithm: 'DECISION_TREE', parameters: { maxDepth: 3 } });
  const { trainingRun } = await client.execute<{
    trainingRun: {
      settings: Record<string, unknown>;
      parameters: readonly { name: string; value: string }[];
      metrics: {
        primary: object;
        values: readonly { name: string; value: number }[];
        undefinedMetrics: readonly { name: string }[];
        accuracy: number;
        logLoss: number;
      };
    };
  }>(
    `query ($id: ID!) { trainingRun(id: $id) {
      settings { maxDepth minSamplesLeaf seed classWeight trees } parameters { name value }
      metrics { primary { name value low high higherIsBetter } values { name value low high higherIsBetter }
        undefinedMetrics { name } ... on ClassificationMetrics { accuracy logLoss } } } }`,
    { id },
  );
  const { settings, parameters, metrics } = trainingRun;
  expect(settings).toMatchObject({ maxDepth: 3, trees: null });
  const texts = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
  for (const name of ['minSamplesLeaf', 'seed', 'classWeight']) expect(String(settings[name])).toBe(texts[name]);
  expect(metrics.values[0]).toEqual(metrics.primary);
  const byName = new Map(metrics.values.map(({ name, value }) => [name, value]));
  expect(byName.get('ACCURACY')).toBe(metrics.accuracy);
  expect(byName.get('LOG_LOSS')).toBe(metrics.logLoss);
  expect(byName.size).toBe(metrics.values.length);
  expect([...byName.keys(), ...metrics.undefinedMetrics.map(({ name }) => name)].sort()).toEqual(
    [
      ...['ACCURACY', 'AVERAGE_PRECISION', 'BRIER', 'F1', 'LOG_LOSS', 'PRECISION', 'RECALL', 'ROC_AUC'],
      ...['WEIGHTED_F1', 'WEIGHTED_PRECISION', 'WEIGHTED_RECALL'],
    ].sort(),
  );
});
