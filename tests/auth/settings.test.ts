import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { eventually } from '../support/eventually.ts';
import { expectError } from '../support/expect-error.ts';
import { type EndedRun, START, train, uploadDataset } from '../support/operations.ts';
import { countedFiles, storedFiles } from '../support/stored-files.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let client: TestClient;
let datasetId: string;

beforeAll(async () => {
  server = await startTestServer({ ENABLE_REAL_TRAINING: 'false', MAX_MODEL_ARTIFACTS: '2', MIN_CSV_DATA_ROWS: '20' });
  client = await server.signUp();
  datasetId = (await uploadDataset(client, flowersCsv())).id;
});

afterAll(() => server.close());

describe('ENABLE_REAL_TRAINING=false', () => {
  test('ENABLE_REAL_TRAINING=false leaves the baseline as the only algorithm in the list', async () => {
    const { algorithms } = await client.execute<{
      algorithms: { name: string; enabled: boolean; isDefault: boolean }[];
    }>('{ algorithms { name enabled isDefault } }');
    expect(algorithms.length).toBeGreaterThan(1);
    for (const { name, enabled, isDefault } of algorithms) {
      expect({ enabled, isDefault }, name).toEqual({ enabled: name === 'BASELINE', isDefault: name === 'BASELINE' });
    }
  });

  test('ENABLE_REAL_TRAINING=false refuses all other algorithms', async () => {
    const { errors } = await client.request(START, { input: { datasetId, algorithm: 'LINEAR' } });
    expectError(errors, 'BAD_USER_INPUT', { argument: 'input.algorithm', hint: expect.stringContaining('BASELINE') });
  });
});

test('with MAX_MODEL_ARTIFACTS=2 each workspace keeps two models, the newest of equally good ones', async () => {
  const neighbour = await server.signUp();
  const other = await uploadDataset(neighbour, flowersCsv());
  const theirs = await train(neighbour, { datasetId: other.id });
  const runs: EndedRun[] = [];
  // Baselines are equally good whatever the split.
  for (const seed of [1, 2, 3]) runs.push(await train(client, { datasetId, split: { seed } }));
  await server.database
    .owner`update training_runs set metrics = jsonb_set(metrics, '{accuracy}', '0.5') where dataset_id = ${datasetId}`;
  const [oldest, ...newest] = runs.map(({ id }) => id);
  const list = async () => {
    const { artifacts } = await client.execute<{ artifacts: { edges: { node: { runId: string } }[] } }>(
      '{ artifacts { edges { node { runId } } } }',
    );
    return artifacts.edges.map(({ node }) => node.runId);
  };
  // The old ones go after the end of the run that was one too many, not with it.
  await eventually(async () => expect(await list()).toEqual(newest.toReversed()));
  const { trainingRun } = await client.execute(
    'query ($id: ID!) { trainingRun(id: $id) { status artifactRemovedAt artifact { id } metrics { nSamples } } }',
    { id: oldest },
  );
  expect(trainingRun).toMatchObject({ status: 'SUCCEEDED', artifact: null, metrics: { nSamples: expect.any(Number) } });
  expect((trainingRun as { artifactRemovedAt: string | null }).artifactRemovedAt).not.toBeNull();
  expect(await neighbour.execute('query ($id: ID!) { trainingRun(id: $id) { artifactRemovedAt } }', theirs)).toEqual({
    trainingRun: { artifactRemovedAt: null },
  });
  expect(await storedFiles(server)).toEqual(await countedFiles(server));
});

describe('MIN_CSV_DATA_ROWS', () => {
  const argument = 'input.datasetId';
  const codes = ({ issues }: { issues: readonly { code: string; severity: string }[] }) =>
    issues.filter(({ code }) => code === 'CSV_TOO_FEW_ROWS').map(({ severity }) => severity);

  test('MIN_CSV_DATA_ROWS is the minimum number of rows of a training, of which a smaller file warns', async () => {
    const inspect = async (rows: number) => {
      const { inspectDataset } = await client.executeWithFile<{
        inspectDataset: { accepted: boolean; issues: readonly { code: string; severity: string }[] };
      }>(
        'mutation ($file: Upload!) { inspectDataset(file: $file) { accepted issues { code severity } } }',
        flowersCsv(rows),
      );
      return [inspectDataset.accepted, codes(inspectDataset)];
    };
    expect([await inspect(19), await inspect(20)]).toEqual([
      [true, ['WARNING']],
      [true, []],
    ]);
    const few = await uploadDataset(client, flowersCsv(19));
    const { errors } = await client.request(START, { input: { datasetId: few.id } });
    expectError(errors, 'BAD_USER_INPUT', { argument, hint: expect.stringContaining('startBatchPrediction') });
    expect(errors[0]?.message).toBe('The dataset has 19 data rows; a training requires at least 20.');
    const enough = await uploadDataset(client, flowersCsv(20));
    expect(await train(client, { datasetId: enough.id })).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('a run is not retried on a dataset that has too few rows since the minimum was raised', async () => {
    const { id: datasetId } = await uploadDataset(client, flowersCsv(20));
    const { id } = await train(client, { datasetId });
    await server.database.owner`update datasets set row_count = 19 where id = ${datasetId}`;
    const { errors } = await client.request('mutation ($id: ID!) { retryTraining(id: $id) { id } }', { id });
    expectError(errors, 'BAD_USER_INPUT', { argument });
  });
});
