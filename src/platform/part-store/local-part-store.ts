import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isUuid } from '../ids.ts';
import { makeFolder } from '../make-folder.ts';
import type { AssembledFile, AssemblyWork, PartedUpload, PartStore } from './part-store.ts';

/** The name of a part's file. */
const PART = /^[1-9]\d{0,4}$/;

/** Pieces of a copy: larger than the default, for fewer turns of the event loop. */
const COPY_BYTES = 1 << 18;

/** Keeps parts as files of `directory/uploads/<workspace id>/<upload id>`, which all processes share. */
export async function openLocalPartStore(directory: string): Promise<PartStore> {
  const root = join(directory, 'uploads');
  await makeFolder(root, 0o700);
  const folderOf = ({ workspaceId, id }: Pick<PartedUpload, 'workspaceId' | 'id'>) => join(root, workspaceId, id);
  return {
    async begin(upload) {
      await makeFolder(folderOf(upload), 0o700);
      await sync(dirname(folderOf(upload)));
      return null;
    },
    sign: async () => null,
    stage: (_upload, _number, temporaryPath) => sync(temporaryPath),
    async put(upload, number, temporaryPath) {
      await rename(temporaryPath, join(folderOf(upload), String(number)));
      await sync(folderOf(upload));
    },
    async list(upload) {
      const names = (await namesIn(folderOf(upload))).filter((name) => PART.test(name));
      return names.map(Number).sort((left, right) => left - right);
    },
    // Whoever puts a part holds the row of its upload, which says that it is sealed.
    seal: async () => undefined,
    assemble: (upload, count, path, work) => {
      const parts = Array.from({ length: count }, (_, index) => join(folderOf(upload), String(index + 1)));
      return concatenate(parts, path, work);
    },
    remove: (upload) => rm(folderOf(upload), { recursive: true, force: true }),
    async *uploads() {
      for (const workspaceId of (await namesIn(root)).filter(isUuid)) {
        for (const id of (await namesIn(join(root, workspaceId))).filter(isUuid)) {
          // The folder's own time is that of its latest part. Null for one that has been removed since.
          const found = await stat(join(root, workspaceId, id)).catch(() => null);
          if (found !== null) yield { workspaceId, id, storeId: null, startedAt: found.mtime };
        }
      }
    },
    close: async () => undefined,
  };
}

/** One stream at a time, so that memory does not grow with the number of parts. */
async function concatenate(parts: readonly string[], path: string, work: AssemblyWork): Promise<AssembledFile> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      work.onBytes(sizeBytes);
      // It is the turn of other requests.
      setImmediate(done, null, chunk);
    },
  });
  const source = async function* () {
    for (const part of parts) yield* createReadStream(part, { highWaterMark: COPY_BYTES }) as AsyncIterable<Buffer>;
  };
  const target = createWriteStream(path, { flags: 'wx', mode: 0o600, highWaterMark: COPY_BYTES });
  await pipeline(source, meter, target, { signal: work.signal });
  return { sizeBytes, sha256: hash.digest('hex') };
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  });
}

/** Flushes a file or folder to disk: a part that was acknowledged survives a power failure. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
