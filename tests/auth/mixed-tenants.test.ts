import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { type EndedRun, train, uploadDataset } from '../support/operations.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

/** More with `MIXED_REQUESTS=10000`, as docs/testing.md tells. */
const REQUESTS = Number(process.env['MIXED_REQUESTS'] ?? 300);

const TENANTS = 6;

/** Far more at once than there are connections: each of these serves another tenant with every transaction. */
const AT_ONCE = 40;
const CONNECTIONS = 3;

/** Somebody in a workspace of their own, and all by which what they have is told from what others have. */
interface Tenant {
  readonly client: TestClient;
  readonly dataset: string;
  readonly run: string;
  readonly artifact: string;
  /** All of these, the names that they gave, their address, and the ids of their workspace and membership. */
  readonly marks: readonly string[];
}

/** A request, for what a tenant has itself or for what another one has. */
interface Kind {
  readonly query: string;
  readonly id?: (tenant: Tenant) => string;
  readonly isForeign?: boolean;
}

const OWN_KINDS: readonly Kind[] = [
  { query: '{ datasets { totalCount nodes { id name columns { name } } } }' },
  {
    query: 'query ($id: ID!) { dataset(id: $id) { id name preview { cells } trainingRuns { nodes { id } } } }',
    id: ({ dataset }) => dataset,
  },
  { query: '{ trainingRuns { totalCount edges { node { id dataset { id name } artifact { id } } } } }' },
  {
    query:
      'query ($id: ID!) { trainingRun(id: $id) { id events { seq kind } curve { __typename } evaluation { __typename } } }',
    id: ({ run }) => run,
  },
  { query: '{ artifacts { nodes { id run { id } } } }' },
  {
    query:
      '{ viewer { id user { email } workspace { id name usage { datasets runs } auditLog { nodes { subject } } } memberships { id } } }',
  },
  { query: 'mutation ($id: ID!) { pinDataset(id: $id, pinned: true) { id name } }', id: ({ dataset }) => dataset },
  { query: 'query ($id: ID!) { node(id: $id) { __typename id } }', id: ({ artifact }) => artifact },
];

const FOREIGN_KINDS: readonly Kind[] = [
  { query: 'query ($id: ID!) { dataset(id: $id) { id name preview { cells } } }', id: ({ dataset }) => dataset },
  { query: 'query ($id: ID!) { trainingRun(id: $id) { id events { seq } } }', id: ({ run }) => run },
  { query: 'query ($id: ID!) { artifact(id: $id) { id modelUrl } }', id: ({ artifact }) => artifact },
  { query: 'query ($id: ID!) { node(id: $id) { __typename id } }', id: ({ dataset }) => dataset },
  { query: 'mutation ($id: ID!) { deleteDataset(id: $id) { id } }', id: ({ dataset }) => dataset },
  { query: 'mutation ($id: ID!) { deleteTrainingRun(id: $id) { id } }', id: ({ run }) => run },
];

const KINDS = [...OWN_KINDS, ...FOREIGN_KINDS.map((kind) => ({ ...kind, isForeign: true }))];

let server: TestServer;
let tenants: Tenant[];

beforeAll(async () => {
  server = await startTestServer({ DATABASE_CONNECTIONS: String(CONNECTIONS) });
  tenants = await Promise.all(Array.from({ length: TENANTS }, (_, number) => makeTenant(number)));
});

afterAll(() => server.close());

async function makeTenant(number: number): Promise<Tenant> {
  const client = await server.signUp();
  const name = `flowers of tenant ${number}`;
  const { id: dataset } = await uploadDataset(client, flowersCsv(), { name });
  const run: EndedRun = await train(client, { datasetId: dataset, algorithm: 'BASELINE' });
  const { viewer } = await client.execute<{
    viewer: { id: string; user: { email: string }; workspace: { id: string } };
  }>('{ viewer { id user { email } workspace { id } } }');
  const artifact = run.artifact?.id ?? '';
  const marks = [dataset, run.id, artifact, name, viewer.id, viewer.user.email, viewer.workspace.id];
  return { client, dataset, run: run.id, artifact, marks };
}

/** The marks of others in an answer, without the id that it was asked for: an error repeats that. */
function foreignMarks(text: string, own: Tenant, asked: string): string[] {
  const answer = asked === '' ? text : text.replaceAll(asked, '');
  return tenants
    .filter((tenant) => tenant !== own)
    .flatMap(({ marks }) => marks.filter((mark) => answer.includes(mark)));
}

async function send(number: number): Promise<void> {
  const kind = KINDS[number % KINDS.length];
  const own = tenants[Math.floor(number / KINDS.length) % TENANTS];
  const other = tenants[(number + 1 + Math.floor(number / (KINDS.length * TENANTS))) % TENANTS];
  if (kind === undefined || own === undefined || other === undefined) throw new Error('There is no such request.');
  const isForeign = kind.isForeign === true && other !== own;
  const id = kind.id?.(isForeign ? other : own) ?? '';
  // Nobody deletes what they have.
  if (!isForeign && kind.query.includes('delete')) return;
  const { data, errors } = await own.client.request(kind.query, { id });
  const text = JSON.stringify({ data, errors });
  const outcome = {
    foreign: foreignMarks(text, own, isForeign ? id : ''),
    errors: isForeign ? [] : errors,
    // Nothing of what another tenant has, and what they have themselves.
    isRight: isForeign
      ? Object.values(data ?? { none: null }).every((value) => value === null)
      : own.marks.some((mark) => text.includes(mark)),
  };
  expect(outcome, kind.query).toEqual({ foreign: [], errors: [], isRight: true });
}

test('an answer with what another tenant has is noticed', () => {
  const [own, other] = tenants;
  if (own === undefined || other === undefined) throw new Error('There are no tenants.');
  for (const mark of other.marks) expect(foreignMarks(`{"name":"${mark}"}`, own, '')).toEqual([mark]);
});

test(`mixed requests of many tenants on a pool of ${CONNECTIONS} connections get no row of another tenant`, async () => {
  let next = 0;
  const workers = Array.from({ length: AT_ONCE }, async () => {
    while (next < REQUESTS) {
      next += 1;
      await send(next);
    }
  });
  await Promise.all(workers);
  const rows = await server.database.owner`select from pg_stat_activity
    where datname = current_database() and application_name = 'trainyard'`;
  // Those of the API and of the worker.
  expect(rows.length).toBeLessThanOrEqual(2 * CONNECTIONS);
});
