import { randomBytes, randomUUID } from 'node:crypto';
import { access, constants, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCodeOf } from '../error-code.ts';
import { FaultError } from '../fault.ts';
import { ensureInstallationId, installationFile, readInstallationId } from '../installation-id.ts';
import { makeFolder } from '../make-folder.ts';
import { BlobMissingError, type BlobStore, type DiskSpace, type StoredFile, type StoreMarker } from './blob-store.ts';
import { openTemporaryFiles } from './temporary-files.ts';

/**
 * Stores files under `directory/blobs`, and temporary ones in `directory/temporary`. With less than `minFreeBytes` of disk
 * space it counts as full.
 */
export async function openLocalBlobStore(directory: string, minFreeBytes: number): Promise<BlobStore> {
  const blobs = join(directory, 'blobs');
  const temporary = join(directory, 'temporary');
  await makeFolder(blobs, 0o700);
  await removeOldProbes(blobs);
  const temporaryFiles = await openTemporaryFiles(temporary);
  const pathOf = (key: string) => join(blobs, key);
  const hasFreeSpace = async (bytes = 0) => (await diskSpaceOf(blobs)).freeBytes - bytes >= minFreeBytes;

  return {
    location: `the folder ${directory}`,
    marker: folderMarker(directory),
    temporaryPath: () => temporaryFiles.newPath(),
    stage: (_key, temporaryPath) => sync(temporaryPath),
    async put(key, temporaryPath) {
      await makeFolder(dirname(pathOf(key)), 0o700);
      await rename(temporaryPath, pathOf(key));
      await sync(dirname(pathOf(key)));
    },
    async read(key, range) {
      const file = await open(pathOf(key)).catch((error: unknown) => rethrowMissing(error, key));
      return file.createReadStream(range);
    },
    signedUrl: async () => null,
    async localFile(key) {
      await access(pathOf(key), constants.R_OK).catch((error: unknown) => rethrowMissing(error, key));
      return { path: pathOf(key), [Symbol.dispose]: () => undefined };
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
    list: (prefix = '') => listFiles(blobs, prefix),
    async *listOwners() {
      yield* await namesIn(blobs);
    },
    // Temporary files are removed by themselves.
    removeUnfinished: async () => 0,
    async check() {
      await writeAndReadBack(temporaryFiles.newPath(), join(blobs, `${PROBE}${randomUUID()}`));
      if (!(await hasFreeSpace())) throw new FaultError('FULL');
    },
    hasFreeSpace,
    diskSpace: () => diskSpaceOf(blobs),
    close: async () => temporaryFiles.close(),
  };
}

function folderMarker(directory: string): StoreMarker {
  return {
    location: `the file ${installationFile(directory)}`,
    find: () => readInstallationId(directory),
    claim: (id) => ensureInstallationId(directory, id),
    remove: () => rm(installationFile(directory), { force: true }),
  };
}

/** Files are at `<workspace id>/<sha256>`; what begins with a dot is no file of the store. */
async function* listFiles(blobs: string, prefix: string): AsyncGenerator<StoredFile> {
  for (const workspace of await namesIn(blobs)) {
    const isWanted = prefix.startsWith(workspace) || workspace.startsWith(prefix);
    for (const name of isWanted ? await namesIn(join(blobs, workspace)) : []) {
      const key = `${workspace}/${name}`;
      // Null for one that has been removed since.
      const found = key.startsWith(prefix) ? await stat(join(blobs, key)).catch(() => null) : null;
      if (found?.isFile()) yield { key, sizeBytes: found.size, storedAt: found.mtime };
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error) || errorCodeOf(error) === 'ENOTDIR') return [];
    throw error;
  });
  return names.filter((name) => !name.startsWith('.')).sort();
}

export async function diskSpaceOf(path: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(path);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** Prefix of probe files, which no key has. */
const PROBE = '.probe-';

/** A probe takes milliseconds: older files were left by a killed process. */
const OLD_PROBE_MILLISECONDS = 60 * 60 * 1000;

async function removeOldProbes(blobs: string): Promise<void> {
  const names = (await readdir(blobs)).filter((name) => name.startsWith(PROBE));
  for (const path of names.map((name) => join(blobs, name))) {
    const written = (await stat(path).catch(() => null))?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (Date.now() - written > OLD_PROBE_MILLISECONDS) await rm(path, { force: true });
  }
}

/** As long as a small model: a full disk may still have room for a few bytes. */
const PROBE_BYTES = 16_384;

/**
 * Stores an object the usual way, but without fsync, which would wait for other writes to the disk and says nothing about the
 * store.
 */
async function writeAndReadBack(temporaryPath: string, path: string): Promise<void> {
  const written = randomBytes(PROBE_BYTES);
  try {
    await writeFile(temporaryPath, written, { flag: 'wx', mode: 0o600 });
    await rename(temporaryPath, path);
    if (!written.equals(await readFile(path))) throw new FaultError('UNREADABLE');
  } finally {
    await Promise.all([rm(temporaryPath, { force: true }), rm(path, { force: true })]);
  }
}

/** Flushes a file or folder to disk: what the database refers to must survive a power failure. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return errorCodeOf(error) === 'ENOENT';
}

function rethrowMissing(error: unknown, key: string): never {
  throw isMissing(error) ? new BlobMissingError(key) : error;
}
