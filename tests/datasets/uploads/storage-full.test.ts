import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createLogger } from '../../../src/platform/monitoring/logger.ts';
import { startApiProcess } from '../../../src/processes/api-process.ts';
import { flowersCsv } from '../../support/csv-files.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import { endOfRun, startTraining, UPLOAD, uploadDataset } from '../../support/operations.ts';
import { mountSmallDisk } from '../../support/small-disk.ts';
import { countedFiles, storedFiles, temporaryFiles } from '../../support/stored-files.ts';
import { TestClient, type TestFile } from '../../support/test-client.ts';
import { startTestServer } from '../../support/test-server.ts';

const MEGABYTES = 16;

/** How much space there is left for an upload, from none to enough, in so many steps. */
const LEVELS = 20;

const disk = mountSmallDisk(MEGABYTES);

afterAll(() => disk?.unmount());

async function readiness(url: string): Promise<unknown> {
  return await (await fetch(`${url}/readyz`)).json();
}

/** A file that the disk has no room for, and the limit of uploads has. */
function largeCsv(): TestFile {
  return { name: 'large.csv', content: `a,b\n${'1234567,yes\n'.repeat((MEGABYTES << 20) / 12)}` };
}

async function upload(client: TestClient, file: TestFile): Promise<string | undefined> {
  const { data, errors } = await client.requestWithFile<{ uploadDataset: unknown }>(UPLOAD, file, { input: {} });
  expect(data?.uploadDataset ?? null).toBeNull();
  return errors[0]?.extensions.code;
}

describe.skipIf(disk === null)('a disk that is full', () => {
  test('a full disk refuses uploads with STORAGE_FULL and leaves nothing of them; a trained model waits, and work continues when there is space', async () => {
    const DATA_DIRECTORY = disk?.path ?? '';
    const lines: string[] = [];
    const server = endsWithTest(
      await startTestServer(
        { DATA_DIRECTORY, MIN_FREE_DISK_BYTES: '0', LOG_LEVEL: 'error' },
        { log: { write: (line) => lines.push(line) } },
      ),
    );
    const client = await server.signUp();
    const dataset = await uploadDataset(client, flowersCsv());
    const stored = await readdir(join(DATA_DIRECTORY, 'blobs'), { recursive: true });
    await eventually(async () => expect(await readiness(server.url)).toMatchObject({ status: 'UP' }));

    // Full in the middle of the file: what was written of it goes again.
    expect(await upload(client, largeCsv())).toBe('STORAGE_FULL');
    await disk?.fill();
    expect(await upload(client, flowersCsv(90))).toBe('STORAGE_FULL');
    await eventually(async () =>
      expect(await readiness(server.url)).toMatchObject({ status: 'DOWN', reasons: { storage: 'FULL' } }),
    );
    const runId = await startTraining(client, { datasetId: dataset.id, algorithm: 'BASELINE' });
    const waits = () => lines.filter((line) => line.includes('no room for files: the run waits for it'));
    await eventually(() => expect(waits()).toHaveLength(1));
    // One that is cancelled keeps the worker from no other.
    const nextId = await startTraining(client, { datasetId: dataset.id, algorithm: 'BASELINE' });
    await client.execute('mutation ($id: ID!) { cancelTraining(id: $id) { status } }', { id: runId });
    await eventually(() => expect(waits()).toHaveLength(2));
    const lists = '{ datasets { totalCount } artifacts { totalCount } }';
    expect(await client.execute(lists)).toEqual({ datasets: { totalCount: 1 }, artifacts: { totalCount: 0 } });
    expect(await readdir(join(DATA_DIRECTORY, 'blobs'), { recursive: true })).toEqual(stored);

    await disk?.free();
    await uploadDataset(client, flowersCsv(90));
    expect(await endOfRun(client, nextId)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await endOfRun(client, runId)).toMatchObject({ status: 'CANCELLED', artifact: null });
    expect(await readdir(join(DATA_DIRECTORY, 'temporary'))).toEqual([]);
    await eventually(async () => expect(await readiness(server.url)).toMatchObject({ status: 'UP' }));
  });

  test('an upload to a disk with little space is stored whole or refused with STORAGE_FULL, whatever there is space for', async () => {
    const DATA_DIRECTORY = join(disk?.path ?? '', 'levels');
    await disk?.free();
    const server = endsWithTest(await startTestServer({ DATA_DIRECTORY, MIN_FREE_DISK_BYTES: '0' }, { worker: false }));
    const client = await server.signUp();
    const outcomes = new Set<string>();
    for (let step = 0; step <= LEVELS; step += 1) {
      // Other bytes each time, which the store does not have.
      const file = flowersCsv(20_000 + step);
      await disk?.leave((step / LEVELS) * 4 * file.content.length);
      const { data, errors } = await client.requestWithFile<{ uploadDataset: { dataset: object } | null }>(
        UPLOAD,
        file,
        { input: {} },
      );
      outcomes.add(errors[0]?.extensions.code ?? (data?.uploadDataset?.dataset ? 'STORED' : 'LOST'));
      expect(await storedFiles(server)).toEqual(await countedFiles(server));
      expect(await temporaryFiles(server)).toEqual([]);
    }
    expect([...outcomes].sort()).toEqual(['STORAGE_FULL', 'STORED']);
  });
});

test('with less space than MIN_FREE_DISK_BYTES uploads are refused, and trainings continue', async () => {
  const server = endsWithTest(await startTestServer());
  const client = await server.signUp();
  const datasetId = (await uploadDataset(client, flowersCsv())).id;
  const config = { ...server.config, MIN_FREE_DISK_BYTES: Number.MAX_SAFE_INTEGER };
  const api = endsWithTest(await startApiProcess(config, server.database.access, createLogger('fatal', 'test')));
  const strict = new TestClient(api.url, client.token);
  expect(await upload(strict, flowersCsv(90))).toBe('STORAGE_FULL');
  const inspect = 'mutation ($file: Upload!) { inspectDataset(file: $file) { accepted } }';
  const { errors } = await strict.requestWithFile(inspect, flowersCsv());
  expect(errors[0]?.extensions.code).toBe('STORAGE_FULL');
  const run = await endOfRun(strict, await startTraining(strict, { datasetId, algorithm: 'BASELINE' }));
  expect(run).toMatchObject({ status: 'SUCCEEDED' });
});
