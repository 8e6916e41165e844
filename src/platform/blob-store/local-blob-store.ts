import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlobMissingError, type BlobStore } from './blob-store.ts';

/** Temporary files this old belong to no upload that could still be running. */
const STALE_MILLISECONDS = 24 * 60 * 60 * 1000;

/** Keeps files under `directory/blobs`, with unfinished ones in `directory/temporary`. */
export async function openLocalBlobStore(directory: string): Promise<BlobStore> {
  const blobs = join(directory, 'blobs');
  const temporary = join(directory, 'temporary');
  await mkdir(blobs, { recursive: true, mode: 0o700 });
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  await removeStale(temporary);
  const pathOf = (key: string) => join(blobs, key);

  return {
    temporaryPath: () => join(temporary, randomUUID()),
    settle: sync,
    async put(key, temporaryPath) {
      await mkdir(dirname(pathOf(key)), { recursive: true, mode: 0o700 });
      await rename(temporaryPath, pathOf(key));
      await sync(dirname(pathOf(key)));
    },
    async read(key) {
      const file = await open(pathOf(key)).catch((error: unknown) => rethrowMissing(error, key));
      return file.createReadStream();
    },
    async localPath(key) {
      await access(pathOf(key), constants.R_OK).catch((error: unknown) => rethrowMissing(error, key));
      return pathOf(key);
    },
    async remove(key) {
      try {
        await rm(pathOf(key));
        return true;
      } catch (error) {
        if (isMissing(error)) return false;
        throw error;
      }
    },
    async ping() {
      try {
        await access(blobs, constants.R_OK | constants.W_OK);
        await access(temporary, constants.R_OK | constants.W_OK);
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** What the database will call stored must survive a power cut. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeStale(temporary: string): Promise<void> {
  const oldest = Date.now() - STALE_MILLISECONDS;
  for (const name of await readdir(temporary)) {
    const path = join(temporary, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (mtimeMs < oldest) await rm(path, { force: true });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function rethrowMissing(error: unknown, key: string): never {
  throw isMissing(error) ? new BlobMissingError(key) : error;
}
