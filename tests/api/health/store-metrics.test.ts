import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { removeDataset } from '../../support/deletions.ts';
import { eventually } from '../../support/eventually.ts';
import { uploadDataset } from '../../support/operations.ts';
import { readMetrics } from '../../support/read-metrics.ts';
import { startS3Server } from '../../support/s3-server.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const s3 = await startS3Server();

afterAll(() => s3?.close());

const METRICS_TOKEN = 'of-the-scraper-of-stores';

describe.skipIf(s3 === null)('metrics of an API whose files are in a bucket', () => {
  if (s3 === null) return;
  let server: TestServer;

  beforeAll(async () => {
    const settings = s3.settings(await s3.createBucket());
    server = await startTestServer({ ...settings, METRICS_TOKEN }, { worker: false });
  });

  afterAll(() => server.close());

  async function read(metric: string): Promise<number> {
    return (await readMetrics(server.url, METRICS_TOKEN)).get(metric) ?? 0;
  }

  const countOf = (operation: string, outcome: string) =>
    read(`trainyard_store_request_seconds_count{operation="${operation}",outcome="${outcome}"}`);

  test('requests to the store are counted by operation and outcome, and the bytes of files in both directions', async () => {
    const csv = flowersCsv(5_000);
    const client = await server.signUp();
    const [puts, sent, absent] = [
      await countOf('PutObject', 'OK'),
      await read('trainyard_store_bytes_total{direction="sent"}'),
      await countOf('HeadObject', 'NOT_FOUND'),
    ];
    const { id } = await uploadDataset(client, csv);
    expect(await countOf('PutObject', 'OK')).toBeGreaterThanOrEqual(puts + 2);
    expect(await countOf('HeadObject', 'NOT_FOUND')).toBeGreaterThanOrEqual(absent + 2);
    expect(await read('trainyard_store_bytes_total{direction="sent"}')).toBeGreaterThan(sent + csv.content.length);
    const received = await read('trainyard_store_bytes_total{direction="received"}');
    const query = 'query ($id: ID!) { dataset(id: $id) { downloadUrl } }';
    const { dataset } = await client.execute<{ dataset: { downloadUrl: string } }>(query, { id });
    expect(await (await fetch(dataset.downloadUrl)).text()).toBe(csv.content);
    expect(await read('trainyard_store_bytes_total{direction="received"}')).toBeGreaterThanOrEqual(
      received + csv.content.length,
    );
  });

  test('removed files are counted one by one, with their bytes', async () => {
    const client = await server.signUp();
    const { id } = await uploadDataset(client, flowersCsv());
    const [files, bytes] = [
      await read('trainyard_removed_total{kind="files"}'),
      await read('trainyard_removed_bytes_total'),
    ];
    const report = await removeDataset(client, id);
    expect(report).toMatchObject({ status: 'DELETED', filesRemoved: 2 });
    expect(await read('trainyard_removed_total{kind="files"}')).toBe(files + 2);
    expect(await read('trainyard_removed_bytes_total')).toBe(bytes + Number(report.bytesReclaimed));
  });

  test('a store that does not answer is an outcome of its own, and what was sent again is counted', async () => {
    await s3.kill();
    try {
      await eventually(async () => {
        // Every scrape asks the store too, as readiness does.
        expect(await read('trainyard_part_up{part="storage"}')).toBe(0);
        const outcomes = await Promise.all([countOf('GetObject', 'NO_ANSWER'), countOf('PutObject', 'NO_ANSWER')]);
        expect(Math.max(...outcomes)).toBeGreaterThan(0);
        const again = await Promise.all(
          ['GetObject', 'PutObject'].map((operation) =>
            read(`trainyard_store_retries_total{operation="${operation}"}`),
          ),
        );
        expect(Math.max(...again)).toBeGreaterThan(0);
      });
    } finally {
      await s3.revive();
    }
    await eventually(async () => expect(await read('trainyard_part_up{part="storage"}')).toBe(1));
  });
});
