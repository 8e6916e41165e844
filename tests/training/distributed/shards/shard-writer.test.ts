import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewBlob } from '../../../../src/blobs/blob.service.ts';
import { readConfig } from '../../../../src/config.ts';
import { type Shard, shardsOfRank } from '../../../../src/ml/distributed/shard-manifest.ts';
import type { BlobStore } from '../../../../src/platform/blob-store/blob-store.ts';
import { openBlobStore } from '../../../../src/platform/blob-store/open-blob-store.ts';
import { WarmWorker } from '../../../../src/platform/threads/warm-worker.ts';
import { writeTableFile } from '../../../../src/tabular/table-file/table-file.ts';
import { type ShardStore, ShardWriter } from '../../../../src/training/distributed/shards/shard-writer.ts';
import type { ShardsInput, ShardsMessage } from '../../../../src/training/distributed/shards/write-shards.thread.ts';
import { mixedTable, request } from '../../../ml/made-tables.ts';
import { sharedS3Server } from '../../../support/shared-s3-server.ts';

const s3 = await sharedS3Server();
const folderOfThreads = new URL('../../../../src/training/', import.meta.url);
const thread = new WarmWorker<ShardsInput, ShardsMessage>(
  new URL('distributed/shards/write-shards.thread.ts', folderOfThreads),
  new URL('worker/pool-worker.thread.ts', folderOfThreads),
);

afterAll(async () => {
  await thread.close();
  await s3?.close();
});

const BACKENDS = [
  { backend: 'local', settings: async (): Promise<Record<string, string>> => ({}) },
  ...(s3 === null ? [] : [{ backend: 's3', settings: async () => s3.settings(await s3.createBucket()) }]),
];

const ROWS = 6_000;

interface Owner {
  readonly runId: string;
}

describe.each(BACKENDS)('shards in the $backend store', ({ settings }) => {
  let directory: string;
  let store: BlobStore;
  let tablePath: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trainyard-shards-'));
    store = await openBlobStore(readConfig({ DATA_DIRECTORY: directory, ...(await settings()) }));
    tablePath = join(directory, 'table.arrow');
    writeTableFile(tablePath, mixedTable(ROWS));
  });

  afterEach(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** Stores files by their hash; `before` is called with the number of each. */
  function storeOfRun(before: (file: number) => Promise<void> | void = () => undefined): ShardStore<Owner> {
    let files = 0;
    return {
      temporaryPath: () => store.temporaryPath(),
      save: async (_owner: Owner, { sha256, temporaryPath }: NewBlob) => {
        await before(files++);
        await store.stage(sha256Key(sha256), temporaryPath);
        await store.put(sha256Key(sha256), temporaryPath);
      },
    };
  }

  const work = (target = 'yes') => {
    const features = ['x', 'y', 'place', 'constant'];
    const parameters = { earlyStoppingRounds: 10 };
    const { table: _, ...asked } = request(
      ...([mixedTable(ROWS), target, 'CLASSIFICATION', 'GRADIENT_BOOSTING', features, parameters] as const),
    );
    return { tablePath, request: asked };
  };

  const onProgress = () => undefined;

  /** Names of files and folders that a writer has left on the disk. */
  async function leftovers(): Promise<string[]> {
    return await readdir(join(directory, 'temporary')).then((names) => names.filter((name) => !name.startsWith('.')));
  }

  test('are what the manifest says, each for one rank, and the same files when they are written again', async () => {
    const before = await leftovers();
    const shares: number[] = [];
    const { signal } = new AbortController();
    const writer = new ShardWriter(thread, storeOfRun());
    const options = { signal, onProgress: (share: number) => shares.push(share) };
    const { manifest, preparation } = await writer.write(work(), { runId: 'r1' }, options);
    for (const { codes, target, rows } of manifest.shards) {
      for (const { sha256, sizeBytes } of [codes, target]) {
        const bytes = await buffer(await store.read(sha256Key(sha256)));
        expect([bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([sizeBytes, sha256]);
        expect(bytes.toString('latin1', 1, 6)).toBe('NUMPY');
      }
      expect((await buffer(await store.read(sha256Key(codes.sha256)))).toString('latin1')).toContain(`(${rows}, 3)`);
    }
    const { TRAIN, VALIDATION } = manifest.totals;
    expect(TRAIN.rows + VALIDATION.rows + preparation.testRows).toBe(ROWS);
    expect([TRAIN.weight, VALIDATION.weight]).toEqual([TRAIN.rows, VALIDATION.rows]);
    const ofRanks = [0, 1, 2].flatMap((rank) => shardsOfRank(manifest, rank, 3));
    expect(ofRanks.map(({ index }: Shard) => index).sort((a, b) => a - b)).toEqual([...manifest.shards.keys()]);
    expect(shares.at(-1)).toBe(1);
    expect(JSON.stringify(manifest)).not.toMatch(/Bern|place|yes/);
    const again = await writer.write(work(), { runId: 'r1' }, options);
    expect(again).toEqual({ manifest, preparation });
    expect(await leftovers()).toEqual(before);
  });

  test('end with what the store says, and leave no file of their own on the disk', async () => {
    const before = await leftovers();
    const full = new Error('the store is full');
    const failing = storeOfRun((file) => {
      if (file === 5) throw full;
    });
    const { signal } = new AbortController();
    const writing = new ShardWriter(thread, failing).write(work(), { runId: 'r2' }, { signal, onProgress });
    await expect(writing).rejects.toBe(full);
    expect(await leftovers()).toEqual(before);
  });

  test('are not written on once the run is cancelled, whatever waits for the store', async () => {
    const before = await leftovers();
    const cancel = new AbortController();
    const saved: number[] = [];
    const slow = storeOfRun((file) => {
      saved.push(file);
      if (file === 3) cancel.abort(new Error('cancelled'));
    });
    const writing = new ShardWriter(thread, slow).write(work(), { runId: 'r3' }, { signal: cancel.signal, onProgress });
    await expect(writing).rejects.toThrow('cancelled');
    expect(saved).toEqual([0, 1, 2, 3]);
    expect(await leftovers()).toEqual(before);
  });

  test('are refused with the reason', async () => {
    const { signal } = new AbortController();
    const { request: asked } = work();
    const nothing = { tablePath, request: { ...asked, features: ['constant'] } };
    const writing = new ShardWriter(thread, storeOfRun()).write(nothing, { runId: 'r4' }, { signal, onProgress });
    await expect(writing).rejects.toMatchObject({ failure: { code: 'NO_USABLE_FEATURE' } });
  });
});

function sha256Key(sha256: string): string {
  return `00000000-0000-4000-8000-000000000000/${sha256}`;
}

test('the thread keeps to what the store takes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'trainyard-shards-'));
  const tablePath = join(directory, 'table.arrow');
  writeTableFile(tablePath, mixedTable(20_000));
  const waiting: number[] = [];
  const temporaryPath = () => join(directory, 'folder');
  const save = async () => {
    // Files of the shards that are written and not stored, two for each, and those of rows' roles.
    waiting.push((await readdir(temporaryPath())).length);
  };
  try {
    const { table: _, ...asked } = request(mixedTable(20_000), 'yes', 'CLASSIFICATION', 'GRADIENT_BOOSTING');
    const { signal } = new AbortController();
    const writer = new ShardWriter(thread, { temporaryPath, save });
    const { manifest } = await writer.write(
      { tablePath, request: asked },
      { runId: 'r' },
      { signal, onProgress: () => {} },
    );
    expect(manifest.shards.length).toBeGreaterThan(50);
    expect(Math.max(...waiting)).toBeLessThanOrEqual(2 * 4 + 1);
    await expect(readFile(temporaryPath())).rejects.toMatchObject({ code: 'ENOENT' });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
