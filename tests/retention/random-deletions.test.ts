import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { eventually } from '../support/eventually.ts';
import { uploadDataset, workspaceIdOf } from '../support/operations.ts';
import { countedFiles, storedFiles } from '../support/stored-files.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

/** What a client does: with the n-th dataset that it has uploaded, whatever has become of that. */
type Act =
  | { readonly kind: 'UPLOAD'; readonly name: string; readonly rows: number }
  | { readonly kind: 'DELETE' | 'REMOVE' | 'RESTORE' | 'PIN'; readonly index: number };

/** What has to have become of an uploaded dataset. */
interface ModelDataset {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly rows: number;
  state: 'THERE' | 'RESTORABLE' | 'GONE';
}

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    kind: fc.constant('UPLOAD' as const),
    name: fc.constantFrom('a', 'b'),
    rows: fc.constantFrom(60, 61, 62),
  }),
  fc.record({ kind: fc.constantFrom('DELETE', 'REMOVE', 'RESTORE', 'PIN'), index: fc.nat(3) }),
);

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ RESTORE_WINDOW_DAYS: '1' });
});

afterAll(() => server.close());

const MUTATIONS = {
  DELETE: 'mutation ($id: ID!) { deleteDataset(id: $id) { id } }',
  REMOVE: 'mutation ($id: ID!) { deleteDataset(id: $id, permanent: true) { id } }',
  RESTORE: 'mutation ($id: ID!) { restoreDataset(id: $id) { id } }',
  PIN: 'mutation ($id: ID!) { pinDataset(id: $id, pinned: true) { id } }',
};

/** The state after a mutation; null where it is answered NOT_FOUND. RESTORE of what is being removed may be a CONFLICT too. */
const NEXT: Readonly<
  Record<keyof typeof MUTATIONS, Readonly<Record<ModelDataset['state'], ModelDataset['state'] | null>>>
> = {
  DELETE: { THERE: 'RESTORABLE', RESTORABLE: 'RESTORABLE', GONE: null },
  REMOVE: { THERE: 'GONE', RESTORABLE: 'GONE', GONE: null },
  RESTORE: { THERE: 'THERE', RESTORABLE: 'THERE', GONE: null },
  PIN: { THERE: 'THERE', RESTORABLE: null, GONE: null },
};

async function upload(client: TestClient, all: ModelDataset[], name: string, rows: number): Promise<void> {
  const { id, version } = await uploadDataset(client, flowersCsv(rows), { name });
  // No number is ever given again, whatever has been deleted.
  expect(version).toBe(all.filter((each) => each.name === name).length + 1);
  all.push({ id, name, version, rows, state: 'THERE' });
}

async function perform(client: TestClient, all: ModelDataset[], one: Act): Promise<void> {
  if (one.kind === 'UPLOAD') return await upload(client, all, one.name, one.rows);
  const dataset = all[one.index];
  if (dataset === undefined) return;
  const next = NEXT[one.kind][dataset.state];
  const { errors } = await client.request(MUTATIONS[one.kind], { id: dataset.id });
  const codes = errors.map(({ extensions }) => extensions.code);
  expect([[], ['NOT_FOUND'], ['CONFLICT']]).toContainEqual(codes);
  expect(codes.length === 0).toBe(next !== null);
  dataset.state = next ?? dataset.state;
}

const LISTS = `{ there: datasets(first: 100) { totalCount nodes { id isLatest } }
  restorable: datasets(first: 100, filter: { deleted: true }) { totalCount nodes { id isLatest } }
  viewer { workspace { usage { datasets } } } }`;

interface Lists {
  readonly there: {
    readonly totalCount: number;
    readonly nodes: readonly { readonly id: string; readonly isLatest: boolean }[];
  };
  readonly restorable: Lists['there'];
  readonly viewer: { readonly workspace: { readonly usage: { readonly datasets: number } } };
}

async function expectLists(client: TestClient, all: readonly ModelDataset[]): Promise<void> {
  const { there, restorable, viewer } = await client.execute<Lists>(LISTS);
  const idsOf = (state: ModelDataset['state']) => all.filter((each) => each.state === state).map(({ id }) => id);
  expect(there.nodes.map(({ id }) => id).toSorted()).toEqual(idsOf('THERE').toSorted());
  expect(restorable.nodes.map(({ id }) => id).toSorted()).toEqual(idsOf('RESTORABLE').toSorted());
  expect(there.totalCount).toBe(there.nodes.length);
  expect(restorable.totalCount).toBe(restorable.nodes.length);
  expect(viewer.workspace.usage.datasets).toBe(there.nodes.length);
  const living = all.filter(({ state }) => state === 'THERE');
  const latest = living.filter(
    ({ name, version }) => !living.some((other) => other.name === name && other.version > version),
  );
  expect(
    there.nodes
      .filter(({ isLatest }) => isLatest)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(latest.map(({ id }) => id).toSorted());
}

test('after any uploads, deletions and restorations lists are right, and each file is stored as long as something needs it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 10 }), async (acts) => {
      const client = await server.signUp();
      const workspaceId = await workspaceIdOf(client);
      const all: ModelDataset[] = [];
      for (const one of acts) {
        await perform(client, all, one);
        await expectLists(client, all);
      }
      // Of each file that is needed: the CSV file and its table.
      const needed = new Set(all.filter(({ state }) => state !== 'GONE').map(({ rows }) => rows));
      await eventually(async () => {
        const files = (await storedFiles(server)).filter((path) => path.startsWith(workspaceId));
        expect(files).toHaveLength(2 * needed.size);
        expect(await storedFiles(server)).toEqual(await countedFiles(server));
      });
    }),
    { numRuns: 15, seed: 14 },
  );
});
