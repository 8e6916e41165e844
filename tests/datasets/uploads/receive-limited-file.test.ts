import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { receiveLimitedFile } from '../../../src/datasets/uploads/receive-limited-file.ts';

const MEGABYTE = Buffer.alloc(1 << 20, 'a');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-receive-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** So many megabytes, and how many of them were asked for. */
function megabytes(count: number) {
  const read = { count: 0 };
  const stream = Readable.from(
    (function* () {
      for (; read.count < count; read.count += 1) yield MEGABYTE;
    })(),
  );
  return { stream, read };
}

test('a large file is stopped as soon as the free disk space falls below the minimum', async () => {
  const { stream, read } = megabytes(100);
  const looks: boolean[] = [true, false];
  const received = receiveLimitedFile(stream, join(folder, 'large'), 1e9, () =>
    Promise.resolve(looks.shift() ?? false),
  );
  await expect(received).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  expect(looks).toEqual([]);
  expect(read.count).toBeLessThan(100);
});

test('a file that is not kept needs no disk space', async () => {
  const { stream } = megabytes(40);
  const received = await receiveLimitedFile(stream, null, 1e9, () => Promise.resolve(false));
  expect(received.sizeBytes).toBe(40 * MEGABYTE.length);
});

test('an upload fails with the reason if the free disk space is unknown', async () => {
  const { stream } = megabytes(40);
  const broken = Object.assign(new Error('no such disk'), { code: 'EIO' });
  await expect(receiveLimitedFile(stream, join(folder, 'broken'), 1e9, () => Promise.reject(broken))).rejects.toBe(
    broken,
  );
});
