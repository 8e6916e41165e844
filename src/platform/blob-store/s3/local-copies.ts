import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { FaultError } from '../../fault.ts';
import type { ByteRange, LocalFile } from '../blob-store.ts';

/** How often a download goes on where it was cut off. */
const MAX_DOWNLOADS = 4;

/** A copy on this machine, or one that is on its way. */
interface Copy {
  readonly path: string;
  /** Resolves with its size. */
  readonly arrived: Promise<number>;
  /** 0 while it is on its way. */
  sizeBytes: number;
  users: number;
}

/**
 * Copies of a store's files in a folder of this process, of which the least recently used are removed when all together have more
 * than `maxBytes`; those in use stay. A library's cache by size would do but for that: it drops what is in use as well.
 */
export class LocalCopies {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #read: (key: string, range: ByteRange) => Promise<Readable>;
  /** The least recently used is the first. */
  readonly #copies = new Map<string, Copy>();

  /** `folder` is made when it is needed. */
  constructor(folder: string, maxBytes: number, read: (key: string, range: ByteRange) => Promise<Readable>) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#read = read;
  }

  /** A copy that stays until it is disposed of. Whoever asks for the same file meanwhile shares it, and its download. */
  async borrow(key: string): Promise<LocalFile> {
    await this.#forgetIfGone(key);
    const copy = this.#copies.get(key) ?? this.#download(key);
    this.#copies.delete(key);
    this.#copies.set(key, copy);
    copy.users += 1;
    let isReturned = false;
    const giveBack = () => {
      if (isReturned) return;
      isReturned = true;
      copy.users -= 1;
      // What cannot be removed goes with the folder.
      this.#evict().catch(() => undefined);
    };
    try {
      copy.sizeBytes = await copy.arrived;
      return { path: copy.path, [Symbol.dispose]: giveBack };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  /** Removes them all. */
  async close(): Promise<void> {
    this.#copies.clear();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Somebody may have removed the file of a copy that nobody uses. */
  async #forgetIfGone(key: string): Promise<void> {
    const copy = this.#copies.get(key);
    if (copy === undefined || copy.users > 0) return;
    const now = new Date();
    // Files that nobody has written to for a day are taken for leftovers on a folder that machines share.
    const isThere = await utimes(copy.path, now, now).then(
      () => true,
      () => false,
    );
    if (!isThere && this.#copies.get(key) === copy) this.#copies.delete(key);
  }

  #download(key: string): Copy {
    // A path of its own: an earlier copy may just be removed.
    const path = join(this.#folder, randomUUID());
    const copy: Copy = { path, arrived: this.#fetch(key, path), sizeBytes: 0, users: 0 };
    copy.arrived.catch(() => {
      if (this.#copies.get(key) === copy) this.#copies.delete(key);
    });
    return copy;
  }

  async #fetch(key: string, path: string): Promise<number> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const file = await open(path, 'wx', 0o600);
    try {
      return await this.#fill(file, key);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  /** Downloads a file, in several goes where the store cuts it off, and compares its bytes with the hash in its key. */
  async #fill(file: FileHandle, key: string): Promise<number> {
    const hash = createHash('sha256');
    let start = 0;
    for (let download = 1, isWhole = false; !isWhole; download += 1) {
      try {
        for await (const chunk of (await this.#read(key, { start })) as AsyncIterable<Buffer>) {
          await file.write(chunk);
          hash.update(chunk);
          start += chunk.length;
        }
        isWhole = true;
      } catch (error) {
        const isCutOff = error instanceof FaultError && error.reason === 'NO_ANSWER' && start > 0;
        if (!isCutOff || download === MAX_DOWNLOADS) throw error;
      }
    }
    if (hash.digest('hex') !== key.split('/').at(-1)) throw new FaultError('UNREADABLE');
    return start;
  }

  async #evict(): Promise<void> {
    let bytes = 0;
    for (const { sizeBytes } of this.#copies.values()) bytes += sizeBytes;
    for (const [key, { path, sizeBytes, users }] of this.#copies) {
      if (bytes <= this.#maxBytes) return;
      if (users > 0) continue;
      this.#copies.delete(key);
      bytes -= sizeBytes;
      await rm(path, { force: true });
    }
  }
}
