/** An upload that arrives in parts. */
export interface PartedUpload {
  readonly workspaceId: string;
  readonly id: string;
  /** What the store itself calls it, from `begin`; null where it needs no name. */
  readonly storeId: string | null;
}

/** How far an assembly is. */
export interface AssemblyWork {
  readonly signal: AbortSignal;
  /** Called with the bytes that have been copied so far. */
  readonly onBytes: (bytes: number) => void;
}

/** A file that has been put together. */
export interface AssembledFile {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Keeps the parts of uploads until their file is read. A part is there whole or not at all, and one that is sent again
 * replaces the earlier one. Numbers begin with 1.
 */
export interface PartStore {
  /** Begins an upload; gives the name that the store has for it. */
  begin(upload: Omit<PartedUpload, 'storeId'>): Promise<string | null>;
  /** Where a client sends a part to the store itself, for so many seconds; null where it sends it through the API. */
  sign(upload: PartedUpload, number: number, sizeBytes: number, seconds: number): Promise<string | null>;
  /** Does what takes long about storing a finished temporary file as a part, before any transaction. */
  stage(upload: PartedUpload, number: number, temporaryPath: string): Promise<void>;
  /** Makes sure that the staged part is stored. Quick. */
  put(upload: PartedUpload, number: number, temporaryPath: string): Promise<void>;
  /** The numbers of the parts that have arrived, ascending; of an upload that is not sealed. */
  list(upload: PartedUpload): Promise<readonly number[]>;
  /** From now on no part is replaced. All parts have arrived; may be repeated. */
  seal(upload: PartedUpload): Promise<void>;
  /** Writes the parts of a sealed upload, of which there are `count`, one after the other to a new file. */
  assemble(upload: PartedUpload, count: number, path: string, work: AssemblyWork): Promise<AssembledFile>;
  /** Removes all that is kept of an upload. */
  remove(upload: PartedUpload): Promise<void>;
  /** The uploads of which anything is kept, and when they were begun. */
  uploads(): AsyncIterable<PartedUpload & { readonly startedAt: Date }>;
  close(): Promise<void>;
}
