import type { Readable } from 'node:stream';

/** Stores files. Keys are made by the program: `<workspace id>/<sha256>`. */
export interface BlobStore {
  /**
   * A path for a new temporary file or folder on the same file system as the store, so that storing it is a rename.
   * Leftovers of processes that have died are removed.
   */
  temporaryPath(): string;
  /** Flushes a finished temporary file to disk (fsync): slow, so to be done before any transaction. */
  fsync(temporaryPath: string): Promise<void>;
  /** Moves a finished and flushed temporary file to `key`; an existing key has the same bytes and is replaced. */
  put(key: string, temporaryPath: string): Promise<void>;
  /** Streams a file's bytes. Throws BlobMissingError. */
  read(key: string): Promise<Readable>;
  /** A path on this machine from which the file can be read; for a remote store, of a local copy. Throws BlobMissingError. */
  localPath(key: string): Promise<string>;
  /** Removes a file; false when there was none. */
  remove(key: string): Promise<boolean>;
  /** Writes an object, reads it back and removes it. Throws if that fails, or if there is too little disk space. */
  check(): Promise<void>;
  /** Whether the minimum of free disk space is available; true if unknown. */
  hasFreeSpace(): Promise<boolean>;
  /** Free and total disk space; null if unknown. */
  diskSpace(): Promise<DiskSpace | null>;
  close(): Promise<void>;
}

/** The disk that files are stored on. */
export interface DiskSpace {
  /** Space available to this process. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** The store has no file under a key that the database names. */
export class BlobMissingError extends Error {
  constructor(key: string) {
    super(`The file ${key} is not in the store.`);
    this.name = 'BlobMissingError';
  }
}
