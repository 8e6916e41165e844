import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { BlobMissingError, type BlobStore, type StoredFile } from '../../../src/platform/blob-store/blob-store.ts';
import { openBlobStore } from '../../../src/platform/blob-store/open-blob-store.ts';
import { sharedS3Server } from '../../support/shared-s3-server.ts';

const s3 = await sharedS3Server();

afterAll(() => s3?.close());

const BACKENDS = [
  { backend: 'local', settings: async (): Promise<Record<string, string>> => ({}) },
  ...(s3 === null ? [] : [{ backend: 's3', settings: async () => s3.settings(await s3.createBucket()) }]),
];

/** More than two parts of an upload, and no whole number of them. */
const LARGE_BYTES = 11 * 1024 * 1024 + 7;

describe.each(BACKENDS)('the $backend store', ({ settings }) => {
  let directory: string;
  let store: BlobStore;
  const workspace = randomUUID();

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trainyard-blob-store-'));
    store = await openStore();
  });

  afterEach(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function openStore(): Promise<BlobStore> {
    return await openBlobStore(readConfig({ DATA_DIRECTORY: directory, ...(await settings()) }));
  }

  function keyOf(bytes: Uint8Array, owner = workspace): string {
    return `${owner}/${createHash('sha256').update(bytes).digest('hex')}`;
  }

  /** Stores the bytes as an upload does, and gives their key. */
  async function storeBytes(bytes: Uint8Array, owner = workspace): Promise<string> {
    const [key, path] = [keyOf(bytes, owner), store.temporaryPath()];
    await writeFile(path, bytes);
    await store.stage(key, path);
    await store.put(key, path);
    await rm(path, { force: true });
    return key;
  }

  async function listed(prefix?: string): Promise<StoredFile[]> {
    return await Array.fromAsync(store.list(prefix));
  }

  test.each([1, 16_384, LARGE_BYTES])('a store returns the %i bytes that were stored', async (length) => {
    const bytes = randomBytes(length);
    const key = await storeBytes(bytes);
    expect((await buffer(await store.read(key))).equals(bytes)).toBe(true);
  });

  test('a store reads a range, and from an offset to the end', async () => {
    const bytes = randomBytes(LARGE_BYTES);
    const key = await storeBytes(bytes);
    expect((await buffer(await store.read(key, { start: 5, end: 9 }))).equals(bytes.subarray(5, 10))).toBe(true);
    const start = 6 * 1024 * 1024;
    expect((await buffer(await store.read(key, { start }))).equals(bytes.subarray(start))).toBe(true);
  });

  test('a reader that leaves in the middle of a file releases it', async () => {
    const key = await storeBytes(randomBytes(LARGE_BYTES));
    const stream = await store.read(key);
    for await (const _chunk of stream) break;
    expect(stream.destroyed).toBe(true);
    expect(await store.remove(key)).toBe(true);
  });

  test('storing the same bytes again changes nothing', async () => {
    const bytes = randomBytes(100);
    const key = await storeBytes(bytes);
    expect(await storeBytes(bytes)).toBe(key);
    expect(await listed()).toHaveLength(1);
  });

  test('a staged file that was removed meanwhile is stored nevertheless', async () => {
    const [bytes, path] = [randomBytes(100), store.temporaryPath()];
    await writeFile(path, bytes);
    const key = keyOf(bytes);
    await store.stage(key, path);
    await store.remove(key);
    await store.put(key, path);
    expect((await buffer(await store.read(key))).equals(bytes)).toBe(true);
  });

  test('reading an unknown file, and making it local, rejects with BlobMissingError', async () => {
    const key = keyOf(Buffer.from('never stored'));
    await expect(store.read(key)).rejects.toThrow(BlobMissingError);
    await expect(store.localFile(key)).rejects.toThrow(BlobMissingError);
  });

  test('removing a file returns whether it existed', async () => {
    const key = await storeBytes(randomBytes(10));
    expect([await store.remove(key), await store.remove(key)]).toEqual([true, false]);
    await expect(store.read(key)).rejects.toThrow(BlobMissingError);
  });

  test('a local file has the stored bytes, and is shared by its users', async () => {
    const bytes = randomBytes(LARGE_BYTES);
    const key = await storeBytes(bytes);
    const files = await Promise.all([store.localFile(key), store.localFile(key), store.localFile(key)]);
    expect(new Set(files.map(({ path }) => path)).size).toBe(1);
    expect((await readFile(files[0]?.path ?? '')).equals(bytes)).toBe(true);
    for (const file of files) file[Symbol.dispose]();
  });

  test('a store lists its files with sizes and times, all or by key prefix', async () => {
    const other = randomUUID();
    const keys = [await storeBytes(Buffer.from('one')), await storeBytes(Buffer.from('three'))];
    const ofOther = await storeBytes(Buffer.from('fourteen bytes'), other);
    const all = await listed();
    expect(all.map(({ key }) => key).sort()).toEqual([...keys, ofOther].sort());
    expect(await listed(`${other}/`)).toMatchObject([{ key: ofOther, sizeBytes: 14 }]);
    expect(await listed(randomUUID())).toEqual([]);
    for (const { storedAt } of all) expect(Math.abs(storedAt.getTime() - Date.now())).toBeLessThan(15 * 60_000);
  });

  test('the marker of a store is claimed once, found by everybody, and not listed as a file', async () => {
    expect(await store.marker.find()).toBeNull();
    const ids = [randomUUID(), randomUUID()];
    const claimed = await Promise.all(ids.map((id) => store.marker.claim(id)));
    expect(new Set(claimed).size).toBe(1);
    expect(ids).toContain(claimed[0]);
    expect(await store.marker.find()).toBe(claimed[0]);
    expect(await store.marker.claim(randomUUID())).toBe(claimed[0]);
    expect(await listed()).toEqual([]);
    await store.marker.remove();
    expect(await store.marker.find()).toBeNull();
  });

  test('a check leaves nothing behind, and reports too little space', async () => {
    await store.check();
    expect(await listed()).toEqual([]);
    expect(await store.hasFreeSpace()).toBe(true);
    expect((await store.diskSpace())?.freeBytes).toBeGreaterThan(0);
    const strict = await openBlobStore(
      readConfig({ DATA_DIRECTORY: directory, MIN_FREE_DISK_BYTES: '1_000_000_000_000', ...(await settings()) }),
    );
    await expect(strict.check()).rejects.toMatchObject({ reason: 'FULL' });
    expect(await strict.hasFreeSpace()).toBe(false);
    await strict.close();
  });

  test('completed uploads leave nothing unfinished', async () => {
    await storeBytes(randomBytes(LARGE_BYTES));
    expect(await store.removeUnfinished(new Date(Date.now() + 60_000))).toBe(0);
  });

  test('closing a store removes its local copies, and keeps the stored files', async () => {
    const bytes = randomBytes(100);
    const key = await storeBytes(bytes);
    const { path } = await store.localFile(key);
    await access(path);
    await store.close();
    expect(await readdir(join(directory, 'temporary'))).toEqual([]);
  });
});
