import { fstatSync, readSync, writeSync } from 'node:fs';

/** How the rows of a column are stored: labels as codes of one of the integer types. */
export type StoredType = 'INT8' | 'INT16' | 'INT32' | 'FLOAT32' | 'FLOAT64' | 'TIMESTAMP';

/** Where the rows of a column belong in the file, in bytes from its start. */
export interface ColumnPlace {
  readonly type: StoredType;
  /** One bit for each row, 1 where it has a value, padded to 8 bytes; null where no value is missing. */
  readonly validityAt: number | null;
  /** The values one after the other; a missing one is 0 among whole numbers and NaN among others. */
  readonly valuesAt: number;
}

/** Bytes in which one bit for each row fits, in whole words of 8 bytes. */
export function validityBytes(rowCount: number): number {
  return Math.ceil(rowCount / 64) * 8;
}

/** A single call to the file system takes less than 2 GiB. */
const LARGEST_CALL = 2 ** 30;

/** Writes all bytes of a view to a place in a file. */
export function writeAt(descriptor: number, view: ArrayBufferView, position: number): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, Math.min(LARGEST_CALL, bytes.length - done), position + done);
  }
}

/**
 * Fills a view with the bytes at a place in a file.
 *
 * @throws Error where the file ends before
 */
export function readAt(descriptor: number, view: ArrayBufferView, position: number): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(descriptor, bytes, done, Math.min(LARGEST_CALL, bytes.length - done), position + done);
    if (count === 0) throw new Error(`the file ends at byte ${fstatSync(descriptor).size}, within a value`);
    done += count;
  }
}
