import { afterAll, beforeAll, expect, test } from 'vitest';
import { predictBatch } from '../predictions/batch/batch-operations.ts';
import { flowersCsv, housesCsv } from '../support/csv-files.ts';
import { datasetOf, deletionOf } from '../support/deletions.ts';
import { ENDLESS, endlessCsv } from '../support/endless.ts';
import { eventually } from '../support/eventually.ts';
import { expectError } from '../support/expect-error.ts';
import { startTraining, train, uploadDataset } from '../support/operations.ts';
import { countedFiles, storedFiles } from '../support/stored-files.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const REPORT = '{ deleted filesRemoved filesMissing bytesReclaimed runsDeleted artifactsDeleted datasetIds remaining }';

interface Report {
  readonly deleted: number;
  readonly filesRemoved: number;
  readonly bytesReclaimed: number;
  readonly datasetIds: readonly string[];
}

let server: TestServer;
let keeping: TestServer;

beforeAll(async () => {
  [server, keeping] = await Promise.all([
    startTestServer({ DATASET_TTL_DAYS: '30' }),
    startTestServer({ DATASET_TTL_DAYS: '30', DATASET_TTL_KEEPS_RUNS: 'true' }),
  ]);
});

afterAll(async () => {
  for (const each of [server, keeping]) {
    await eventually(async () => expect(await storedFiles(each)).toEqual(await countedFiles(each)));
    await each.close();
  }
});

async function cleanUp(client: TestClient, options: { limit?: number; dryRun?: boolean } = {}): Promise<Report> {
  const { cleanupExpiredDatasets } = await client.execute<{ cleanupExpiredDatasets: Report }>(
    `mutation ($limit: Int, $dryRun: Boolean) { cleanupExpiredDatasets(limit: $limit, dryRun: $dryRun) ${REPORT} }`,
    options,
  );
  return cleanupExpiredDatasets;
}

/** A dataset that has expired `minutes` ago. */
async function expired(of: TestServer, client: TestClient, rows: number, minutes: number): Promise<string> {
  const { id } = await uploadDataset(client, flowersCsv(rows), { name: `expired ${rows}` });
  await expire(of, id, minutes);
  return id;
}

async function expire(of: TestServer, id: string, minutes: number): Promise<void> {
  await of.database.owner`update datasets set expires_at = now() - ${`${minutes} minutes`}::interval where id = ${id}`;
}

test('a cleanup removes the expired datasets with their runs, the first to expire first, and says beforehand what', async () => {
  const client = await server.signUp();
  const [second, first] = [await expired(server, client, 60, 1), await expired(server, client, 61, 2)];
  const living = await uploadDataset(client, flowersCsv(62), { name: 'living' });
  await train(client, { datasetId: second, algorithm: 'DECISION_TREE' });
  const report = {
    ...{ deleted: 2, filesRemoved: 5, filesMissing: 0, bytesReclaimed: expect.any(Number) },
    ...{ runsDeleted: 1, artifactsDeleted: 1, datasetIds: [first, second], remaining: 0 },
  };
  const estimated = await cleanUp(client, { dryRun: true });
  expect(estimated).toEqual(report);
  expect(await cleanUp(client, { dryRun: true, limit: 1 })).toMatchObject({ datasetIds: [first], remaining: 1 });
  expect(await datasetOf(client, first)).not.toBeNull();
  // No other workspace sees or removes them.
  expect(await cleanUp(await server.signUp())).toMatchObject({ deleted: 0, remaining: 0 });
  expect(await cleanUp(client)).toEqual(estimated);
  expect(await datasetOf(client, first)).toBeNull();
  expect(await datasetOf(client, living.id)).not.toBeNull();
  expect(await deletionOf(client, second)).toMatchObject({ status: 'DELETED', filesRemoved: 3, runsDeleted: 1 });
});

test('a file that something else refers to stays, and is not estimated as removed', async () => {
  const client = await server.signUp();
  const id = await expired(server, client, 63, 1);
  await uploadDataset(client, flowersCsv(63), { name: 'the same bytes' });
  expect(await cleanUp(client, { dryRun: true })).toMatchObject({ deleted: 1, filesRemoved: 0, bytesReclaimed: 0 });
  expect(await cleanUp(client)).toMatchObject({ datasetIds: [id], filesRemoved: 0, bytesReclaimed: 0 });
});

test('nothing expires that is pinned or that an active run needs', async () => {
  const client = await server.signUp();
  const { id: busy } = await uploadDataset(client, endlessCsv(), { name: 'busy' });
  const pinned = await uploadDataset(client, flowersCsv(65), { name: 'pinned', pinned: true });
  const run = await startTraining(client, { datasetId: busy, algorithm: 'GRADIENT_BOOSTING', parameters: ENDLESS });
  await expire(server, busy, 1);
  expect(await cleanUp(client, { dryRun: true })).toMatchObject({ deleted: 0, remaining: 1 });
  expect(await cleanUp(client)).toMatchObject({ deleted: 0, datasetIds: [], remaining: 1 });
  await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { id } }', { id: run });
  expect(await cleanUp(client)).toMatchObject({ datasetIds: [busy], runsDeleted: 1, remaining: 0 });
  expect(await datasetOf(client, pinned.id)).not.toBeNull();
});

test('a model that has an alias outlives its dataset, predicts by it, and knows the rows that it was trained on', async () => {
  const client = await server.signUp();
  const content = String(housesCsv(200).content);
  const { id } = await uploadDataset(client, { name: 'homes.csv', content });
  const named = await train(client, { datasetId: id, algorithm: 'LINEAR' });
  await train(client, { datasetId: id, algorithm: 'BASELINE' });
  await client.execute('mutation ($id: ID!) { setModelAlias(name: "champion", artifactId: $id) { name } }', {
    id: named.artifact?.id,
  });
  const row = '[{ size: 60, town: "Bern" }]';
  const ask = () => client.execute(`{ predict(alias: "champion", rows: ${row}) { predictions { value } } }`);
  const before = await ask();
  await expire(server, id, 1);
  const estimated = await cleanUp(client, { dryRun: true });
  expect(estimated).toMatchObject({ deleted: 1, runsDeleted: 1, artifactsDeleted: 1 });
  expect(await cleanUp(client)).toEqual(estimated);
  expect(await datasetOf(client, id)).toBeNull();
  expect(await ask()).toEqual(before);
  // The profile of the training rows and their hashes outlive the dataset.
  const moved = Array.from({ length: 300 }, (_, index) => `${400 + index},Bern,${900 + index}`);
  const newer = await uploadDataset(client, { name: 'homes.csv', content: `${content}${moved.join('\n')}\n` });
  expect(newer.version).toBe(2);
  const batch = await predictBatch(client, { artifactId: named.artifact?.id, datasetId: newer.id });
  expect(batch.drift?.find(({ column }) => column === 'size')?.verdict).toBe('STRONG');
  expect(batch.warnings.map(({ code }) => code)).toContain('TRAINING_ROWS');
  expect(batch.metrics?.['rmse']).toBeGreaterThan(0);
});

test('a run whose model is pinned outlives its dataset, with the name and the version of that', async () => {
  const client = await server.signUp();
  const { id } = await uploadDataset(client, flowersCsv(66), { name: 'outlived' });
  const [kept, gone] = [
    await train(client, { datasetId: id, algorithm: 'DECISION_TREE' }),
    await train(client, { datasetId: id, algorithm: 'LINEAR' }),
  ];
  await client.execute('mutation ($id: ID!) { pinArtifact(id: $id, pinned: true) { pinned } }', {
    id: kept.artifact?.id,
  });
  await expire(server, id, 1);
  const estimated = await cleanUp(client, { dryRun: true });
  expect(estimated).toMatchObject({ deleted: 1, runsDeleted: 1, artifactsDeleted: 1, filesRemoved: 3 });
  expect(await cleanUp(client)).toEqual(estimated);
  const read = (runId: string) =>
    client.execute(
      'query ($id: ID!) { trainingRun(id: $id) { datasetId datasetName datasetVersion dataset { id } metrics { nSamples } artifact { modelUrl } } }',
      { id: runId },
    );
  expect(await read(gone.id)).toEqual({ trainingRun: null });
  expect(await read(kept.id)).toMatchObject({
    trainingRun: { datasetId: id, datasetName: 'outlived', datasetVersion: 1, dataset: null, metrics: {} },
  });
  expect((await fetch(kept.artifact?.modelUrl ?? '')).status).toBe(200);
  expectError(
    (await client.request('mutation ($id: ID!) { retryTraining(id: $id) { id } }', { id: kept.id })).errors,
    'NOT_FOUND',
  );
});

test('a cleanup says beforehand that the files of batch predictions go with their dataset', async () => {
  const client = await server.signUp();
  const { id: trainedOn } = await uploadDataset(client, flowersCsv(71), { name: 'trained on' });
  const { artifact } = await train(client, { datasetId: trainedOn, algorithm: 'BASELINE' });
  const { id: datasetId } = await uploadDataset(client, flowersCsv(72), { name: 'predicted' });
  await predictBatch(client, { artifactId: artifact?.id, datasetId });
  await expire(server, datasetId, 1);
  const estimated = await cleanUp(client, { dryRun: true });
  expect(estimated).toMatchObject({ deleted: 1, filesRemoved: 3, runsDeleted: 0 });
  expect(await cleanUp(client)).toEqual(estimated);
});

test('DATASET_TTL_KEEPS_RUNS=true keeps the runs of expired datasets with their metrics and models', async () => {
  const client = await keeping.signUp();
  const { id } = await uploadDataset(client, flowersCsv(67), { name: 'history' });
  const run = await train(client, { datasetId: id, algorithm: 'DECISION_TREE' });
  await expire(keeping, id, 1);
  const estimated = await cleanUp(client, { dryRun: true });
  expect(estimated).toMatchObject({ deleted: 1, filesRemoved: 2, runsDeleted: 0, artifactsDeleted: 0 });
  expect(await cleanUp(client)).toEqual(estimated);
  const answer = await client.execute(
    `query ($id: ID!) { trainingRun(id: $id) { dataset { id } datasetName artifact { id } modelCard curve { iteration } }
      metricsSummary(filter: { datasetName: "history" }) { count } }`,
    { id: run.id },
  );
  expect(answer).toMatchObject({
    trainingRun: { dataset: null, datasetName: 'history', artifact: { id: run.artifact?.id } },
    metricsSummary: { count: 1 },
  });
  expect((await fetch(run.artifact?.modelUrl ?? '')).status).toBe(200);
});

test('the schedule removes what has expired in every workspace, and what can no longer be restored', async () => {
  const [one, other] = [await server.signUp(), await server.signUp()];
  const ids = [await expired(server, one, 68, 1), await expired(server, other, 69, 1)];
  const restorable = await uploadDataset(one, flowersCsv(70), { name: 'restorable' });
  // As a server with a restore window would have left it.
  await server.database.owner`update datasets set deleted_at = now() - interval '2 days',
    restorable_until = now() - interval '1 day' where id = ${restorable.id}`;
  await server.database.owner`insert into dataset_deletions (id, workspace_id, status, requested_at, restorable_until)
    select id, workspace_id, 'RESTORABLE', deleted_at, restorable_until from datasets where id = ${restorable.id}`;
  await server.database.owner`insert into pgboss.job (name, data) values ('expire-datasets', '{}')`;
  await eventually(async () => {
    const left = await server.database.owner`select id from datasets where id = any(${[...ids, restorable.id]})`;
    expect([...left]).toEqual([]);
  });
  await eventually(async () =>
    expect(await deletionOf(one, restorable.id)).toMatchObject({ status: 'DELETED', filesRemoved: 2 }),
  );
});

test('expiringBefore lists the datasets that expire before a moment', async () => {
  const client = await server.signUp();
  const soon = await uploadDataset(client, flowersCsv(71), { name: 'soon' });
  await uploadDataset(client, flowersCsv(72), { name: 'later' });
  await uploadDataset(client, flowersCsv(73), { name: 'never', pinned: true });
  await expire(server, soon.id, -60);
  const before = new Date(Date.now() + 2 * 60 * 60 * 1000).toISOString();
  expect(
    await client.execute(
      'query ($before: DateTime) { datasets(filter: { expiringBefore: $before }) { totalCount nodes { id } } }',
      { before },
    ),
  ).toEqual({ datasets: { totalCount: 1, nodes: [{ id: soon.id }] } });
});

test.each([0, -1, 1_001])('cleanupExpiredDatasets refuses a limit of %d', async (limit) => {
  const client = await server.signUp();
  const { errors } = await client.request(
    'mutation ($limit: Int) { cleanupExpiredDatasets(limit: $limit) { deleted } }',
    {
      limit,
    },
  );
  expectError(errors, 'BAD_USER_INPUT', { argument: 'limit' });
});
