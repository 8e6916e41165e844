import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetBucketLifecycleConfigurationCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { startApiProcess } from '../../src/processes/api-process.ts';
import { startWorkerProcess } from '../../src/processes/worker-process.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { train, uploadDataset } from '../support/operations.ts';
import { sharedS3Server } from '../support/shared-s3-server.ts';
import { startStoreProxy } from '../support/store-proxy.ts';
import { TestClient } from '../support/test-client.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { type Command, killProcessesWith, start } from './command.ts';

const s3 = await sharedS3Server();

afterAll(() => s3?.close());

const SIGN_UP = 'mutation { signUp(input: { email: "a@example.com", password: "12345678" }) { accessToken } }';
const SIGN_IN = 'mutation { signIn(input: { email: "a@example.com", password: "12345678" }) { accessToken } }';
const FILES = `{ datasets { nodes { sha256 downloadUrl } } artifacts { nodes { sha256 modelUrl } } }`;

interface Files {
  readonly datasets: { readonly nodes: readonly { readonly sha256: string; readonly downloadUrl: string }[] };
  readonly artifacts: { readonly nodes: readonly { readonly sha256: string; readonly modelUrl: string }[] };
}

describe.skipIf(s3 === null)('migrate-storage', () => {
  if (s3 === null) return;
  const { client } = s3;
  let database: TestDatabase;
  let folder: string;
  let settings: Record<string, string>;

  beforeEach(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'trainyard-storage-commands-'));
    const { STORAGE_BACKEND: _s3, ...bucket } = s3.settings(await s3.createBucket());
    settings = { ...bucket, DATA_DIRECTORY: folder };
  });

  afterEach(async () => {
    await killProcessesWith(folder);
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  /** An API and a worker on a backend. */
  async function running<T>(backend: string, work: (url: string) => Promise<T>): Promise<T> {
    const config = readConfig({ ...settings, STORAGE_BACKEND: backend, PORT: '0' });
    const logger = createLogger('fatal', 'test');
    const api = endsWithTest(await startApiProcess(config, database.access, logger));
    const worker = endsWithTest(await startWorkerProcess(config, database.access, logger));
    const result = await work(api.url);
    await Promise.all([worker.close(), api.close()]);
    return result;
  }

  async function fill(): Promise<void> {
    await running('local', async (url) => {
      const { signUp } = await new TestClient(url, null).execute<{ signUp: { accessToken: string } }>(SIGN_UP);
      const owner = new TestClient(url, signUp.accessToken);
      for (const rows of [70, 90, 110]) await uploadDataset(owner, flowersCsv(rows), { name: `flowers ${rows}` });
      await train(owner, { datasetId: (await uploadDataset(owner, flowersCsv())).id, algorithm: 'BASELINE' });
    });
  }

  /** Downloads all that the API names, and compares the bytes with the hashes that it tells. */
  async function expectAllFiles(backend: string): Promise<void> {
    await running(backend, async (url) => {
      const { signIn } = await new TestClient(url, null).execute<{ signIn: { accessToken: string } }>(SIGN_IN);
      const { datasets, artifacts } = await new TestClient(url, signIn.accessToken).execute<Files>(FILES);
      expect([datasets.nodes.length, artifacts.nodes.length]).toEqual([4, 1]);
      const files = [
        ...datasets.nodes.map((node) => ({ url: node.downloadUrl, sha256: node.sha256 })),
        ...artifacts.nodes.map((node) => ({ url: node.modelUrl, sha256: node.sha256 })),
      ];
      for (const file of files) {
        const bytes = await (await fetch(file.url)).bytes();
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256);
      }
    });
  }

  function migrate(args: readonly string[], more: Record<string, string> = {}): Command {
    return start(['migrate-storage', ...args], { ...settings, LOG_LEVEL: 'info', ...more });
  }

  async function reportOf(command: Command): Promise<Record<string, unknown>> {
    expect(await command.ended, command.output()).toBe(0);
    const lines = command.output().trim().split('\n');
    return (
      lines
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .find(({ msg }) => String(msg).startsWith('all files are copied')) ?? {}
    );
  }

  async function localKeys(): Promise<string[]> {
    const blobs = join(folder, 'blobs');
    const entries = await readdir(blobs, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return files.map((entry) => join(entry.parentPath, entry.name).slice(blobs.length + 1)).sort();
  }

  async function bucketKeys(): Promise<string[]> {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: settings['MINIO_BUCKET'] }));
    const keys = Contents.map(({ Key = '' }) => Key);
    return keys.filter((key) => !key.startsWith('.trainyard/')).sort();
  }

  test('migrate-storage moves all files into a bucket and back with the same hashes, and the store they left is refused', async () => {
    await fill();
    expect(await reportOf(migrate(['local', 's3']))).toMatchObject({ copiedFiles: 9, presentFiles: 0 });
    expect(await bucketKeys()).toEqual(await localKeys());
    await expectAllFiles('s3');
    await expect(expectAllFiles('local')).rejects.toThrow(/knows of files that are not in the folder/);
    // The other way, into a folder that has none.
    await rm(join(folder, 'blobs'), { recursive: true });
    expect(await reportOf(migrate(['s3', 'local']))).toMatchObject({ copiedFiles: 9 });
    await expectAllFiles('local');
    await expect(expectAllFiles('s3')).rejects.toThrow(/knows of files that are not in the bucket/);
  });

  test('migrate-storage resumes after it was killed, and completes a copy that was made while the server ran', async () => {
    await fill();
    const proxy = endsWithTest(await startStoreProxy(s3.endpoint));
    const killed = migrate(['local', 's3'], { MINIO_ENDPOINT: `http://127.0.0.1:${proxy.port}` });
    proxy.onSent(60_000, () => killed.process.kill('SIGKILL'));
    expect(await killed.ended).toBe('SIGKILL');
    await expectAllFiles('local');
    const first = await reportOf(migrate(['local', 's3', '--copy-only']));
    expect(Number(first['copiedFiles']) + Number(first['presentFiles'])).toBe(9);
    await expectAllFiles('local');
    expect(await reportOf(migrate(['local', 's3']))).toMatchObject({ copiedFiles: 0, presentFiles: 9 });
    await expectAllFiles('s3');
  });

  test('migrate-storage names a damaged file and changes nothing', async () => {
    await fill();
    const [key = ''] = await localKeys();
    const path = join(folder, 'blobs', key);
    await writeFile(path, (await readFile(path)).reverse());
    const command = migrate(['local', 's3']);
    expect(await command.ended).toBe(1);
    expect(command.output()).toContain('"failure":"DAMAGED_FILES"');
    expect(command.output()).toContain(key);
    expect(await bucketKeys()).not.toContain(key);
    await writeFile(path, (await readFile(path)).reverse());
    expect(await reportOf(migrate(['local', 's3']))).toMatchObject({ copiedFiles: 1, presentFiles: 8 });
    await expectAllFiles('s3');
  });

  test('migrate-storage refuses an empty source, the store of another installation and wrong arguments', async () => {
    const empty = migrate(['local', 's3']);
    expect(await empty.ended).toBe(1);
    expect(empty.output()).toContain('There are no files of an installation in the folder');
    await fill();
    await reportOf(migrate(['local', 's3']));
    await writeFile(join(folder, 'installation-id'), '00000000-0000-4000-8000-000000000000');
    const mixed = migrate(['s3', 'local']);
    expect(await mixed.ended).toBe(1);
    expect(mixed.output()).toContain('belong to another installation');
    const words = migrate(['local', 'local']);
    expect(await words.ended).toBe(1);
    expect(words.output()).toContain('migrate-storage takes');
  });
});

test.skipIf(s3 === null)(
  'prepare-bucket creates a bucket, allows the pages of the product to use it, and keeps other rules',
  async () => {
    if (s3 === null) return;
    const settings = {
      ...{ ...s3.settings('made-by-command'), LOG_LEVEL: 'info', DATA_DIRECTORY: join(tmpdir(), 'trainyard-unused') },
      ...{ CORS_ORIGINS: 'https://app.example.com', PUBLIC_URL: 'https://api.example.com/v1' },
    };
    const prepare = async () => {
      const command = start(['prepare-bucket'], settings);
      expect(await command.ended, command.output()).toBe(0);
      return command.output();
    };
    expect(await prepare()).toContain('"isNew":true');
    const Bucket = 'made-by-command';
    const other = { ID: 'other', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 3 } } as const;
    const Rules = (await s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules ?? [];
    await s3.client.send(
      new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [...Rules, other] } }),
    );
    const again = await prepare();
    expect(again).toContain('"isNew":false');
    expect(again).not.toContain('"level":40');
    const { Rules: after = [] } = await s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    expect(new Set(after.map(({ ID }) => ID))).toEqual(new Set(['other', 'trainyard-unfinished-uploads']));
    for (const origin of ['https://app.example.com', 'https://api.example.com']) {
      const preflight = await fetch(`${s3.endpoint}/${Bucket}/some`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'PUT' },
      });
      expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
      expect(preflight.headers.get('access-control-expose-headers')).toContain('ETag');
    }
    const stranger = await fetch(`${s3.endpoint}/${Bucket}/some`, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example.com', 'access-control-request-method': 'PUT' },
    });
    expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
  },
);
