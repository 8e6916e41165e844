/**
 * What a large file takes of memory on its way into a store and out of it: uploaded, read, and as a local copy. The object store
 * is a process of its own. Linux, with apt-get.
 *
 *   node benchmarks/blob-store-memory.ts [--megabytes 2000]
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../src/config.ts';
import type { BlobStore } from '../src/platform/blob-store/blob-store.ts';
import { openBlobStore } from '../src/platform/blob-store/open-blob-store.ts';
import { startS3Server } from '../tests/support/s3-server.ts';

const MEGABYTE = 1_000_000;

/** How often the process looks at its own memory. */
const POLL_MILLISECONDS = 5;

/** A first file, after which all that a store keeps in any case has been loaded. */
const WARM_UP_MEGABYTES = 50;

const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '2000' } } });

const s3 = await startS3Server();
if (s3 === null) process.exit(1);
const folder = await mkdtemp(join(tmpdir(), 'trainyard-blob-store-memory-'));
const backends = { local: {}, s3: s3.settings(await s3.createBucket()) };
for (const [name, settings] of Object.entries(backends)) {
  const store = await openBlobStore(readConfig({ DATA_DIRECTORY: folder, ...settings }));
  await measure(store, WARM_UP_MEGABYTES, () => undefined);
  await measure(store, Number(values.megabytes), (step, seconds, megabytes) => {
    console.log(
      `${name.padEnd(6)} ${step.padEnd(11)} ${seconds.toFixed(1).padStart(6)} s  adds ${megabytes.toFixed(0).padStart(4)} MB`,
    );
  });
  await store.close();
}
await rm(folder, { recursive: true });
await s3.close();

/** Sends a file of random bytes through the store, and tells of each step what it took. */
async function measure(
  store: BlobStore,
  megabytes: number,
  print: (step: string, seconds: number, megabytes: number) => void,
): Promise<void> {
  const path = store.temporaryPath();
  const key = `${randomUUID()}/${await writeRandom(path, megabytes)}`;
  const step = async (name: string, work: () => Promise<void>) => {
    globalThis.gc?.();
    const [before, startedAt] = [process.memoryUsage.rss(), performance.now()];
    let max = before;
    const timer = setInterval(() => {
      max = Math.max(max, process.memoryUsage.rss());
    }, POLL_MILLISECONDS);
    await work();
    clearInterval(timer);
    print(name, (performance.now() - startedAt) / 1000, (max - before) / MEGABYTE);
  };
  await step('stored', async () => {
    await store.stage(key, path);
    await store.put(key, path);
  });
  await rm(path, { force: true });
  await step('read', async () => {
    const hash = createHash('sha256');
    for await (const chunk of await store.read(key)) hash.update(chunk as Buffer);
    if (!key.endsWith(hash.digest('hex'))) throw new Error('The store gave other bytes.');
  });
  await step('local file', async () => {
    using _copy = await store.localFile(key);
  });
  await store.remove(key);
}

/** Writes a file of random bytes, and gives its hash. */
async function writeRandom(path: string, megabytes: number): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx');
  for (let written = 0; written < megabytes; written += 1) {
    const bytes = randomBytes(MEGABYTE);
    hash.update(bytes);
    await file.write(bytes);
  }
  await file.close();
  return hash.digest('hex');
}
