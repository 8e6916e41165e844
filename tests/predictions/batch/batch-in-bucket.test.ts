import { afterAll, describe, expect, test } from 'vitest';
import { housesCsv } from '../../support/csv-files.ts';
import { train, uploadDataset } from '../../support/operations.ts';
import { sharedS3Server } from '../../support/shared-s3-server.ts';
import { startTestServer } from '../../support/test-server.ts';
import { batchFile, predictBatch } from './batch-operations.ts';

const s3 = await sharedS3Server();

afterAll(() => s3?.close());

describe.skipIf(s3 === null)('batch predictions whose files are in a bucket', () => {
  if (s3 === null) return;

  test('the dataset and the model are read from there, and the result is written and downloaded, as on a disk', async () => {
    const files: string[] = [];
    for (const settings of [{}, s3.settings(await s3.createBucket())]) {
      const server = await startTestServer(settings);
      try {
        const client = await server.signUp();
        const datasetId = (await uploadDataset(client, housesCsv(300))).id;
        const artifactId = (await train(client, { datasetId, algorithm: 'LINEAR' })).artifact?.id;
        const { id, rowCount } = await predictBatch(client, { artifactId, datasetId, contributions: 2 });
        expect(rowCount).toBe(300);
        files.push(await batchFile(client, id));
        await client.execute('mutation ($id: ID!) { deleteBatchPrediction(id: $id) { __typename } }', { id });
        await expect(batchFile(client, id)).rejects.toThrow('NOT_FOUND');
      } finally {
        await server.close();
      }
    }
    const [onDisk, inBucket] = files;
    expect(onDisk?.trimEnd().split('\n')).toHaveLength(301);
    expect(inBucket).toBe(onDisk);
  });
});
