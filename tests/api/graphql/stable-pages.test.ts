import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyDataset, copyRow, ENDED, OWN } from '../../support/copied-rows.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { expectError } from '../../support/expect-error.ts';
import { startTraining, uploadDataset } from '../../support/operations.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

/** A row of a list: few moments, so that many rows share theirs. */
interface Row {
  readonly id: string;
  readonly createdAt: string;
}

/** What happens to a list between two of its pages. */
interface Happening {
  /** The moments of rows that come, anywhere in the list. */
  readonly coming: readonly number[];
  /** Which of the rows that are there go, as places among them. */
  readonly going: readonly number[];
}

interface PagedList {
  /** Adds rows of these moments to the list that bears a name. */
  add(name: string, timestamps: readonly string[]): Promise<string[]>;
  remove(id: string): Promise<void>;
  /** Selects the list of that name, as `list`. */
  readonly query: string;
}

interface Page {
  readonly list: {
    readonly edges: readonly { readonly node: Row }[];
    readonly nodes: readonly Row[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly totalCount: number;
  };
}

const FIELDS = 'edges { node { id createdAt } } nodes { id createdAt } pageInfo { hasNextPage endCursor } totalCount';
const ARGUMENTS = '$name: String!, $first: Int!, $after: String';

let server: TestServer;
let client: TestClient;
let datasetId: string;
let runId: string;
let names = 0;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
  runId = await startTraining(client, { datasetId, algorithm: 'BASELINE' });
});

afterAll(() => server.close());

const timestampOf = (minute: number) => `2026-01-01T00:0${minute}:00.000Z`;

const addRuns = (name: string, timestamps: readonly string[]) =>
  copyRow(
    server.database.owner,
    'training_runs',
    runId,
    timestamps.map((created_at) => ({ ...OWN, ...ENDED.SUCCEEDED, dataset_name: name, created_at })),
  );

const LISTS: Readonly<Record<string, PagedList>> = {
  trainingRuns: {
    add: addRuns,
    remove: async (id) => {
      await client.execute('mutation ($id: ID!) { archiveTrainingRun(id: $id) { id } }', { id });
    },
    query: `query (${ARGUMENTS}) {
      list: trainingRuns(filter: { datasetName: $name }, first: $first, after: $after) { ${FIELDS} } }`,
  },
  datasets: {
    add: async (name, timestamps) => {
      const { owner } = server.database;
      const [last] = await owner`select coalesce(max(version), 0) as version from datasets where name = ${name}`;
      const columns = { name, idempotency_key: null, idempotency_fingerprint: null };
      const next = Number(last?.['version']) + 1;
      return await copyDataset(
        owner,
        datasetId,
        timestamps.map((created_at, index) => ({ ...columns, created_at, version: next + index })),
      );
    },
    remove: async (id) => {
      await server.database.owner`delete from datasets where id = ${id}`;
    },
    query: `query (${ARGUMENTS}) { list: datasets(filter: { name: $name }, first: $first, after: $after) { ${FIELDS} } }`,
  },
  artifacts: {
    add: async (name, timestamps) => {
      const added = await addRuns(name, timestamps);
      const rows = await server.database.owner`
        insert into artifacts select gen_random_uuid(), run.workspace_id, run.id, 'TRAINYARD_JSON', 1, dataset.sha256, false,
          run.created_at from training_runs run join datasets dataset on dataset.id = run.dataset_id
        where run.id in ${server.database.owner(added)} returning id`;
      return rows.map((row) => String(row['id']));
    },
    remove: async (id) => {
      await server.database.owner`delete from artifacts where id = ${id}`;
    },
    query: `query (${ARGUMENTS}) {
      list: artifacts(filter: { datasetName: $name }, first: $first, after: $after) { ${FIELDS} } }`,
  },
};

const timestamp = fc.integer({ min: 0, max: 4 });
const happening: fc.Arbitrary<Happening> = fc.record({
  coming: fc.array(timestamp, { maxLength: 3 }),
  going: fc.array(fc.nat(50), { maxLength: 2 }),
});

/** Newest first, and of one moment by their ids. */
const inOrder = (rows: readonly Row[]) =>
  [...rows].sort((a, b) => (`${a.createdAt} ${a.id}` < `${b.createdAt} ${b.id}` ? 1 : -1));

/** Walks a list to its end, with something happening to it after each page; gives what the pages showed, and what stood. */
async function walk(list: PagedList, name: string, first: number, happenings: readonly Happening[]) {
  const listed = async (after: string | null, size: number) =>
    (await client.execute<Page>(list.query, { name, first: size, after })).list;
  const started = (await listed(null, 100)).edges.map(({ node }) => node);
  const active = new Map(started.map((row) => [row.id, row]));
  const seen: Row[] = [];
  let after: string | null = null;
  for (let page = 0; ; page++) {
    const { edges, nodes, pageInfo } = await listed(after, first);
    expect(nodes).toEqual(edges.map(({ node }) => node));
    expect(edges.length).toBeLessThanOrEqual(first);
    seen.push(...edges.map(({ node }) => node));
    if (!pageInfo.hasNextPage) return { seen, active: [...active.values()], started };
    after = pageInfo.endCursor;
    const { coming, going } = happenings[page] ?? { coming: [], going: [] };
    await list.add(name, coming.map(timestampOf));
    for (const place of going) {
      const row = started[place % started.length];
      if (row === undefined || !active.delete(row.id)) continue;
      await list.remove(row.id);
    }
  }
}

describe.each(Object.entries(LISTS))('a walk through %s', (_, list) => {
  test('paging shows each remaining row once, in order, whatever is added or removed meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(timestamp, { maxLength: 20 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(happening, { maxLength: 12 }),
        async (timestamps, first, happenings) => {
          names += 1;
          const name = `list ${names}`;
          await list.add(name, timestamps.map(timestampOf));
          const { seen, active, started } = await walk(list, name, first, happenings);
          expect(started).toHaveLength(timestamps.length);
          // Nothing twice, and what came meanwhile in its place too.
          expect(seen).toEqual(inOrder(seen));
          expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
          const stood = new Set(active.map(({ id }) => id));
          expect(seen.filter(({ id }) => stood.has(id))).toEqual(inOrder(active));
        },
      ),
      { numRuns: 15 },
    );
  });

  test('an invalid cursor is refused', async () => {
    const [row] = await list.add('cursors', [timestampOf(1)]);
    expect(row).toBeDefined();
    const { list: page } = await client.execute<Page>(list.query, { name: 'cursors', first: 1 });
    const cursor = page.pageInfo.endCursor ?? '';
    const text = fc.string({ unit: 'binary', minLength: 1 });
    const anything = fc.oneof(
      text,
      text.map((each) => Buffer.from(each).toString('base64url')),
      // A cursor with something after it, or without its end.
      text.map((each) => `${cursor}${each}`),
      fc.integer({ min: 1, max: cursor.length - 1 }).map((length) => cursor.slice(0, length)),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (after) => {
        const { errors } = await client.request(list.query, { name: 'cursors', first: 1, after });
        expectError(errors, 'BAD_USER_INPUT', { argument: 'after' });
      }),
      { numRuns: 60 },
    );
  });
});
