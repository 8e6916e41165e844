import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Context } from '../../../src/api/graphql/context.ts';
import { DownloadLinks } from '../../../src/api/http/download-links.ts';
import { SignedTokens } from '../../../src/platform/signed-tokens.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { madeRun, workspaceOfRuns } from '../../support/made-runs.ts';
import { uploadDataset } from '../../support/operations.ts';
import { errorsOf, openSession } from '../../support/raw-socket.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const MEGABYTE = 'l'.repeat(1_000_000);

let server: TestServer;
let client: TestClient;
let datasetId: string;
let runId: string;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  client = await server.signUp();
  const { owner } = server.database;
  const workspace = await workspaceOfRuns(client, owner);
  const run = madeRun({ metrics: { accuracy: 1, f1: 1, precision: 1, recall: 1 } });
  runId = run.id;
  await workspace.insert([run]);
  datasetId = (await uploadDataset(client, flowersCsv())).id;
  // As many columns as a file may have, with names as long as they may be.
  await owner`update training_runs set features = (
    select jsonb_agg(rpad(n::text, 200, 'x')) from generate_series(1, 90000) n) where id = ${runId}`;
  await owner`update datasets set preview = (
    select jsonb_agg(jsonb_build_object('line', n, 'cells', (select jsonb_agg('x'::text) from generate_series(1, 20000))))
    from generate_series(1, 20) n) where id = ${datasetId}`;
  const evaluation = {
    task: 'CLASSIFICATION',
    confusionMatrix: {
      labels: ['a', MEGABYTE],
      counts: [
        [1, 0],
        [0, 1],
      ],
    },
    perClass: [{ label: MEGABYTE, precision: 1, recall: 1, f1: 1, support: 1 }],
    positiveClass: MEGABYTE,
    rocCurve: null,
    precisionRecallCurve: null,
    calibration: null,
  };
  await owner`insert into training_evaluations ${owner({
    run_id: runId,
    workspace_id: workspace.workspaceId,
    evaluation: owner.json(evaluation),
    trained_by: '0.1.0',
    predictions: Buffer.alloc(0),
    test_rows_sha256: '0'.repeat(64),
  })}`;
});

afterAll(() => server.close());

/** The same field under so many names. */
const named = (count: number, field: string) =>
  Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ');

/** Sends an operation in both ways, and gives the code of the one error that each is answered with, and the data. */
async function refusals(query: string): Promise<[unknown, unknown][]> {
  const overHttp = await client.request(query);
  const socket = await openSession(server.url, { authorization: `Bearer ${client.token}` });
  const message = await socket.ask('1', { query });
  socket.terminate();
  const { data } = message.payload as { data: unknown };
  return [
    [overHttp.data, overHttp.errors.map(({ extensions }) => extensions.code)],
    [data, errorsOf(message).map(({ extensions }) => extensions.code)],
  ];
}

const REFUSED = [
  [null, ['ANSWER_TOO_LARGE']],
  [null, ['ANSWER_TOO_LARGE']],
];

test('a response of more than 10 MB is not sent, over HTTP or over WebSocket', async () => {
  expect(await refusals(`{ trainingRun(id: "${runId}") { features(limit: 90000) } }`)).toEqual(REFUSED);
  const { trainingRun } = await client.execute<{ trainingRun: { features: string[] } }>(
    `{ trainingRun(id: "${runId}") { features(limit: 40000) } }`,
  );
  expect(trainingRun.features).toHaveLength(40_000);
});

test('the same long list under many aliases is refused by its actual size if its length was unknown before', async () => {
  expect(await refusals(`{ dataset(id: "${datasetId}") { ${named(20, 'preview(rows: 20) { cells }')} } }`)).toEqual(
    REFUSED,
  );
  expect((await client.request(`{ dataset(id: "${datasetId}") { preview(rows: 20) { cells } } }`)).errors).toEqual([]);
});

test('labels are truncated like cells, wherever they appear', async () => {
  const { trainingRun } = await client.execute<{ trainingRun: { evaluation: Record<string, unknown> } }>(
    `{ trainingRun(id: "${runId}") { evaluation { ${named(400, 'positiveClass')} perClass { label } confusionMatrix { labels } } } }`,
  );
  const label = MEGABYTE.slice(0, 200);
  expect(trainingRun.evaluation).toMatchObject({
    a0: label,
    a399: label,
    perClass: [{ label }],
    confusionMatrix: { labels: ['a', label] },
  });
});

test('the card of a model with very many features lists the first ones and says where to find the others', async () => {
  const { trainingRun } = await client.execute<{ trainingRun: { modelCard: string } }>(
    `{ trainingRun(id: "${runId}") { modelCard } }`,
  );
  expect(trainingRun.modelCard).toContain('90000 columns.');
  expect(trainingRun.modelCard).toContain('and 89800 more.');
  expect(trainingRun.modelCard).toContain('are too long for a card');
  expect(trainingRun.modelCard.length).toBeLessThan(200_000);
});

test('lists in arguments have a maximum length', async () => {
  const columns = (count: number) =>
    client.request('query ($id: ID!, $names: [String!]) { dataset(id: $id) { columns(names: $names) { name } } }', {
      id: datasetId,
      names: Array.from({ length: count }, (_, index) => `${index}`),
    });
  expect((await columns(1_000)).errors).toEqual([]);
  expect((await columns(1_001)).errors).toMatchObject([
    {
      extensions: { code: 'BAD_USER_INPUT', argument: 'names' },
      message: 'names may have at most 1000 items; got 1001.',
    },
  ]);
});

test('texts in arguments have a maximum length, and the error does not repeat them', async () => {
  const { errors } = await client.request(
    'query ($name: String!) { datasets(filter: { name: $name }) { totalCount } }',
    {
      name: MEGABYTE.slice(0, 900_000),
    },
  );
  expect(errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', argument: 'filter.name' }, message: expect.stringMatching(/^.{1,100}$/) },
  ]);
});

test('a download URL is signed once per request, however often it is selected', async () => {
  let signatures = 0;
  const tokens = new SignedTokens('s'.repeat(32));
  const counting = Object.assign(Object.create(tokens) as SignedTokens, {
    sign: (...args: Parameters<SignedTokens['sign']>) => {
      signatures += 1;
      return tokens.sign(...args);
    },
  });
  const links = new DownloadLinks(counting);
  const contextOf = () => ({ origin: 'http://here', caller: { viewer: { workspaceId: 'w' } } }) as unknown as Context;
  const context = contextOf();
  const addresses = await Promise.all(Array.from({ length: 500 }, () => links.dataset(context, 'd')));
  expect(new Set(addresses).size).toBe(1);
  expect(signatures).toBe(1);
  await Promise.all([links.dataset(context, 'e'), links.artifact(context, 'd'), links.dataset(contextOf(), 'd')]);
  expect(signatures).toBe(4);
});

test('download URLs count towards the cost of an operation', async () => {
  const { errors } = await client.request(
    `{ datasets(first: 100) { edges { node { ${named(60, 'downloadUrl')} } } } }`,
  );
  expect(errors).toMatchObject([{ message: expect.stringContaining('values; at most') }]);
  expect((await client.request('{ datasets(first: 100) { edges { node { downloadUrl } } } }')).errors).toEqual([]);
});
