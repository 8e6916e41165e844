import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { openBlobStore } from '../../../src/platform/blob-store/open-blob-store.ts';
import { openPartStore } from '../../../src/platform/part-store/open-part-store.ts';
import type { PartedUpload, PartStore } from '../../../src/platform/part-store/part-store.ts';
import { sharedS3Server } from '../../support/shared-s3-server.ts';

const s3 = await sharedS3Server();

afterAll(() => s3?.close());

const BACKENDS = [
  { backend: 'local', settings: async (): Promise<Record<string, string>> => ({}) },
  ...(s3 === null ? [] : [{ backend: 's3', settings: async () => s3.settings(await s3.createBucket()) }]),
];

/** The least that S3 takes of a part that is not the last. */
const PART_BYTES = 5 * 1024 * 1024;

const IGNORED = { signal: new AbortController().signal, onBytes: () => undefined };

let directory: string;
let environment: Record<string, string>;
let store: PartStore;

async function open(settings: () => Promise<Record<string, string>>, more: Record<string, string> = {}): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'trainyard-part-store-'));
  environment = { DATA_DIRECTORY: directory, ...(await settings()), ...more };
  store = await openPartStore(readConfig(environment));
}

afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

async function begin(): Promise<PartedUpload> {
  const upload = { workspaceId: randomUUID(), id: randomUUID() };
  return { ...upload, storeId: await store.begin(upload) };
}

async function put(upload: PartedUpload, number: number, bytes: Uint8Array): Promise<void> {
  const path = join(directory, `part-${number}`);
  await writeFile(path, bytes);
  await store.stage(upload, number, path);
  await store.put(upload, number, path);
  await rm(path, { force: true });
}

async function uploadsOf({ id }: PartedUpload): Promise<Awaited<ReturnType<typeof Array.fromAsync>>> {
  return (await Array.fromAsync(store.uploads())).filter((each) => each.id === id);
}

describe.each(BACKENDS)('the $backend part store', ({ settings }) => {
  beforeEach(() => open(settings));

  test('puts parts together in the order of their numbers, of each the one that came last', async () => {
    const upload = await begin();
    const [first, second, third] = [randomBytes(PART_BYTES), randomBytes(PART_BYTES), randomBytes(17)];
    expect(await store.list(upload)).toEqual([]);
    await put(upload, 3, third);
    await put(upload, 1, randomBytes(PART_BYTES));
    await put(upload, 2, second);
    await put(upload, 1, first);
    expect(await store.list(upload)).toEqual([1, 2, 3]);
    await store.seal(upload);
    await store.seal(upload);
    const path = join(directory, 'file');
    const seen: number[] = [];
    const assembled = await store.assemble(upload, 3, path, { ...IGNORED, onBytes: (bytes) => seen.push(bytes) });
    const whole = Buffer.concat([first, second, third]);
    expect((await readFile(path)).equals(whole)).toBe(true);
    expect(assembled).toEqual({ sizeBytes: whole.length, sha256: createHash('sha256').update(whole).digest('hex') });
    expect(seen.at(-1)).toBe(whole.length);
    expect(seen).toEqual([...seen].sort((left, right) => left - right));
  });

  test('stops putting parts together when it is told to', async () => {
    const upload = await begin();
    await put(upload, 1, randomBytes(PART_BYTES));
    await store.seal(upload);
    const end = new AbortController();
    const onBytes = () => end.abort(new Error('enough'));
    const assembling = store.assemble(upload, 1, join(directory, 'file'), { signal: end.signal, onBytes });
    await expect(assembling).rejects.toBeInstanceOf(Error);
  });

  test('removes an upload, whether it is sealed or not, as often as it is told to', async () => {
    for (const isSealed of [false, true]) {
      const upload = await begin();
      await put(upload, 1, randomBytes(1_000));
      if (isSealed) await store.seal(upload);
      expect(await uploadsOf(upload)).toMatchObject([{ workspaceId: upload.workspaceId, id: upload.id }]);
      await store.remove(upload);
      await store.remove(upload);
      expect(await uploadsOf(upload)).toEqual([]);
      expect(await store.list(upload)).toEqual([]);
    }
  });

  test('is no matter of those who look after stored files', async () => {
    const upload = await begin();
    await put(upload, 1, randomBytes(1_000));
    const files = await openBlobStore(readConfig(environment));
    try {
      expect(await files.removeUnfinished(new Date(Date.now() + 60_000))).toBe(0);
      expect(await store.list(upload)).toEqual([1]);
      await store.seal(upload);
      expect(await Array.fromAsync(files.list())).toEqual([]);
    } finally {
      await files.close();
    }
  });
});

describe.skipIf(s3 === null)('a part that goes to the bucket directly', () => {
  const settings = async () => s3?.settings(await s3.createBucket()) ?? {};

  beforeEach(() => open(settings, { MINIO_PUBLIC_ENDPOINT: s3?.endpoint ?? '' }));

  test('is stored by a signed address that takes its exact size alone, until the upload is sealed', async () => {
    const upload = await begin();
    const url = (await store.sign(upload, 1, 1_000, 600)) ?? '';
    const send = async (bytes: number) => (await fetch(url, { method: 'PUT', body: randomBytes(bytes) })).status;
    expect([await send(999), await send(1_001)]).toEqual([403, 403]);
    expect(await store.list(upload)).toEqual([]);
    expect(await send(1_000)).toBe(200);
    expect(await store.list(upload)).toEqual([1]);
    await store.seal(upload);
    expect(await send(1_000)).toBe(404);
  });
});
