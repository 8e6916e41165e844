import { expect, test } from 'vitest';
import { housesCsv } from '../../support/csv-files.ts';
import { eventually } from '../../support/eventually.ts';
import { train, uploadDataset } from '../../support/operations.ts';
import { readMetrics } from '../../support/read-metrics.ts';
import { startTestServer } from '../../support/test-server.ts';
import { endOfBatch, predictBatch, startBatch } from './batch-operations.ts';

const TOKEN = 'the-scraper-of-the-batch-queue';

test('before a worker has it, a batch prediction tells its place and when it may end, and /metrics tell how many wait', async () => {
  const server = await startTestServer({ METRICS_TOKEN: TOKEN });
  const metric = async (name: string) => (await readMetrics(server.url, TOKEN)).get(name);
  const holder = await server.database.owner.reserve();
  try {
    const client = await server.signUp();
    const datasetId = (await uploadDataset(client, housesCsv(300))).id;
    const artifactId = (await train(client, { datasetId, algorithm: 'LINEAR' })).artifact?.id;
    await predictBatch(client, { artifactId, datasetId });
    // The only worker cannot store the file of the next one.
    await holder`begin`;
    await holder`lock table blobs in share mode`;
    const first = await startBatch(client, { artifactId, datasetId });
    await eventually(async () => expect(await metric('trainyard_batch_jobs{state="running"}')).toBe(1));
    const second = await startBatch(client, { artifactId, datasetId });
    await eventually(async () => {
      const { batchPrediction } = await client.execute<{ batchPrediction: Record<string, unknown> }>(
        'query ($id: ID!) { batchPrediction(id: $id) { status queuePosition etaSeconds } }',
        { id: second.id },
      );
      expect(batchPrediction).toEqual({ status: 'QUEUED', queuePosition: 1, etaSeconds: expect.any(Number) });
      expect(await metric('trainyard_batch_jobs{state="queued"}')).toBe(1);
      expect(await metric('trainyard_oldest_queued_batch_seconds')).toBeGreaterThan(0);
    });
    expect(await metric('trainyard_jobs{state="queued"}')).toBe(0);
    await holder`rollback`;
    for (const { id } of [first, second]) {
      expect(await endOfBatch(client, id)).toMatchObject({ status: 'SUCCEEDED', rowCount: 300 });
    }
  } finally {
    await holder`rollback`;
    holder.release();
    await server.close();
  }
});
