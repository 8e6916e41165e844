import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { eventually } from '../support/eventually.ts';
import { UPLOAD, uploadDataset } from '../support/operations.ts';
import { uploadInParts } from '../support/part-upload.ts';
import type { S3Keys } from '../support/s3-account.ts';
import { startS3Server } from '../support/s3-server.ts';
import { startTestServer } from '../support/test-server.ts';

const s3 = await startS3Server();

afterAll(() => s3?.close());

describe.skipIf(s3 === null)('the keys of an object store', () => {
  if (s3 === null) return;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trainyard-keys-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function writeKeys({ accessKeyId, secretAccessKey }: S3Keys): Promise<void> {
    // Editors and orchestrators end the last line.
    await writeFile(join(folder, 'access'), `${accessKeyId}\n`);
    await writeFile(join(folder, 'secret'), `${secretAccessKey}\n`);
  }

  /** Gives a user a second pair of keys. */
  async function addKeys(user: string): Promise<S3Keys> {
    const keys = { accessKeyId: `next-${randomUUID().slice(0, 8)}`, secretAccessKey: randomUUID() };
    const ids = [`--access-key=${keys.accessKeyId}`, `--secret-key=${keys.secretAccessKey}`];
    await s3?.administer('key', 'create', `--uid=${user}`, '--key-type=s3', ...ids);
    return keys;
  }

  test('keys that are replaced in their files are used without a restart, also for addresses that are signed', async () => {
    const first = await s3.createUser();
    await writeKeys(first);
    const { MINIO_ACCESS_KEY, MINIO_SECRET_KEY, ...settings } = s3.settings(await s3.createBucket(first));
    expect([MINIO_ACCESS_KEY, MINIO_SECRET_KEY]).toEqual([s3.keys.accessKeyId, s3.keys.secretAccessKey]);
    const files = { MINIO_ACCESS_KEY_FILE: join(folder, 'access'), MINIO_SECRET_KEY_FILE: join(folder, 'secret') };
    const server = endsWithTest(
      await startTestServer(
        { ...settings, ...files, MINIO_PUBLIC_ENDPOINT: s3.endpoint, UPLOAD_PART_BYTES: String(5 * 1024 * 1024) },
        { worker: false },
      ),
    );
    const client = await server.signUp();
    await uploadDataset(client, flowersCsv(60));

    const second = await addKeys(first.accessKeyId);
    await s3.administer(
      'key',
      'rm',
      `--uid=${first.accessKeyId}`,
      '--key-type=s3',
      `--access-key=${first.accessKeyId}`,
    );
    const readiness = async () => (await (await fetch(`${server.url}/readyz`)).json()) as unknown;
    await eventually(async () =>
      expect(await readiness()).toMatchObject({ status: 'DOWN', reasons: { storage: 'CREDENTIALS' } }),
    );
    const refused = await client.requestWithFile(UPLOAD, flowersCsv(61), { input: {} });
    expect(refused.errors[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');

    await writeKeys(second);
    await eventually(async () => expect(await readiness()).toMatchObject({ status: 'UP' }));
    await uploadDataset(client, flowersCsv(62));
    const file = new TextEncoder().encode(String(flowersCsv(63).content));
    expect(await uploadInParts(client, 'parts.csv', file)).toMatchObject({ status: 'DONE' });
  });
});
