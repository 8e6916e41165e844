import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { eventually } from '../../support/eventually.ts';
import {
  abortUpload,
  completeUpload,
  createUpload,
  followUpload,
  readUpload,
  sendParts,
  type TestUpload,
} from '../../support/part-upload.ts';
import { startS3Server } from '../../support/s3-server.ts';
import { mountSmallDisk } from '../../support/small-disk.ts';
import { countedFiles, storedFiles, temporaryFiles } from '../../support/stored-files.ts';
import type { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const disk = mountSmallDisk(32);
const s3 = await startS3Server();

afterAll(async () => {
  disk?.unmount();
  await s3?.close();
});

/** Short numbers: the table of such a file is several times as large. */
function numbersCsv(seed: number): Uint8Array<ArrayBuffer> {
  const rows = Array.from({ length: 250_000 }, (_, row) => `${row % 10},${(row * 7 + seed) % 10},${row % 3}\n`);
  return new TextEncoder().encode(`a,b,c\n${rows.join('')}`);
}

async function sendAll(client: TestClient, file: Uint8Array<ArrayBuffer>): Promise<TestUpload> {
  const session = await createUpload(client, 'numbers.csv', file.length);
  await sendParts(client, session, file);
  return session;
}

async function attemptsOf(server: TestServer, { id }: TestUpload): Promise<unknown> {
  const [row] = await server.database.owner`select attempt, status from upload_sessions where id = ${id}`;
  return row;
}

async function countDatasets(client: TestClient): Promise<number> {
  const { datasets } = await client.execute<{ datasets: { totalCount: number } }>('{ datasets { totalCount } }');
  return datasets.totalCount;
}

describe.skipIf(disk === null)('a completed upload on a full disk', () => {
  test.each([
    ['there is no room to put its parts together', 0],
    ['there is room for the file, and not for its table', 1.5],
  ])('a completed upload waits where %s, and is read when there is', async (_, share) => {
    const DATA_DIRECTORY = join(disk?.path ?? '', `share-${share}`);
    const lines: string[] = [];
    const settings = { DATA_DIRECTORY, MIN_FREE_DISK_BYTES: '0', UPLOAD_PART_BYTES: '1000000', LOG_LEVEL: 'warn' };
    await disk?.free();
    const server = endsWithTest(
      await startTestServer(settings, { worker: false, log: { write: (line) => lines.push(line) } }),
    );
    const waits = () => lines.filter((line) => line.includes('no room for files: the upload waits for it'));
    const client = await server.signUp();
    const file = numbersCsv(share);
    const session = await sendAll(client, file);
    await disk?.leave(share * file.length);
    await completeUpload(client, session.id);
    await eventually(async () => {
      expect(waits().length).toBeGreaterThan(0);
      expect(await readUpload(client, session.id)).toMatchObject({ status: 'QUEUED', progress: 0, error: null });
    });
    expect(await countDatasets(client)).toBe(0);
    expect(await storedFiles(server)).toEqual([]);
    expect(await temporaryFiles(server)).toEqual([]);

    await disk?.free();
    expect((await followUpload(client, session.id)).at(-1)).toMatchObject({
      status: 'DONE',
      payload: { report: { rowCount: 250_000 } },
    });
    expect(await countDatasets(client)).toBe(1);
    expect(await storedFiles(server)).toEqual(await countedFiles(server));
  });

  test('an upload that waits for room can be aborted, and its parts make room', async () => {
    const DATA_DIRECTORY = join(disk?.path ?? '', 'aborted');
    await disk?.free();
    const settings = { DATA_DIRECTORY, MIN_FREE_DISK_BYTES: '0', UPLOAD_PART_BYTES: '1000000' };
    const server = endsWithTest(await startTestServer(settings, { worker: false }));
    const client = await server.signUp();
    const session = await sendAll(client, numbersCsv(5));
    await disk?.leave(0);
    await completeUpload(client, session.id);
    await eventually(async () => expect(await attemptsOf(server, session)).toEqual({ attempt: 1, status: 'QUEUED' }));
    await abortUpload(client, session.id);
    expect((await followUpload(client, session.id)).at(-1)).toMatchObject({ status: 'ABORTED' });
    expect(await storedFiles(server)).toEqual([]);
    const { id } = await sendAll(client, numbersCsv(6).slice(0, 500_000));
    expect(await readUpload(client, id)).toMatchObject({ receivedParts: [1] });
  });
});

describe.skipIf(s3 === null)('a completed upload whose store does not answer', () => {
  test('a completed upload whose store hangs while its file is stored waits, and is read once it answers', async () => {
    if (s3 === null) throw new Error('There is no S3 server.');
    const settings = { ...s3.settings(await s3.createBucket()), UPLOAD_PART_BYTES: String(5 * 1024 * 1024) };
    const server = endsWithTest(await startTestServer(settings, { worker: false }));
    const client = await server.signUp();
    const session = await sendAll(client, numbersCsv(7));
    // The file is read, and cannot be stored yet.
    const sql = await server.database.owner.reserve();
    await sql`begin`;
    await sql`lock table blobs in share mode`;
    try {
      await completeUpload(client, session.id);
      await eventually(async () =>
        expect(await attemptsOf(server, session)).toEqual({ attempt: 1, status: 'READING' }),
      );
      s3.freeze();
      await sql`rollback`;
      await eventually(async () => expect(await attemptsOf(server, session)).toMatchObject({ attempt: 2 }));
      expect(await countDatasets(client)).toBe(0);
    } finally {
      await sql`rollback`;
      sql.release();
      await s3.revive();
    }
    expect((await followUpload(client, session.id)).at(-1)).toMatchObject({ status: 'DONE' });
    expect(await countDatasets(client)).toBe(1);
  });
});
