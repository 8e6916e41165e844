import { expect, test } from 'vitest';
import { housesCsv } from '../../support/csv-files.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { expectError } from '../../support/expect-error.ts';
import { countHeld, holdWrites } from '../../support/hold-writes.ts';
import { train, uploadDataset } from '../../support/operations.ts';
import { countedFiles, storedFiles } from '../../support/stored-files.ts';
import { startTestServer } from '../../support/test-server.ts';
import { endOfBatch, predictBatch, startBatch } from './batch-operations.ts';

const CANCEL = 'mutation ($id: ID!) { cancelBatchPrediction(id: $id) { status stage cancelRequestedAt } }';

test('a batch prediction that is cancelled in the middle keeps nothing, whatever its worker still does', async () => {
  const server = endsWithTest(await startTestServer());
  const client = await server.signUp();
  const { id: datasetId } = await uploadDataset(client, housesCsv(100));
  const artifactId = (await train(client, { datasetId, algorithm: 'LINEAR' })).artifact?.id ?? '';
  const files = await storedFiles(server);
  const release = await holdWrites(server, 'blobs');
  const { id } = await startBatch(client, { artifactId, datasetId });
  try {
    // Its worker is about to keep the file.
    await eventually(async () => expect(await countHeld(server)).toBeGreaterThan(0));
    const followed = endOfBatch(client, id);
    const { cancelBatchPrediction } = await client.execute<{ cancelBatchPrediction: object }>(CANCEL, { id });
    const cancelled = { status: 'CANCELLED', stage: 'DONE', cancelRequestedAt: expect.any(String) };
    expect(cancelBatchPrediction).toEqual(cancelled);
    expect(await followed).toMatchObject({ status: 'CANCELLED', rowCount: null, sizeBytes: null, preview: [] });
  } finally {
    await release();
  }
  await eventually(async () => expect(await countHeld(server)).toBe(0));
  await eventually(async () => expect(await storedFiles(server)).toEqual(files));
  expect(await countedFiles(server)).toEqual(files);
  const download = await client.request(
    'mutation ($id: ID!) { createDownload(input: { batchPredictionId: $id }) { url } }',
    { id },
  );
  expectError(download.errors, 'NOT_FOUND');
  // Its place is free.
  const next = await predictBatch(client, { artifactId, datasetId });
  expect(next.rowCount).toBe(100);
  expectError((await client.request(CANCEL, { id: next.id })).errors, 'RUN_ALREADY_ENDED');
});
