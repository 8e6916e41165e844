import { afterAll, beforeAll, expect, test } from 'vitest';
import { predictBatch } from '../../predictions/batch/batch-operations.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { deleteDataset, removeDataset } from '../../support/deletions.ts';
import { train, uploadDataset } from '../../support/operations.ts';
import { abortUpload, createUpload } from '../../support/part-upload.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  server = await startTestServer({ RESTORE_WINDOW_DAYS: '7' });
  client = await server.signUp();
});

afterAll(() => server.close());

interface Usage {
  readonly datasets: number;
  readonly datasetBytes: number;
  readonly artifacts: number;
  readonly artifactBytes: number;
  readonly batchPredictions: number;
  readonly batchPredictionBytes: number;
  readonly restorableDatasets: number;
  readonly restorableBytes: number;
  readonly openUploads: number;
  readonly openUploadBytes: number;
}

async function usageOf(user: TestClient): Promise<Usage> {
  const { viewer } = await user.execute<{ viewer: { workspace: { usage: Usage } } }>(
    `{ viewer { workspace { usage { datasets datasetBytes artifacts artifactBytes batchPredictions batchPredictionBytes
      restorableDatasets restorableBytes openUploads openUploadBytes } } } }`,
  );
  return viewer.workspace.usage;
}

const NOTHING_RESTORABLE = { restorableDatasets: 0, restorableBytes: 0 };

test('a dataset that can be restored counts with its models and batch predictions as restorable, until it is restored or removed for good', async () => {
  const [first, second] = [await uploadDataset(client, flowersCsv()), await uploadDataset(client, flowersCsv(90))];
  const { artifact } = await train(client, { datasetId: first.id, algorithm: 'BASELINE' });
  const { sizeBytes } = await predictBatch(client, { artifactId: artifact?.id, datasetId: first.id });
  const before = await usageOf(client);
  expect(before).toMatchObject({ datasets: 2, artifacts: 1, batchPredictions: 1, ...NOTHING_RESTORABLE });
  expect([before.batchPredictionBytes, before.batchPredictionBytes > 0]).toEqual([sizeBytes, true]);
  await deleteDataset(client, first.id);
  const after = await usageOf(client);
  expect(after).toMatchObject({
    datasets: 1,
    artifacts: 0,
    artifactBytes: 0,
    batchPredictionBytes: 0,
    restorableDatasets: 1,
  });
  // Nothing of it is lost from sight.
  expect(after.datasetBytes + after.restorableBytes).toBe(
    before.datasetBytes + before.artifactBytes + before.batchPredictionBytes,
  );
  await client.execute('mutation ($id: ID!) { restoreDataset(id: $id) { id } }', { id: first.id });
  expect(await usageOf(client)).toEqual(before);
  await removeDataset(client, second.id, { permanent: true });
  expect(await usageOf(client)).toMatchObject({ datasets: 1, ...NOTHING_RESTORABLE });
  expect(await usageOf(await server.signUp())).toMatchObject({ datasets: 0, ...NOTHING_RESTORABLE });
});

test('an upload in parts counts with the size of its file until it ends', async () => {
  const user = await server.signUp();
  const session = await createUpload(user, 'large.csv', 123_456);
  await createUpload(user, 'other.csv', 1_000);
  expect(await usageOf(user)).toMatchObject({ datasets: 0, openUploads: 2, openUploadBytes: 124_456 });
  await abortUpload(user, session.id);
  expect(await usageOf(user)).toMatchObject({ openUploads: 1, openUploadBytes: 1_000 });
});
