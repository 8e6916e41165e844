import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CopyObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import postgres from 'postgres';
import { afterAll, afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { startApiProcess } from '../../src/processes/api-process.ts';
import { embeddedAccess } from '../../src/processes/database-access.ts';
import { startWorkerProcess } from '../../src/processes/worker-process.ts';
import { flowersCsv } from '../support/csv-files.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { eventually } from '../support/eventually.ts';
import { train, uploadDataset } from '../support/operations.ts';
import { sharedS3Server } from '../support/shared-s3-server.ts';
import { TestClient } from '../support/test-client.ts';

const s3 = await sharedS3Server();

afterAll(() => s3?.close());

const SIGN_UP = 'mutation { signUp(input: { email: "a@example.com", password: "12345678" }) { accessToken } }';
const SIGN_IN = 'mutation { signIn(input: { email: "a@example.com", password: "12345678" }) { accessToken } }';
const FILES = '{ datasets { nodes { id sha256 downloadUrl } } artifacts { nodes { sha256 modelUrl } } }';

interface Files {
  readonly datasets: {
    readonly nodes: readonly { readonly id: string; readonly sha256: string; readonly downloadUrl: string }[];
  };
  readonly artifacts: { readonly nodes: readonly { readonly sha256: string; readonly modelUrl: string }[] };
}

describe.skipIf(s3 === null)('a backup of a database, and of its bucket after it', () => {
  if (s3 === null) return;
  const { client } = s3;
  const createBucket = () => s3.createBucket();
  let admin: postgres.Sql;
  let folder: string;
  const databases: string[] = [];

  beforeEach(async () => {
    admin = postgres(inject('templateUrl').replace(/\/[^/]*$/, '/template1'), { max: 1, onnotice: () => undefined });
    folder = await mkdtemp(join(tmpdir(), 'trainyard-backup-of-bucket-'));
  });

  afterEach(async () => {
    for (const name of databases.splice(0)) await admin.unsafe(`drop database ${name} with (force)`);
    await admin.end();
    await rm(folder, { recursive: true });
  });

  /** A copy of a database to which nobody is connected, as a backup is. */
  async function copyDatabase(from: string): Promise<string> {
    const name = `backup_${randomUUID().slice(0, 8)}`;
    await eventually(() => admin.unsafe(`create database ${name} template ${from}`));
    databases.push(name);
    return name;
  }

  /** An API and a worker on a database and a bucket; `work` is given the user's client. */
  async function running<T>(database: string, bucket: string, work: (user: TestClient) => Promise<T>, entry = SIGN_IN) {
    const settings = s3?.settings(bucket) ?? {};
    const config = readConfig({ ...settings, DATA_DIRECTORY: join(folder, randomUUID()), PORT: '0' });
    const url = new URL(inject('templateUrl'));
    url.pathname = database;
    const { access } = embeddedAccess(url.href);
    const logger = createLogger('fatal', 'test');
    const api = endsWithTest(await startApiProcess(config, access, logger));
    const worker = endsWithTest(await startWorkerProcess(config, access, logger));
    const answer = await new TestClient(api.url, null).execute<Record<string, { accessToken: string }>>(entry);
    const [session] = Object.values(answer);
    const result = await work(new TestClient(api.url, session?.accessToken ?? ''));
    await Promise.all([worker.close(), api.close()]);
    return result;
  }

  /** All objects of a bucket, the one with the installation's id among them, in another bucket. */
  async function copyBucket(from: string): Promise<string> {
    const to = (await s3?.createBucket()) ?? '';
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: from }));
    for (const { Key } of Contents) {
      await client.send(new CopyObjectCommand({ Bucket: to, Key, CopySource: `${from}/${Key}` }));
    }
    return to;
  }

  test('a database backed up before its bucket has all of its files when both are restored, in another bucket', async () => {
    const database = await copyDatabase(new URL(inject('templateUrl')).pathname.slice(1));
    const bucket = await createBucket();
    const fill = async (user: TestClient) => {
      await train(user, { datasetId: (await uploadDataset(user, flowersCsv())).id, algorithm: 'BASELINE' });
    };
    await running(database, bucket, fill, SIGN_UP);
    const backup = await copyDatabase(database);
    await running(database, bucket, (user) => uploadDataset(user, flowersCsv(90), { name: 'later' }));
    const copy = await copyBucket(bucket);
    await running(backup, copy, async (user) => {
      const { datasets, artifacts } = await user.execute<Files>(FILES);
      expect([datasets.nodes.length, artifacts.nodes.length]).toEqual([1, 1]);
      const files = [
        ...datasets.nodes.map((node) => ({ url: node.downloadUrl, sha256: node.sha256 })),
        ...artifacts.nodes.map((node) => ({ url: node.modelUrl, sha256: node.sha256 })),
      ];
      for (const { url, sha256 } of files) {
        expect(
          createHash('sha256')
            .update(await (await fetch(url)).bytes())
            .digest('hex'),
        ).toBe(sha256);
      }
      await train(user, { datasetId: datasets.nodes[0]?.id, algorithm: 'BASELINE' });
    });
  });
});
