import { afterAll, beforeAll, expect, test } from 'vitest';
import { batchFile, predictBatch, START_BATCH, startBatch } from '../predictions/batch/batch-operations.ts';
import { housesCsv } from '../support/csv-files.ts';
import { eventually } from '../support/eventually.ts';
import { expectError } from '../support/expect-error.ts';
import { train, uploadDataset } from '../support/operations.ts';
import { countedFiles, storedFiles } from '../support/stored-files.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const DELETE = 'mutation ($id: ID!) { deleteBatchPrediction(id: $id) { id deleted } }';
const FIND = 'query ($id: ID!) { batchPrediction(id: $id) { id artifactId artifact { id } datasetId } }';
const DELETE_DATASET = `mutation ($id: ID!, $activeRuns: ActiveRunsPolicy, $permanent: Boolean) {
  deleteDataset(id: $id, activeRuns: $activeRuns, permanent: $permanent) { status } }`;

let server: TestServer;
let client: TestClient;
let trainedOn: string;
let artifactId: string;

beforeAll(async () => {
  server = await startTestServer({ RESTORE_WINDOW_DAYS: '1', BATCH_PREDICTION_TTL_DAYS: '30' });
  client = await server.signUp();
  trainedOn = (await uploadDataset(client, housesCsv(60))).id;
  artifactId = (await train(client, { datasetId: trainedOn, algorithm: 'LINEAR' })).artifact?.id ?? '';
});

afterAll(async () => {
  await eventually(async () => expect(await storedFiles(server)).toEqual(await countedFiles(server)));
  await server.close();
});

/** A dataset of its own with a batch prediction that has ended. */
async function predicted(rows: number) {
  const { id: datasetId } = await uploadDataset(client, housesCsv(rows), { name: `houses-${rows}` });
  const { id } = await predictBatch(client, { artifactId, datasetId });
  return { id, datasetId };
}

const fileCount = async () => (await storedFiles(server)).length;

test('deleteBatchPrediction removes its row and its file, and nothing else', async () => {
  const { id } = await predicted(40);
  const before = await fileCount();
  expect(await client.execute(DELETE, { id })).toEqual({ deleteBatchPrediction: { id, deleted: true } });
  expect(await client.execute(FIND, { id })).toEqual({ batchPrediction: null });
  expect(await fileCount()).toBe(before - 1);
  expectError((await client.request(DELETE, { id })).errors, 'NOT_FOUND');
});

test('a batch prediction outlives its model, and names none then', async () => {
  const run = await train(client, { datasetId: trainedOn, algorithm: 'DECISION_TREE' });
  const { id } = await predictBatch(client, { artifactId: run.artifact?.id, datasetId: trainedOn });
  await client.execute('mutation ($id: ID!) { deleteArtifact(id: $id) { deleted } }', { id: run.artifact?.id });
  expect(await client.execute(FIND, { id })).toEqual({
    batchPrediction: { id, artifactId: null, artifact: null, datasetId: trainedOn },
  });
  expect((await batchFile(client, id)).split('\n')[0]).toBe('size,town,price,predicted_price');
});

test('a batch prediction is hidden with its dataset, restored with it, and removed with it, file and all', async () => {
  const { id, datasetId } = await predicted(50);
  await client.execute(DELETE_DATASET, { id: datasetId });
  expect(await client.execute(FIND, { id })).toEqual({ batchPrediction: null });
  await client.execute('mutation ($id: ID!) { restoreDataset(id: $id) { id } }', { id: datasetId });
  expect(await client.execute(FIND, { id })).toMatchObject({ batchPrediction: { id, datasetId } });
  const before = await fileCount();
  await client.execute(DELETE_DATASET, { id: datasetId, permanent: true });
  expect(await client.execute(FIND, { id })).toEqual({ batchPrediction: null });
  // The file, its table, and the result.
  await eventually(async () => expect(await fileCount()).toBe(before - 3));
  expect([...(await server.database.owner`select id from batch_predictions where id = ${id}`)]).toEqual([]);
});

test('a dataset whose batch prediction has not ended is deleted only where that is cancelled; it cannot be deleted itself', async () => {
  const idle = await startTestServer({ RESTORE_WINDOW_DAYS: '1' }, { worker: false });
  try {
    const own = await idle.signUp();
    const datasetId = (await uploadDataset(own, housesCsv())).id;
    const worker = await idle.startWorker();
    const model = (await train(own, { datasetId, algorithm: 'LINEAR' })).artifact?.id;
    await worker.close();
    const { id } = await startBatch(own, { artifactId: model, datasetId });
    expectError((await own.request(DELETE, { id })).errors, 'CONFLICT', { argument: 'id' });
    const refused = await own.request(DELETE_DATASET, { id: datasetId, activeRuns: 'REFUSE' });
    expectError(refused.errors, 'CONFLICT', { argument: 'activeRuns' });
    await own.execute(DELETE_DATASET, { id: datasetId, activeRuns: 'CANCEL' });
    const [row] = await idle.database.owner`select status from batch_predictions where id = ${id}`;
    expect(row).toEqual({ status: 'CANCELLED' });
    const [job] = await idle.database.owner`select count(*)::int as count from pgboss.job where name = 'predict-batch'
      and state < 'completed'`;
    expect(job).toEqual({ count: 0 });
  } finally {
    await idle.close();
  }
});

test('a batch prediction expires with its file BATCH_PREDICTION_TTL_DAYS after its end, in every workspace, and no other does', async () => {
  const other = await server.signUp();
  const { id: datasetId } = await uploadDataset(other, housesCsv(60));
  const model = (await train(other, { datasetId, algorithm: 'LINEAR' })).artifact?.id;
  const theirs = await predictBatch(other, { artifactId: model, datasetId });
  const [old, young] = [await predicted(70), await predicted(80)];
  const { batchPrediction } = await client.execute<{ batchPrediction: { finishedAt: string; expiresAt: string } }>(
    'query ($id: ID!) { batchPrediction(id: $id) { finishedAt expiresAt } }',
    { id: young.id },
  );
  expect(Date.parse(batchPrediction.expiresAt) - Date.parse(batchPrediction.finishedAt)).toBe(30 * 86_400_000);
  const { owner } = server.database;
  await owner`update batch_predictions set finished_at = now() - interval '30 days' where id in ${owner([old.id, theirs.id])}`;
  await owner`update batch_predictions set finished_at = now() - interval '29 days' where id = ${young.id}`;
  const before = await fileCount();
  await owner`insert into pgboss.job (name, data) values ('expire-datasets', '{}')`;
  await eventually(async () => expect(await fileCount()).toBe(before - 2));
  expect(await client.execute(FIND, { id: old.id })).toEqual({ batchPrediction: null });
  expect(await other.execute(FIND, { id: theirs.id })).toEqual({ batchPrediction: null });
  expect(await client.execute(FIND, { id: young.id })).toMatchObject({ batchPrediction: { id: young.id } });
  expect((await batchFile(client, young.id)).length).toBeGreaterThan(0);
});

test('the files of all batch predictions have a limit together, in which one that waits counts as its dataset', async () => {
  const small = await startTestServer({ MAX_TOTAL_PREDICTION_BYTES: '9000' }, { worker: false });
  try {
    const own = await small.signUp();
    const file = housesCsv(100);
    const sizeBytes = Buffer.byteLength(file.content);
    const { id: datasetId } = await uploadDataset(own, file);
    const worker = await small.startWorker();
    const model = (await train(own, { datasetId, algorithm: 'LINEAR' })).artifact?.id;
    const input = { artifactId: model, datasetId };
    const made = await predictBatch(own, input);
    await worker.close();
    let total = made.sizeBytes ?? 0;
    while (total + sizeBytes <= 9_000) {
      await startBatch(own, input);
      total += sizeBytes;
    }
    expectError((await own.request(START_BATCH, { input })).errors, 'QUOTA_EXCEEDED');
    await own.execute(DELETE, { id: made.id });
    expect(await startBatch(own, input)).toMatchObject({ status: 'QUEUED' });
  } finally {
    await small.close();
  }
});
