import { getNamedType, isObjectType, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { OperationRules } from '../../../src/api/limits/operation-rules.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { type ApiProcess, startApiProcess } from '../../../src/processes/api-process.ts';
import { describeApiSchema } from '../../../src/processes/api-schema.ts';
import { type Columns, copyDataset, copyRow, ENDED, OWN, writePoints } from '../../support/copied-rows.ts';
import { type CountedAccess, countStatements } from '../../support/counting-proxy.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { startTraining, uploadDataset } from '../../support/operations.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { selectAll } from '../../support/widest-selection.ts';

const schema = describeApiSchema();
const rules = new OperationRules(schema, { INTROSPECTION: true });

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
    // Of one dataset the newest is the one that repeats another; and each page of some runs has runs of each kind.
    const day = new Date(Date.UTC(2026, 0, names)).toISOString().slice(0, 10);
    const own = (minute: number) => ({ ...OWN, dataset_id: dataset, created_at: `${day}T00:0${minute}:00Z` });
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

/**
 * A page of a list with everything that the schema has to say of its items, datasets, runs and artifacts followed into each
 * other so deep; of all lists within it as many items as one operation may ask for.
 */
function widestQuery(list: string, nouns: number, without: readonly string[] = []): string {
  const connection = getNamedType(schema.getQueryType()?.getFields()[list]?.type);
  if (!isObjectType(connection)) throw new Error(`${list} is no list.`);
  const sizes = [100, 50, 30, 20].flatMap((first) =>
    Array.from({ length: 100 }, (_, index) => ({ first, width: { levels: 11, nouns, items: 100 - index, without } })),
  );
  for (const { first, width } of sizes) {
    const query = `{ ${list}(first: ${first}) ${selectAll(schema, connection, width)} }`;
    const document = parse(query);
    if (rules.refusalsOf(document, { operationName: null, variables: {} }).length === 0) return query;
  }
  throw new Error(`Nothing of ${list} may be asked for.`);
}

async function statementsOf(query: string): Promise<Readonly<Record<string, number>>> {
  counted.reset();
  await client.execute(query);
  return counted.counts();
}

const LISTS = ['datasets', 'trainingRuns', 'artifacts'];

/** Read from the file of a model: those of the rows here are none. */
const OF_MODEL_FILES = ['inputs', 'labels'];

/** With it no page of a hundred runs may be asked for: it has a query of its own. */
const LEADERBOARDS = '{ trainingRuns(first: 100) { nodes { id leaderboard { id name status settings { trees } } } } }';

/** `settings` are the parameters once more, read with the run. */
const NOT_ON_WIDE_PAGES = ['leaderboard', 'settings', ...OF_MODEL_FILES];

/** Fields that cost much, or have many fields. */
const HEAVY = ['curve', 'modelCard', 'parameters', 'values', ...NOT_ON_WIDE_PAGES];

/** The statements of queries with few rows, and with many. */
async function measure(queries: readonly string[]) {
  // On a slow machine a list is completed in several turns, each with reads of its own: here no time passes.
  using _clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
  const statements = async () => {
    const measured: Readonly<Record<string, number>>[] = [];
    for (const query of queries) measured.push(await statementsOf(query));
    return measured;
  };
  await server.database.owner`truncate artifacts, model_aliases, training_events`;
  await server.database.owner`delete from training_runs where id <> ${runId}`;
  await server.database.owner`delete from datasets where id <> ${datasetId}`;
  await addRows();
  const few = await statements();
  for (let n = 0; n < 14; n++) await addRows();
  return { few, many: await statements() };
}

test('the widest page of a list executes the same statements for 2 and for 30 datasets', async () => {
  const { few, many } = await measure([...LISTS.map((list) => widestQuery(list, 2, NOT_ON_WIDE_PAGES)), LEADERBOARDS]);
  expect(many).toEqual(few);
  for (const statements of few.slice(0, LISTS.length)) {
    const texts = Object.keys(statements);
    for (const table of ['"dataset_columns"', '"training_events"', '"training_evaluations"', 'training_runs run']) {
      expect(texts.filter((text) => text.includes(table)).length, table).toBeGreaterThan(0);
    }
  }
});

test('the deepest page of a list executes no statement more often than twice per position of its selection', async () => {
  // What weighs most stands on the widest page: at each place of this one it would be more than an operation may ask for.
  const queries = LISTS.map((list) => widestQuery(list, 3, HEAVY));
  const { many } = await measure(queries);
  for (const [index, statements] of many.entries()) {
    // The same thing is reached on several ways, and it is a matter of moments which of them are read together. A field of a
    // place is read once for all of its rows, and no statement is that of more than two fields.
    const places = queries[index]?.match(/\b(node|dataset|run|retryOf|artifact) \{/g)?.length ?? 0;
    const reads = Object.entries(statements).filter(([text]) => !/^(begin|commit|select set_config)/.test(text));
    expect(Math.max(...reads.map(([, count]) => count))).toBeLessThanOrEqual(2 * places);
    // With a read for each row there would be many more.
    expect(2 * places).toBeLessThan(30);
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
  ])('the totalCount of %s is computed only if requested, by one statement', async (_, query) => {
    expect(countsIn(await statementsOf(query('')))).toBe(0);
    expect(countsIn(await statementsOf(query('totalCount')))).toBe(1);
  });
});
