import type { Readable } from 'node:stream';
import type { BlobStore } from '../platform/blob-store/blob-store.ts';
import type { Database, Transaction } from '../platform/postgres/database.ts';
import { addReference, type BlobKey, deleteBlob, dropReference, lockBlob } from './blob.store.ts';

/** A finished file on its way into the store. */
export interface NewBlob {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly temporaryPath: string;
}

/** A stored file as it is handed out. */
export interface ReadableFile {
  readonly filename: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly open: () => Promise<Readable>;
}

/** What a removal did: a file can be missing that the database counted on. */
export interface Removal {
  readonly filesRemoved: number;
  readonly filesMissing: number;
  readonly bytesReclaimed: number;
}

const NOTHING_REMOVED: Removal = { filesRemoved: 0, filesMissing: 0, bytesReclaimed: 0 };

/**
 * Files that rows refer to. The same bytes are stored once per workspace; the row's lock orders storing and removing,
 * so that a file is there whenever its count is above 0.
 */
export class BlobService {
  readonly #database: Database;
  readonly #store: BlobStore;

  constructor(database: Database, store: BlobStore) {
    this.#database = database;
    this.#store = store;
  }

  temporaryPath(): string {
    return this.#store.temporaryPath();
  }

  /** Whether more may be stored than what work that has begun needs. */
  hasFreeSpace(): Promise<boolean> {
    return this.#store.hasFreeSpace();
  }

  /** To be done with a new file before the transaction that acquires it. */
  fsync(blob: NewBlob): Promise<void> {
    return this.#store.fsync(blob.temporaryPath);
  }

  /** Refers to a file from within a transaction, and stores its bytes where they are not stored yet. */
  async acquire(tx: Transaction, workspaceId: string, blob: NewBlob): Promise<void> {
    const count = await addReference(tx, { workspaceId, sha256: blob.sha256 }, blob.sizeBytes);
    if (count === 1) await this.#store.put(keyOf({ workspaceId, sha256: blob.sha256 }), blob.temporaryPath);
  }

  /** Refers to a file no more; `purge` after the transaction has committed removes it if nobody else does. */
  async release(tx: Transaction, key: BlobKey): Promise<void> {
    await dropReference(tx, key);
  }

  /** Removes a file that nothing refers to: after a release, and after an `acquire` whose transaction failed. */
  async purge(key: BlobKey): Promise<Removal> {
    return await this.#database.transaction({ workspaceId: key.workspaceId }, async (tx) => {
      const { count, sizeBytes } = await lockBlob(tx, key);
      if (count > 0) return NOTHING_REMOVED;
      const removed = await this.#store.remove(keyOf(key));
      await deleteBlob(tx, key);
      return removed
        ? { filesRemoved: 1, filesMissing: 0, bytesReclaimed: sizeBytes }
        : { filesRemoved: 0, filesMissing: 1, bytesReclaimed: 0 };
    });
  }

  read(key: BlobKey): Promise<Readable> {
    return this.#store.read(keyOf(key));
  }

  localPath(key: BlobKey): Promise<string> {
    return this.#store.localPath(keyOf(key));
  }
}

function keyOf({ workspaceId, sha256 }: BlobKey): string {
  return `${workspaceId}/${sha256}`;
}
