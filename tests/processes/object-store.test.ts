import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { ENDLESS, endlessCsv, stopTraining } from '../support/endless.ts';
import { endsWithTest } from '../support/ends-with-test.ts';
import { eventually } from '../support/eventually.ts';
import { endOfRun, startTraining, uploadDataset } from '../support/operations.ts';
import { startS3Server } from '../support/s3-server.ts';
import { TestClient } from '../support/test-client.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';
import { type Command, killProcessesWith, start } from './command.ts';

const s3 = await startS3Server();

afterAll(() => s3?.close());

const SIGN_UP = 'mutation { signUp(input: { email: "a@example.com", password: "12345678" }) { accessToken } }';

describe.skipIf(s3 === null)('processes that share a database and a bucket, and no folder', () => {
  if (s3 === null) return;
  const bucketClient = s3.client;
  let database: TestDatabase;
  let folder: string;
  let shared: Record<string, string>;

  beforeEach(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'trainyard-no-shared-folder-'));
    shared = {
      ...s3.settings(await s3.createBucket()),
      ...{ DATABASE_URL: database.access.appUrl, DATABASE_OWNER_URL: database.access.ownerUrl },
      ...{ TOKEN_SECRET: 'of all processes, of which each makes links', LOG_LEVEL: 'info', TRAINING_THREADS: '1' },
    };
  });

  afterEach(async () => {
    await killProcessesWith(folder);
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts one with a folder of its own. */
  function startProcess(command: 'api' | 'worker', name: string, settings: Record<string, string> = {}): Command {
    return start([command], { ...shared, DATA_DIRECTORY: join(folder, name), PORT: '0', ...settings });
  }

  async function startApi(name: string): Promise<string> {
    return await startProcess('api', name).printed(/"url":"([^"]+)"[^\n]*"listening"/);
  }

  async function startWorker(name: string): Promise<Command> {
    const worker = startProcess('worker', name);
    await worker.printed(/waiting for work/);
    return worker;
  }

  async function storedKeys(): Promise<string[]> {
    const { Contents = [] } = await bucketClient.send(new ListObjectsV2Command({ Bucket: shared['MINIO_BUCKET'] }));
    return Contents.map(({ Key = '' }) => Key).filter((key) => !key.startsWith('.trainyard/'));
  }

  /** The files that a process has in its folder, without those of the embedded database, of which there is none. */
  async function filesOf(name: string): Promise<string[]> {
    const entries = await readdir(join(folder, name), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  }

  test('processes that share a bucket and no folder upload, train on, follow, evaluate and download a file', async () => {
    const [one, other] = await Promise.all([startApi('api-1'), startApi('api-2')]);
    const workers = await Promise.all([startWorker('worker-1'), startWorker('worker-2')]);
    const { signUp } = await new TestClient(one, null).execute<{ signUp: { accessToken: string } }>(SIGN_UP);
    const [first, second] = [one, other].map((url) => new TestClient(url, signUp.accessToken)) as [
      TestClient,
      TestClient,
    ];

    const file = endlessCsv();
    const dataset = await uploadDataset(first, file);
    expect(await storedKeys()).toHaveLength(2);

    // Each worker trains one run at a time: both have the file from the bucket.
    const input = { datasetId: dataset.id, algorithm: 'GRADIENT_BOOSTING', parameters: ENDLESS };
    const ids = await Promise.all([startTraining(second, input), startTraining(first, input)]);
    await eventually(async () => {
      expect(await filesOf('worker-1')).toHaveLength(1);
      expect(await filesOf('worker-2')).toHaveLength(1);
    });
    // What one of them was at when it died is done by the other.
    workers[0]?.process.kill('SIGKILL');
    await workers[0]?.ended;
    for (const id of ids) await stopTraining(second, id);
    const ended = await Promise.all(ids.map((id) => endOfRun(first, id)));
    expect(ended).toMatchObject([{ status: 'SUCCEEDED' }, { status: 'SUCCEEDED' }]);

    const EVALUATION = 'query ($id: ID!) { trainingRun(id: $id) { evaluation { confusionMatrix { labels } } } }';
    const evaluated = await second.execute<{
      trainingRun: { evaluation: { confusionMatrix: { labels: string[] } } };
    }>(EVALUATION, { id: ids[0] });
    expect(evaluated.trainingRun.evaluation.confusionMatrix.labels).toHaveLength(20);

    const DOWNLOADS = `query ($dataset: ID!, $run: ID!) {
      dataset(id: $dataset) { downloadUrl sha256 } trainingRun(id: $run) { artifact { modelUrl } } }`;
    const links = await second.execute<{
      dataset: { downloadUrl: string; sha256: string };
      trainingRun: { artifact: { modelUrl: string } };
    }>(DOWNLOADS, { dataset: dataset.id, run: ids[1] });
    const bytes = await (await fetch(links.dataset.downloadUrl)).bytes();
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(links.dataset.sha256);
    const range = await fetch(links.dataset.downloadUrl, { headers: { range: 'bytes=100-199' } });
    expect([range.status, Buffer.from(await range.bytes())]).toEqual([206, Buffer.from(bytes.subarray(100, 200))]);
    expect(await (await fetch(links.trainingRun.artifact.modelUrl)).json()).toMatchObject({
      format: 'trainyard-model',
    });

    // The APIs keep nothing of a file that is stored.
    await eventually(async () => expect([...(await filesOf('api-1')), ...(await filesOf('api-2'))]).toEqual([]));
  });

  test.each([
    { state: 'is away', stop: () => s3.kill() },
    { state: 'hangs', stop: async () => s3.freeze() },
  ])(
    'processes answer SERVICE_UNAVAILABLE while the object store $state, and recover without a restart',
    async ({ stop }) => {
      const url = await startApi('api');
      await startWorker('worker');
      const { signUp } = await new TestClient(url, null).execute<{ signUp: { accessToken: string } }>(SIGN_UP);
      const client = new TestClient(url, signUp.accessToken);
      const dataset = await uploadDataset(client, flowersCsv());
      await stop();
      const revived = endsWithTest({ close: () => s3.revive() });
      const upload = client.requestWithFile(
        'mutation ($file: Upload!) { uploadDataset(file: $file) { dataset { id } } }',
        flowersCsv(90),
      );
      expect((await upload).errors[0]?.extensions).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 5 });
      await eventually(async () =>
        expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ reasons: { storage: 'NO_ANSWER' } }),
      );
      // What needs no file goes on.
      const runId = await startTraining(client, { datasetId: dataset.id, algorithm: 'BASELINE' });
      await revived.close();
      expect(await endOfRun(client, runId)).toMatchObject({ status: 'SUCCEEDED', attempt: 1 });
      await uploadDataset(client, flowersCsv(90));
      await eventually(async () => expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ status: 'UP' }));
      // The table of the dataset and its file, of both versions, and the model.
      expect(await storedKeys()).toHaveLength(5);
    },
  );

  test('processes refuse at their start, in one line, another bucket, a folder instead of it, and an unusable one', async () => {
    const url = await startApi('api');
    const { signUp } = await new TestClient(url, null).execute<{ signUp: { accessToken: string } }>(SIGN_UP);
    await uploadDataset(new TestClient(url, signUp.accessToken), flowersCsv());
    const refusalOf = async (settings: Record<string, string>) => {
      const command = startProcess('api', 'refused', settings);
      const code = await command.ended;
      const { failure, msg } = JSON.parse(command.output().trim().split('\n').at(-1) ?? '') as Record<string, string>;
      return { code, failure, msg };
    };
    const [otherBucket, folderInstead, missing, wrongKeys] = await Promise.all([
      refusalOf({ MINIO_BUCKET: await s3.createBucket() }),
      refusalOf({ STORAGE_BACKEND: 'local' }),
      refusalOf({ MINIO_BUCKET: 'no-such-bucket' }),
      refusalOf({ MINIO_SECRET_KEY: 'another' }),
    ]);
    expect(otherBucket).toMatchObject({ code: 1, failure: 'WRONG_INSTALLATION' });
    expect(otherBucket.msg).toContain('"migrate-storage" moves them');
    expect(folderInstead).toMatchObject({ code: 1, failure: 'WRONG_INSTALLATION' });
    expect(missing).toMatchObject({ code: 1, failure: 'STORE_REFUSED' });
    expect(missing.msg).toContain('BUCKET_MISSING');
    expect(wrongKeys).toMatchObject({ code: 1, failure: 'STORE_REFUSED' });
    expect(wrongKeys.msg).not.toContain('another');
  });
});
