import type { Readable } from 'node:stream';

/** Where the bytes of files are kept. Keys are made by the program: `<workspace id>/<sha256>`. */
export interface BlobStore {
  /**
   * A path for a new temporary file or folder, near enough to the store that taking over what lies there is a rename.
   * What a process leaves there when it dies is removed.
   */
  temporaryPath(): string;
  /** Makes sure that a finished temporary file survives a power cut: slow, so it is done before any transaction. */
  settle(temporaryPath: string): Promise<void>;
  /** Takes over a finished and settled temporary file as `key`; the same key again replaces the same bytes. */
  put(key: string, temporaryPath: string): Promise<void>;
  /** Streams a file's bytes. Throws BlobMissingError. */
  read(key: string): Promise<Readable>;
  /** A path on this machine from which the file can be read; for a remote store, of a local copy. Throws BlobMissingError. */
  localPath(key: string): Promise<string>;
  /** Removes a file; false when there was none. */
  remove(key: string): Promise<boolean>;
  /** Writes an object, reads it back and removes it. Throws where that fails, and where there is too little room left. */
  check(): Promise<void>;
  /** Whether there is as much room left as is kept free; true where the store does not tell. */
  hasRoom(): Promise<boolean>;
  /** How much room there is; null where the store does not tell. */
  room(): Promise<Room | null>;
  close(): Promise<void>;
}

/** The disk that files are stored on. */
export interface Room {
  /** What this process may still write. */
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
