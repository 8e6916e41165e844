import { getNamedType, isObjectType, type OperationDefinitionNode, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { excessOf } from '../../src/api/limits.ts';
import { createSchema } from '../../src/api/schema.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { type ApiProcess, startApiProcess } from '../../src/processes/api-process.ts';
import { type Columns, copyDataset, copyRow, ENDED, OWN, writePoints } from '../support/copied-rows.ts';
import { type CountedAccess, countStatements } from '../support/counting-proxy.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { startTraining, uploadDataset } from '../support/operations.ts';
import { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { selectAll } from '../support/widest-selection.ts';

const schema = createSchema([]);

const RUNNING = { status: 'RUNNING', stage: 'FITTING', attempt: 1, finished_at: null, end_reason: null };

let server: TestServer;
let counted: CountedAccess;
/** An API process of the same database, whose statements are counted. */
let api: ApiProcess;
let client: TestClient;
let datasetId: string;
let runId: string;
let names = 0;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  counted = await countStatements(server.database.access);
  api = await startApiProcess(server.config, counted.access, createLogger('fatal', 'test'));
  const user = await server.signUp();
  client = new TestClient(api.url, user.token);
  datasetId = (await uploadDataset(client, flowersCsv())).id;
  runId = await startTraining(client, { datasetId, algorithm: 'BASELINE' });
  // What waits is looked for in the queue, for all who ask within half a second together: that is no matter of rows.
  await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id: runId });
});

afterAll(async () => {
  await api.close();
  await counted.close();
  await server.close();
});

/** Adds a name with two versions, each with three runs: one with a model, one that repeats it, and one that trains. */
async function addRows(): Promise<void> {
  const { owner } = server.database;
  names += 1;
  const name = `name ${names}`;
  const versions = [1, 2].map((version) => ({ name, version, idempotency_key: null, idempotency_fingerprint: null }));
  for (const dataset of await copyDataset(owner, datasetId, versions)) {
    // The newest is the one that repeats another: a page of one run has all that a run can have.
    const own = (minute: number) => ({ ...OWN, dataset_id: dataset, created_at: `2026-01-01T00:0${minute}:00Z` });
    const succeeded = await copyRun({ ...own(0), ...ENDED.SUCCEEDED });
    const failed = await copyRun({ ...own(1), ...ENDED.FAILED, retry_of: succeeded });
    const live = await copyRun({ ...own(2), ...RUNNING, retry_of: failed });
    const points = [1, 2, 3].map((iteration) => ({ iteration, trainLoss: 1 / iteration, validationLoss: null }));
    for (const run of [failed, live]) await writePoints(owner, run, points);
    await owner`insert into artifacts select gen_random_uuid(), workspace_id, ${succeeded}, 'TRAINYARD_JSON', size_bytes, sha256,
      false, now() from datasets where id = ${datasetId}`;
  }
}

async function copyRun(changes: Columns): Promise<string> {
  const [copy] = await copyRow(server.database.owner, 'training_runs', runId, [changes]);
  if (copy === undefined) throw new Error('There is no run to copy.');
  return copy;
}

/** A page of a list with everything that the schema has to say of its items, as much of it as one operation may ask for. */
function widestQuery(list: string): string {
  const connection = getNamedType(schema.getQueryType()?.getFields()[list]?.type);
  if (!isObjectType(connection)) throw new Error(`${list} is no list.`);
  const sizes = [100, 50, 30].flatMap((first) =>
    Array.from({ length: 100 }, (_, index) => ({ first, width: { levels: 11, nouns: 3, items: 100 - index } })),
  );
  for (const { first, width } of sizes) {
    const query = `{ ${list}(first: ${first}) ${selectAll(schema, connection, width)} }`;
    const document = parse(query);
    if (excessOf(document, document.definitions[0] as OperationDefinitionNode, {}) === null) return query;
  }
  throw new Error(`Nothing of ${list} may be asked for.`);
}

async function statementsOf(query: string): Promise<Readonly<Record<string, number>>> {
  counted.reset();
  await client.execute(query);
  return counted.counts();
}

const LISTS = ['datasets', 'trainingRuns', 'artifacts'];

test('what the widest page of a list costs in statements does not grow with its rows', async () => {
  const queries = LISTS.map((list) => [list, widestQuery(list)] as const);
  const measure = async () => {
    const measured: Record<string, Readonly<Record<string, number>>> = {};
    for (const [list, query] of queries) measured[list] = await statementsOf(query);
    return measured;
  };
  await addRows();
  const few = await measure();
  for (let n = 0; n < 14; n++) await addRows();
  const many = await measure();
  expect(many).toEqual(few);
  for (const list of LISTS) {
    const texts = Object.keys(few[list] ?? {});
    expect(
      texts.some((text) => text.includes('"training_runs"')),
      list,
    ).toBe(true);
    expect(
      texts.some((text) => text.includes('"dataset_columns"')),
      list,
    ).toBe(true);
    expect(
      texts.some((text) => text.includes('"training_events"')),
      list,
    ).toBe(true);
  }
});

describe('how many there are', () => {
  const nodes = 'edges { node { id } } pageInfo { hasNextPage }';
  const countsIn = (statements: Readonly<Record<string, number>>) =>
    Object.entries(statements)
      .filter(([text]) => text.includes('count(*)'))
      .reduce((sum, [, count]) => sum + count, 0);

  test.each([
    ['datasets', (total: string) => `{ datasets { ${nodes} ${total} } }`],
    ['trainingRuns', (total: string) => `{ trainingRuns { ${nodes} ${total} } }`],
    ['artifacts', (total: string) => `{ artifacts { ${nodes} ${total} } }`],
    ['versions', (total: string) => `{ datasets { edges { node { versions { ${nodes} ${total} } } } } }`],
    ['a dataset’s runs', (total: string) => `{ datasets { edges { node { trainingRuns { ${nodes} ${total} } } } } }`],
  ])('of %s is counted where it is asked for, by one statement', async (_, query) => {
    expect(countsIn(await statementsOf(query('')))).toBe(0);
    expect(countsIn(await statementsOf(query('totalCount')))).toBe(1);
  });
});
