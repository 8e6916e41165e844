import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { datasetOf, deleteDataset, deletionOf, removeDataset } from '../support/deletions.ts';
import { eventually } from '../support/eventually.ts';
import { expectError } from '../support/expect-error.ts';
import { train, uploadDataset } from '../support/operations.ts';
import { countedFiles, storedFiles } from '../support/stored-files.ts';
import type { TestClient } from '../support/test-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const DAY = 24 * 60 * 60 * 1000;
const RESTORE = 'mutation ($id: ID!) { restoreDataset(id: $id) { id version isLatest deletedAt expiresAt } }';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({ RESTORE_WINDOW_DAYS: '7', DATASET_TTL_DAYS: '30' });
  client = await server.signUp();
});

afterAll(async () => {
  await eventually(async () => expect(await storedFiles(server)).toEqual(await countedFiles(server)));
  await server.close();
});

interface Deleted {
  readonly id: string;
  readonly deletedAt: string | null;
  readonly isLatest: boolean;
  readonly downloadUrl: string | null;
  readonly preview: readonly unknown[];
  readonly columns: readonly unknown[];
}

async function restorable(name: string): Promise<readonly Deleted[]> {
  const { datasets } = await client.execute<{ datasets: { totalCount: number; nodes: Deleted[] } }>(
    `query ($name: String) { datasets(filter: { name: $name, deleted: true }) { totalCount
      nodes { id deletedAt isLatest downloadUrl preview { line } columns { name } } } }`,
    { name },
  );
  expect(datasets.totalCount).toBe(datasets.nodes.length);
  return datasets.nodes;
}

async function runsOf(datasetName: string): Promise<string[]> {
  const { trainingRuns } = await client.execute<{ trainingRuns: { nodes: { id: string }[] } }>(
    'query ($datasetName: String) { trainingRuns(filter: { datasetName: $datasetName }) { nodes { id } } }',
    { datasetName },
  );
  return trainingRuns.nodes.map(({ id }) => id);
}

test('a deleted dataset is gone for every reader, is listed as restorable, and comes back with its runs and models', async () => {
  const { id } = await uploadDataset(client, flowersCsv(60), { name: 'restored' });
  const run = await train(client, { datasetId: id, algorithm: 'DECISION_TREE' });
  const files = await storedFiles(server);
  const deletion = await deleteDataset(client, id);
  expect(deletion).toMatchObject({ id, status: 'RESTORABLE', filesRemoved: null, runsDeleted: null });
  expect(Date.parse(deletion.restorableUntil ?? '')).toBeGreaterThan(Date.now() + 6 * DAY);
  expect(await datasetOf(client, id)).toBeNull();
  expect(await runsOf('restored')).toEqual([]);
  expect((await fetch(run.artifact?.modelUrl ?? '')).status).toBe(404);
  expect(await storedFiles(server)).toEqual(files);
  expect(await restorable('restored')).toMatchObject([
    { id, deletedAt: expect.any(String), isLatest: false, downloadUrl: null },
  ]);
  const [shown] = await restorable('restored');
  expect(shown?.preview).toHaveLength(5);
  expect(shown?.columns.length).toBeGreaterThan(0);
  // The same deletion again.
  expect(await deleteDataset(client, id)).toEqual(deletion);
  expect(await client.execute(RESTORE, { id })).toMatchObject({
    restoreDataset: { id, version: 1, isLatest: true, deletedAt: null },
  });
  expect(await runsOf('restored')).toEqual([run.id]);
  expect((await fetch(run.artifact?.modelUrl ?? '')).status).toBe(200);
  expect(await restorable('restored')).toEqual([]);
  // What is there is restored already.
  expect(await client.execute(RESTORE, { id })).toMatchObject({ restoreDataset: { id } });
  const { errors } = await client.request('query ($id: ID!) { datasetDeletion(id: $id) { id } }', { id });
  expectError(errors, 'NOT_FOUND');
});

test('permanent: true removes at once, also what could still be restored', async () => {
  const direct = await uploadDataset(client, flowersCsv(61), { name: 'direct' });
  expect(await removeDataset(client, direct.id, { permanent: true })).toMatchObject({
    ...{ status: 'DELETED', filesRemoved: 2 },
  });
  const later = await uploadDataset(client, flowersCsv(62), { name: 'later' });
  await train(client, { datasetId: later.id, algorithm: 'DECISION_TREE' });
  await deleteDataset(client, later.id);
  expect(await removeDataset(client, later.id, { permanent: true })).toMatchObject({
    ...{ status: 'DELETED', restorableUntil: null, filesRemoved: 3, runsDeleted: 1 },
  });
  for (const { id } of [direct, later]) {
    expectError((await client.request(RESTORE, { id })).errors, 'NOT_FOUND');
    expect(await deletionOf(client, id)).toMatchObject({ status: 'DELETED' });
  }
});

test('the same name and bytes can be uploaded again meanwhile, and both versions live on their own', async () => {
  const first = await uploadDataset(client, flowersCsv(63), { name: 'again', idempotencyKey: 'again-key' });
  await deleteDataset(client, first.id);
  const second = await uploadDataset(client, flowersCsv(63), { name: 'again', idempotencyKey: 'again-key' });
  expect(second).toMatchObject({ version: 2 });
  await client.execute(RESTORE, { id: first.id });
  expect(await datasetOf(client, first.id)).toMatchObject({ version: 1, isLatest: false });
  expect(await datasetOf(client, second.id)).toMatchObject({ version: 2, isLatest: true });
  expect(await removeDataset(client, second.id, { permanent: true })).toMatchObject({ filesRemoved: 0 });
  expect(await datasetOf(client, first.id)).toMatchObject({ version: 1, isLatest: true });
  expect(await removeDataset(client, first.id, { permanent: true })).toMatchObject({ filesRemoved: 2 });
});

test('a restored dataset lives as long as a new one', async () => {
  const { id } = await uploadDataset(client, flowersCsv(64), { name: 'old' });
  await server.database.owner`update datasets set expires_at = now() + interval '1 second' where id = ${id}`;
  await deleteDataset(client, id);
  const { restoreDataset } = await client.execute<{ restoreDataset: { expiresAt: string } }>(RESTORE, { id });
  expect(Date.parse(restoreDataset.expiresAt)).toBeGreaterThan(Date.now() + 29 * DAY);
});

test('nothing is restored once the window has passed', async () => {
  const { id } = await uploadDataset(client, flowersCsv(65), { name: 'passed' });
  await deleteDataset(client, id);
  await server.database.owner`update datasets set restorable_until = now() - interval '1 second' where id = ${id}`;
  expect(await restorable('passed')).toEqual([]);
  expectError((await client.request(RESTORE, { id })).errors, 'CONFLICT');
});
