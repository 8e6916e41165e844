import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listOutlines } from '../../src/datasets/dataset.store.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { type Database, openDatabase } from '../../src/platform/postgres/database.ts';
import { type ApiProcess, startApiProcess } from '../../src/processes/api-process.ts';
import { findPlannedRun, findRun } from '../../src/training/runs/training-run.store.ts';
import { copyDataset, copyRow, ENDED, OWN } from '../support/copied-rows.ts';
import { type CountedAccess, countStatements } from '../support/counting-proxy.ts';
import { distinctCsv, flowersCsv } from '../support/csv-files.ts';
import { startTraining, UPLOAD, uploadDataset } from '../support/operations.ts';
import { TestClient, type TestFile } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const INSPECT = `mutation ($file: Upload!) { inspectDataset(file: $file) {
  accepted columnCount issues { code severity message lines } } }`;

let server: TestServer;
let counted: CountedAccess;
/** An API process of the same database, whose statements are counted. */
let api: ApiProcess;
let client: TestClient;
let database: Database;
let workspaceId: string;
let flowers: string;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  counted = await countStatements(server.database.access);
  api = await startApiProcess(server.config, counted.access, createLogger('fatal', 'test'));
  client = new TestClient(api.url, (await server.signUp()).token);
  database = openDatabase(server.database.access);
  flowers = (await uploadDataset(client, flowersCsv())).id;
  const [row] = await server.database.owner<{ workspace_id: string }[]>`select workspace_id from datasets`;
  workspaceId = row?.workspace_id ?? '';
});

afterAll(async () => {
  await Promise.all([database.close(), api.close()]);
  await counted.close();
  await server.close();
});

/** Numbers in so many columns. */
function wideCsv(columns: number, rows = 10): TestFile {
  const line = (cell: (column: number) => string) => Array.from({ length: columns }, (_, at) => cell(at)).join();
  const lines = Array.from({ length: rows }, (_, row) => line((at) => `${((row * 7 + at) % 13) / 10}`));
  return { name: 'wide.csv', content: `${[line((at) => `c${at}`), ...lines].join('\n')}\n` };
}

function statements(part: string): number {
  return Object.entries(counted.counts())
    .filter(([text]) => text.includes(part))
    .reduce((sum, [, count]) => sum + count, 0);
}

describe('a file of many columns', () => {
  const COLUMNS = 3_000;
  const PAGE =
    'columns(offset: $offset, limit: 1000) { name index kind distinct numeric { min max } topValues { value count } }';
  let uploaded: { readonly dataset: { readonly id: string; readonly columnCount: number } };
  let inserts: number;

  beforeAll(async () => {
    counted.reset();
    const payload = await client.executeWithFile<{ uploadDataset: typeof uploaded }>(UPLOAD, wideCsv(COLUMNS));
    uploaded = payload.uploadDataset;
    inserts = statements('insert into dataset_columns');
  });

  test('a file of many columns is stored by many statements of few columns', async () => {
    expect(uploaded.dataset.columnCount).toBe(COLUMNS);
    // No more than 300 columns in one: some 10 ms.
    expect(inserts).toBeGreaterThanOrEqual(COLUMNS / 300);
  });

  test('a file of many columns has the same columns in the report and in the dataset', async () => {
    const names = Array.from({ length: COLUMNS }, (_, at) => `c${at}`);
    const stored = [];
    for (let offset = 0; offset < COLUMNS; offset += 1_000) {
      const query = `query ($id: ID!, $offset: Int!) { dataset(id: $id) { ${PAGE} } }`;
      const answer = await client.execute<{ dataset: { columns: object[] } }>(query, {
        id: uploaded.dataset.id,
        offset,
      });
      const report = await client.executeWithFile<{ inspectDataset: { columns: object[] } }>(
        `mutation ($file: Upload!, $offset: Int!) { inspectDataset(file: $file) { ${PAGE} } }`,
        wideCsv(COLUMNS),
        { offset },
      );
      expect(report.inspectDataset.columns).toEqual(answer.dataset.columns);
      stored.push(...answer.dataset.columns);
    }
    expect(stored.map((column) => (column as { name: string }).name)).toEqual(names);
  });

  test('the preview of a file of many columns has at most 20,000 cells', async () => {
    const query = 'query ($id: ID!) { dataset(id: $id) { preview(rows: 20) { cells } } }';
    const { dataset } = await client.execute<{ dataset: { preview: { cells: string[] }[] } }>(query, uploaded.dataset);
    expect(dataset.preview.map(({ cells }) => cells.length)).toEqual(Array(6).fill(COLUMNS));
  });

  test('a file with too many columns is refused alike by the dry run and by the upload', async () => {
    const file = wideCsv(100_001, 1);
    const refusal = {
      code: 'CSV_TOO_MANY_COLUMNS',
      severity: 'ERROR',
      message: 'The file has more than 100,000 columns.',
      lines: [1],
    };
    const dryRun = await client.executeWithFile(INSPECT, file);
    expect(dryRun).toMatchObject({ inspectDataset: { accepted: false, issues: [refusal] } });
    const upload = await client.executeWithFile(UPLOAD, file);
    expect(upload).toMatchObject({ uploadDataset: { dataset: null, report: { accepted: false, issues: [refusal] } } });
  });
});

/** A dataset that looks as one with so many numbers, and a target with two labels. */
async function madeDataset(columns: number): Promise<string> {
  const { owner } = server.database;
  const [id = ''] = await copyDataset(owner, flowers, [
    { name: `wide ${columns}`, version: 1, idempotency_key: null, idempotency_fingerprint: null },
  ]);
  await owner`insert into dataset_columns select ${id}, workspace_id, index + at, 'c' || at, kind, 0, 9, false, numeric_profile,
    top_values, date_order, number_format
    from dataset_columns, generate_series(3, ${columns - 1}) at where dataset_id = ${id} and index = 0`;
  return id;
}

describe('planning a training on many columns', () => {
  test('planning a training on many columns reads them in batches of some thousand', async () => {
    const id = await madeDataset(12_000);
    counted.reset();
    const runId = await startTraining(client, { datasetId: id, target: 'kind' });
    expect(statements('"dataset_columns"."index" <')).toBe(3);
    expect(statements('"top_values"')).toBe(0);
    const { trainingRun } = await client.execute<{ trainingRun: { features: string[] } }>(
      'query ($runId: ID!) { trainingRun(id: $runId) { features(limit: 20000) } }',
      { runId },
    );
    // Without the target.
    expect(trainingRun.features).toHaveLength(11_999);
    expect(trainingRun.features.slice(0, 3)).toEqual(['petal', 'soil', 'c3']);
    expect(trainingRun.features.at(-1)).toBe('c11999');
    const outlines = await database.transaction({ workspaceId }, (tx) => listOutlines(tx, id));
    expect(outlines).toHaveLength(12_000);
  });

  test('planning a training refuses too many features before it processes them', async () => {
    const id = await madeDataset(65_540);
    const answer = await client.request(
      'mutation ($input: StartTrainingInput!) { startTraining(input: $input) { id } }',
      {
        input: { datasetId: id, target: 'kind' },
      },
    );
    expect(answer.errors[0]).toMatchObject({
      message: 'A model takes at most 65534 features; got 65539.',
      extensions: { code: 'BAD_USER_INPUT', argument: 'input.features' },
    });
    const features = ['petal', 'c65000'];
    expect(await startTraining(client, { datasetId: id, target: 'kind', features })).toBeTruthy();
  });
});

describe('a run with many features', () => {
  const MANY = 50_000;
  let runId: string;
  let other: string;

  beforeAll(async () => {
    const { owner } = server.database;
    const first = await startTraining(client, { datasetId: flowers, algorithm: 'BASELINE' });
    await client.execute('mutation ($first: ID!) { cancelTraining(id: $first) { id } }', { first });
    const succeeded = { ...OWN, ...ENDED.SUCCEEDED };
    const copies = await copyRow(owner, 'training_runs', first, [succeeded, succeeded]);
    [runId, other] = copies as [string, string];
    for (const [id, from] of [
      [runId, 0],
      [other, 15],
    ] as const) {
      await owner`update training_runs set
        features = (select jsonb_agg('c' || at order by at) from generate_series(${from}::integer, ${from + MANY - 1}::integer) at),
        feature_importances = (select jsonb_agg(jsonb_build_object('feature', 'c' || at, 'gain', 0.5, 'importance', 0.1, 'stddev', 0,
          'method', 'PERMUTATION', 'isNoise', false) order by at)
          from generate_series(${from}::integer, ${from + MANY - 1}::integer) at)
        where id = ${id}`;
    }
  });

  test('a run with many features is read without them, and with all of them for its training', async () => {
    const [row, planned] = await database.transaction({ workspaceId }, (tx) =>
      Promise.all([findRun(tx, runId), findPlannedRun(tx, runId)]),
    );
    expect(row).toMatchObject({ featureCount: MANY, features: null, featureImportances: null });
    expect(planned?.features).toHaveLength(MANY);
  });

  test('a run with many features shows as many as requested', async () => {
    const { trainingRun } = await client.execute<{ trainingRun: object }>(
      'query ($runId: ID!) { trainingRun(id: $runId) { features(limit: 2) featureImportances(limit: 1) { feature } } }',
      { runId },
    );
    expect(trainingRun).toEqual({ features: ['c0', 'c1'], featureImportances: [{ feature: 'c0' }] });
  });

  test('a run with many features is compared by the differences', async () => {
    const { compareRuns } = await client.execute<{
      compareRuns: { warnings: string[]; parameters: { name: string; values: string[]; differs: boolean }[] };
    }>('query ($ids: [ID!]!) { compareRuns(ids: $ids) { warnings parameters { name values differs } } }', {
      ids: [runId, other],
    });
    const names = Array.from({ length: 10 }, (_, at) => `c${at}`).join(', ');
    expect(compareRuns.warnings).toContain(
      `The runs use different features. Not used by all runs: ${names} and 20 more.`,
    );
    expect(compareRuns.parameters).toContainEqual({ name: 'run.features', values: ['50000', '50000'], differs: true });
  });

  test('a run with many features has a card of a few pages that says where the others are', async () => {
    const { trainingRun } = await client.execute<{ trainingRun: { modelCard: string } }>(
      'query ($runId: ID!) { trainingRun(id: $runId) { modelCard } }',
      { runId },
    );
    const { modelCard } = trainingRun;
    expect(modelCard.length).toBeLessThan(20_000);
    expect(modelCard).toContain('50000 columns.');
    expect(modelCard).toContain('| c199 |');
    expect(modelCard).toContain('and 49800 more.');
    expect(modelCard).toContain('are too long for a card');
    expect(modelCard).not.toContain('"features"');
  });

  test('a run with many features is retried with all of them', async () => {
    const { retryTraining } = await client.execute<{ retryTraining: { id: string } }>(
      'mutation ($runId: ID!) { retryTraining(id: $runId) { id } }',
      { runId },
    );
    const repeated = await database.transaction({ workspaceId }, (tx) => findPlannedRun(tx, retryTraining.id));
    expect(repeated?.features).toEqual(Array.from({ length: MANY }, (_, at) => `c${at}`));
  });
});

describe('a server with little memory for reading', () => {
  test('a server with little memory refuses a file that needs more, by the dry run and by the upload, and continues', async () => {
    const small = await startTestServer({ MAX_READING_MEMORY_BYTES: '64000000' }, { worker: false });
    try {
      const user = await small.signUp();
      const file = distinctCsv(80 << 20);
      // Which part of the values is the one too much depends on what the collector has left of the others.
      const message = expect.stringMatching(/the distinct values of column "text"|its rows|the values of the file/);
      const issues = [{ code: 'CSV_TOO_MUCH_MEMORY', severity: 'ERROR', message }];
      expect(await user.executeWithFile(INSPECT, file)).toMatchObject({ inspectDataset: { accepted: false, issues } });
      expect(await user.executeWithFile(UPLOAD, file)).toMatchObject({
        uploadDataset: { dataset: null, report: { accepted: false, rowCount: null, issues } },
      });
      expect(await small.database.owner`select id from datasets`).toEqual([]);
      expect(await uploadDataset(user, flowersCsv())).toMatchObject({ version: 1 });
    } finally {
      await small.close();
    }
  });
});
