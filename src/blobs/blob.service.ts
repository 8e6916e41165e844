import type { Readable } from 'node:stream';
import type { BlobStore, ByteRange, Download, LocalFile, StoredFile } from '../platform/blob-store/blob-store.ts';
import { isUuid } from '../platform/ids.ts';
import type { Database, Transaction } from '../platform/postgres/database.ts';
import { addReference, type BlobKey, deleteBlob, dropReference, lockBlob } from './blob.store.ts';
import { answered } from './store-errors.ts';

/** A finished file that is about to be stored. */
export interface NewBlob {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly temporaryPath: string;
}

/** A stored file, ready to be read. */
export interface ReadableFile {
  readonly filename: string;
  readonly contentType: string;
  /** Null, as the next one, for a file that is written while it is read; there are no ranges of it. */
  readonly sizeBytes: number | null;
  readonly sha256: string | null;
  /** Streams the file, or a range of it. */
  readonly open: (range?: ByteRange) => Promise<Readable>;
  /** The URL at which a browser can download it directly from the store; null if there is none. */
  readonly signedUrl: () => Promise<string | null>;
}

/** The outcome of a removal: a file that the database counts may be missing. */
export interface Removal {
  readonly filesRemoved: number;
  readonly filesMissing: number;
  readonly bytesReclaimed: number;
}

const NOTHING_REMOVED: Removal = { filesRemoved: 0, filesMissing: 0, bytesReclaimed: 0 };

/**
 * Reference-counted files. The same bytes are stored once per workspace. The lock on the row orders storing and removing, so
 * that a file exists whenever its count is above 0.
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

  /** Whether there is space for a further file of `bytes`, and for what the work that has already begun needs. */
  hasFreeSpace(bytes = 0): Promise<boolean> {
    return this.#store.hasFreeSpace(bytes);
  }

  /**
   * Does the slow part of storing a file, before the transaction that acquires it. A file that is not acquired afterwards
   * must be purged; the sweep finds those that a crash left.
   */
  stage(workspaceId: string, { sha256, temporaryPath }: NewBlob): Promise<void> {
    return answered(this.#store.stage(keyOf({ workspaceId, sha256 }), temporaryPath));
  }

  /** Adds a reference to a staged file within a transaction, and makes sure that its bytes are stored. */
  async acquire(tx: Transaction, workspaceId: string, blob: NewBlob): Promise<void> {
    const count = await addReference(tx, { workspaceId, sha256: blob.sha256 }, blob.sizeBytes);
    if (count > 1) return;
    await answered(this.#store.put(keyOf({ workspaceId, sha256: blob.sha256 }), blob.temporaryPath));
  }

  /** Drops references; after the commit, `purge` removes the file if nobody else refers to it. */
  async release(tx: Transaction, key: BlobKey, references = 1): Promise<void> {
    await dropReference(tx, key, references);
  }

  /** Whether the store has the file. */
  async exists(key: BlobKey): Promise<boolean> {
    for await (const stored of this.#store.list(keyOf(key))) if (stored.key === keyOf(key)) return true;
    return false;
  }

  /** Removes a file without references: after a release, and after an `acquire` whose transaction failed. */
  async purge(key: BlobKey): Promise<Removal> {
    return await this.#database.transaction({ workspaceId: key.workspaceId }, async (tx) => {
      const { count, sizeBytes } = await lockBlob(tx, key);
      if (count > 0) return NOTHING_REMOVED;
      const removed = await answered(this.#store.remove(keyOf(key)));
      await deleteBlob(tx, key);
      return removed
        ? { filesRemoved: 1, filesMissing: 0, bytesReclaimed: sizeBytes }
        : { filesRemoved: 0, filesMissing: 1, bytesReclaimed: 0 };
    });
  }

  read(key: BlobKey, range?: ByteRange): Promise<Readable> {
    return answered(this.#store.read(keyOf(key), range));
  }

  /** A stored file for a download. */
  readable(key: BlobKey, sizeBytes: number, download: Download): ReadableFile {
    return {
      ...download,
      sizeBytes,
      sha256: key.sha256,
      open: (range) => this.read(key, range),
      signedUrl: () => answered(this.#store.signedUrl(keyOf(key), download)),
    };
  }

  /** The file on the local disk, until it is disposed of. */
  localFile(key: BlobKey): Promise<LocalFile> {
    return answered(this.#store.localFile(keyOf(key)));
  }

  /** Everything that the store has of a workspace, whether or not a row counts it: for the sweep of orphans. */
  async *listStored(workspaceId: string): AsyncGenerator<BlobKey & Omit<StoredFile, 'key'>> {
    for await (const { key, ...stored } of this.#store.list(keyOf({ workspaceId, sha256: '' }))) {
      yield { workspaceId, sha256: key.slice(workspaceId.length + 1), ...stored };
    }
  }

  /** What has files in the store: ids of workspaces, whether or not the database knows them. */
  async *listOwners(): AsyncGenerator<string> {
    for await (const owner of this.#store.listOwners()) if (isUuid(owner)) yield owner;
  }

  /** Removes a file of a workspace that does not exist; false where there was none. */
  removeUnowned(key: BlobKey): Promise<boolean> {
    return answered(this.#store.remove(keyOf(key)));
  }

  /** Removes the leftovers of interrupted uploads that began before `before`; returns their number. */
  removeUnfinished(before: Date): Promise<number> {
    return this.#store.removeUnfinished(before);
  }
}

function keyOf({ workspaceId, sha256 }: BlobKey): string {
  return `${workspaceId}/${sha256}`;
}
