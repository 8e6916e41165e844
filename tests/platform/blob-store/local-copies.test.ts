import { createHash, randomUUID } from 'node:crypto';
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BlobMissingError, type ByteRange, type LocalFile } from '../../../src/platform/blob-store/blob-store.ts';
import { LocalCopies } from '../../../src/platform/blob-store/s3/local-copies.ts';
import { FaultError } from '../../../src/platform/fault.ts';
import { eventually } from '../../support/eventually.ts';

const FILE_BYTES = 1000;

let folder: string;
let files: Map<string, Buffer>;
let reads: { readonly key: string; readonly range: ByteRange }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-copies-'));
  files = new Map();
  reads = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function open(maxBytes: number): LocalCopies {
  return new LocalCopies(folder, maxBytes, async (key, range) => {
    reads.push({ key, range });
    const bytes = files.get(key);
    if (bytes === undefined) throw new BlobMissingError(key);
    return Readable.from([bytes.subarray(range.start)]);
  });
}

/** A file of the store. */
function addFile(): string {
  const bytes = Buffer.from(randomUUID().padEnd(FILE_BYTES, '.'));
  const key = `${randomUUID()}/${createHash('sha256').update(bytes).digest('hex')}`;
  files.set(key, bytes);
  return key;
}

async function isThere({ path }: LocalFile): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** Borrows a copy and gives it back at once. */
async function use(copies: LocalCopies, key: string): Promise<LocalFile> {
  using copy = await copies.borrow(key);
  expect((await readFile(copy.path)).equals(files.get(key) ?? Buffer.alloc(0))).toBe(true);
  return copy;
}

test('the most recently used copies are kept within the size limit', async () => {
  const copies = open(2 * FILE_BYTES);
  const [a, b, c] = [addFile(), addFile(), addFile()];
  await use(copies, a);
  const first = await use(copies, b);
  await use(copies, a);
  await use(copies, c);
  await eventually(async () => expect(await isThere(first)).toBe(false));
  expect(await readdir(folder)).toHaveLength(2);
  await use(copies, a);
  await use(copies, c);
  expect(reads.map(({ key }) => key)).toEqual([a, b, c]);
});

test('a copy in use is kept, however many others are borrowed, and released when it is returned', async () => {
  const copies = open(0);
  const used = await copies.borrow(addFile());
  for (const key of [addFile(), addFile(), addFile()]) await use(copies, key);
  await eventually(async () => expect(await readdir(folder)).toHaveLength(1));
  expect(await isThere(used)).toBe(true);
  used[Symbol.dispose]();
  await eventually(async () => expect(await readdir(folder)).toEqual([]));
});

test('a copy with two users is kept until both have returned it, once each', async () => {
  const copies = open(0);
  const key = addFile();
  const [one, other] = await Promise.all([copies.borrow(key), copies.borrow(key)]);
  expect(reads).toHaveLength(1);
  one[Symbol.dispose]();
  one[Symbol.dispose]();
  await use(copies, addFile());
  expect(await isThere(other)).toBe(true);
  other[Symbol.dispose]();
  await eventually(async () => expect(await readdir(folder)).toEqual([]));
});

test('a copy whose file was removed is downloaded again', async () => {
  const copies = open(10 * FILE_BYTES);
  const key = addFile();
  await rm((await use(copies, key)).path);
  await use(copies, key);
  expect(reads).toHaveLength(2);
});

test('a failed download leaves nothing, and the next one starts anew', async () => {
  const copies = open(10 * FILE_BYTES);
  const key = addFile();
  const bytes = files.get(key) ?? Buffer.alloc(0);
  files.delete(key);
  await expect(copies.borrow(key)).rejects.toThrow(BlobMissingError);
  files.set(key, Buffer.from('other bytes'));
  await expect(copies.borrow(key)).rejects.toMatchObject({ reason: 'UNREADABLE' });
  expect(await readdir(folder)).toEqual([]);
  files.set(key, bytes);
  await use(copies, key);
});

test('an interrupted download resumes where it stopped', async () => {
  const key = addFile();
  const bytes = files.get(key) ?? Buffer.alloc(0);
  const starts: number[] = [];
  const copies = new LocalCopies(folder, FILE_BYTES, async (_key, { start }) => {
    starts.push(start);
    return Readable.from(cutOffAt(bytes.subarray(start), start === 0 ? 300 : FILE_BYTES));
  });
  await use(copies, key);
  expect(starts).toEqual([0, 300]);
});

test('a download that makes no progress is a fault of the store', async () => {
  const copies = new LocalCopies(folder, FILE_BYTES, async () => Readable.from(cutOffAt(Buffer.alloc(10), 0)));
  await expect(copies.borrow(addFile())).rejects.toMatchObject({ reason: 'NO_ANSWER' });
});

test('closing removes all copies', async () => {
  const copies = open(10 * FILE_BYTES);
  await use(copies, addFile());
  await copies.close();
  await expect(access(folder)).rejects.toThrow('ENOENT');
});

async function* cutOffAt(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  if (length > 0) yield bytes.subarray(0, length);
  if (length < bytes.length) throw new FaultError('NO_ANSWER');
}
