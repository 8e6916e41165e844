import { access, constants, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlobMissingError, type BlobStore } from './blob-store.ts';
import { openTemporaryFiles } from './temporary-files.ts';

/** Keeps files under `directory/blobs`, with unfinished ones in `directory/temporary`. */
export async function openLocalBlobStore(directory: string): Promise<BlobStore> {
  const blobs = join(directory, 'blobs');
  const temporary = join(directory, 'temporary');
  await mkdir(blobs, { recursive: true, mode: 0o700 });
  const temporaryFiles = await openTemporaryFiles(temporary);
  const pathOf = (key: string) => join(blobs, key);

  return {
    temporaryPath: () => temporaryFiles.newPath(),
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
    close: async () => temporaryFiles.close(),
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

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function rethrowMissing(error: unknown, key: string): never {
  throw isMissing(error) ? new BlobMissingError(key) : error;
}
