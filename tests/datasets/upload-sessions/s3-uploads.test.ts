import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { startApiProcess } from '../../../src/processes/api-process.ts';
import { largeCsv } from '../../support/csv-files.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { bytesOf, completeUpload, createUpload, followUpload, partsOf, putPart } from '../../support/part-upload.ts';
import { SECRETS } from '../../support/secrets.ts';
import { sharedS3Server } from '../../support/shared-s3-server.ts';
import { TestClient } from '../../support/test-client.ts';
import { NO_RATE_LIMITS, startTestServer } from '../../support/test-server.ts';

const s3 = await sharedS3Server();

afterAll(() => s3?.close());

/** Three parts, of at least the size that S3 takes. */
const PART_BYTES = 5 * 1024 * 1024;
const { content, rowCount } = largeCsv(2 * PART_BYTES + 1_000);
const FILE = new TextEncoder().encode(String(content));

describe.skipIf(s3 === null).each([
  ['directly', true],
  ['through the API', false],
])('with a bucket that clients reach %s', (_, isDirect) => {
  test('a file goes up in parts at one process, is read by either, and comes down', async () => {
    if (s3 === null) throw new Error('There is no S3 server.');
    const settings = {
      ...{ ...s3.settings(await s3.createBucket()), UPLOAD_PART_BYTES: String(PART_BYTES) },
      ...SECRETS,
      ...NO_RATE_LIMITS,
      ...(isDirect ? { MINIO_PUBLIC_ENDPOINT: s3.endpoint } : {}),
    };
    const server = endsWithTest(await startTestServer(settings, { worker: false }));
    // A second machine: it shares the database and the bucket alone.
    const directory = await mkdtemp(join(tmpdir(), 'trainyard-test-'));
    const config = readConfig({ DATA_DIRECTORY: directory, PORT: '0', LOG_LEVEL: 'fatal', ...settings });
    const second = await startApiProcess(config, server.access, createLogger('fatal', 'test'));
    try {
      const client = await server.signUp();
      const session = await createUpload(client, 'large.csv', FILE.length);
      const parts = await partsOf(client, session.id, [3, 1, 2]);
      for (const part of parts) {
        expect(new URL(part.url).origin === new URL(s3.endpoint).origin).toBe(isDirect);
        expect((await putPart(part, bytesOf(FILE, session, part.number))).status).toBe(200);
      }
      const [stale] = parts;
      if (stale === undefined) throw new Error('There are no addresses.');
      const other = new TestClient(second.url, client.token);
      await completeUpload(other, session.id);
      const refused = await putPart(stale, bytesOf(FILE, session, stale.number));
      expect(refused.status).toBe(isDirect ? 404 : 409);
      const last = (await followUpload(other, session.id)).at(-1);
      expect(last).toMatchObject({ status: 'DONE', payload: { report: { rowCount } } });

      const { createDownload: download } = await other.execute<{ createDownload: { url: string } }>(
        'mutation ($id: ID) { createDownload(input: { datasetId: $id }) { url } }',
        { id: last?.payload?.dataset?.id },
      );
      const response = await fetch(download.url, { headers: { range: 'bytes=10-' } });
      expect(response.status).toBe(206);
      expect(new URL(response.url).origin === new URL(s3.endpoint).origin).toBe(isDirect);
      expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="?large\.csv"?$/);
      expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(FILE.subarray(10)))).toBe(true);
    } finally {
      await second.close();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
