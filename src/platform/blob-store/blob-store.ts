import type { Readable } from 'node:stream';

/**
 * Stores files, on a disk or in an object store. Keys are made by the program, `<workspace id>/<sha256>`, and never hold a
 * client's file name. What a store can do nothing about rejects with a FaultError.
 */
export interface BlobStore {
  /** Where the files are, as an operator is told: a folder, or a bucket and its endpoint. */
  readonly location: string;
  /** Tells which installation the files belong to. */
  readonly marker: StoreMarker;
  /**
   * A path for a new temporary file or folder of this process. Leftovers of processes that have died are removed. On a local
   * store it is on the same file system, so that storing it is a rename.
   */
  temporaryPath(): string;
  /**
   * Does what takes long about storing a finished temporary file, to be called before any transaction: a local store flushes it
   * to disk, a remote one sends it, unless it has the key already. A file that is never `put` is an orphan of the store.
   */
  stage(key: string, temporaryPath: string): Promise<void>;
  /** Makes sure that the staged file is stored under `key`; an existing key has the same bytes. Quick. */
  put(key: string, temporaryPath: string): Promise<void>;
  /** Streams a file's bytes, or a range of them. Throws BlobMissingError. */
  read(key: string, range?: ByteRange): Promise<Readable>;
  /**
   * The URL from which a browser can download the file directly from the store, valid for a minute; null if it has to come
   * through this process. Throws BlobMissingError.
   */
  signedUrl(key: string, download: Download): Promise<string | null>;
  /** The file as one on this machine; of a remote store a copy, checked by its hash. Throws BlobMissingError. */
  localFile(key: string): Promise<LocalFile>;
  /** Removes a file; false when there was none. */
  remove(key: string): Promise<boolean>;
  /** All files, or those whose key begins with `prefix`; what is stored or removed meanwhile may be among them or not. */
  list(prefix?: string): AsyncIterable<StoredFile>;
  /** The first parts of all keys, each once: the ids of workspaces, and what somebody else has put there. */
  listOwners(): AsyncIterable<string>;
  /** Removes what interrupted uploads that began before then have left; gives their number. */
  removeUnfinished(before: Date): Promise<number>;
  /** Writes an object, reads it back and removes it. Throws if that fails, or if there is too little disk space. */
  check(): Promise<void>;
  /** Whether the minimum of free disk space is left, where temporary files are, beside a file of `bytes`. */
  hasFreeSpace(bytes?: number): Promise<boolean>;
  /** Free and total space of that disk; null if unknown. */
  diskSpace(): Promise<DiskSpace | null>;
  close(): Promise<void>;
}

/** Bytes of a file from `start`, 0 is the first, up to and including `end`, or to the last. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

/** How a browser is to save a file. */
export interface Download {
  readonly filename: string;
  readonly contentType: string;
}

/** A file that stays at its path until it is released, once. */
export interface LocalFile extends Disposable {
  readonly path: string;
}

/** A file of the store, as a listing tells of it. */
export interface StoredFile {
  readonly key: string;
  readonly sizeBytes: number;
  readonly storedAt: Date;
}

/** The place in a store that carries the id of the installation that the files belong to. */
export interface StoreMarker {
  /** As an operator is told. */
  readonly location: string;
  /** The id; null for none. Throws InstallationError where something else is there. */
  find(): Promise<string | null>;
  /** Writes the id where there is none; gives the one that is there then. Two processes may do so at once. */
  claim(id: string): Promise<string>;
  /** Takes the id away: the files have moved to another store. */
  remove(): Promise<void>;
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
