import { fstatSync, readSync, writeSync } from 'node:fs';

/** How the rows of a column are stored: labels as codes of one of the integer types. */
export type StoredType = 'INT8' | 'INT16' | 'INT32' | 'FLOAT32' | 'FLOAT64' | 'TIMESTAMP';

/**
 * Rows in each record batch but the last. Large enough that reading a column of them all takes as long as reading it in
 * one piece, small enough that a program that goes through a file batch by batch needs little memory; and a multiple of
 * 64, so that the bits of a batch fill whole words.
 */
export const BATCH_ROWS = 1 << 17;

/** Bytes that lie side by side in a file. */
export interface FileRun {
  readonly at: number;
  readonly length: number;
}

/** Where the rows of a column belong in the file: a run of bytes in each record batch, in their order. */
export interface ColumnLayout {
  readonly type: StoredType;
  /** One bit for each row, 1 where it has a value, padded to 8 bytes; null where no value is missing. */
  readonly validityAt: readonly FileRun[] | null;
  /** The values one after the other; a missing one is 0 among whole numbers and NaN among others. */
  readonly valuesAt: readonly FileRun[];
  /** The bytes that say how many values each batch misses; none where it is written already. */
  readonly nullCountsAt: readonly number[];
}

/** Bytes that each row of a type takes. */
export const STORED_BYTES: Readonly<Record<StoredType, number>> = {
  INT8: 1,
  INT16: 2,
  INT32: 4,
  FLOAT32: 4,
  FLOAT64: 8,
  TIMESTAMP: 8,
};

/** Bytes in which one bit for each row fits, in whole words of 8 bytes. */
export function validityBytes(rowCount: number): number {
  return Math.ceil(rowCount / 64) * 8;
}

/** A single call to the file system takes less than 2 GiB. */
const LARGEST_CALL = 2 ** 30;

/** Writes all bytes of a view to a file: from a byte on, or one run after the other. */
export function writeAt(descriptor: number, view: ArrayBufferView, target: number | readonly FileRun[]): void {
  forEachRun(view, target, (bytes, position) => {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(descriptor, bytes, done, Math.min(LARGEST_CALL, bytes.length - done), position + done);
    }
  });
}

/**
 * Fills a view with bytes of a file: from a byte on, or one run after the other.
 *
 * @throws Error where the file ends before
 */
export function readAt(descriptor: number, view: ArrayBufferView, target: number | readonly FileRun[]): void {
  forEachRun(view, target, (bytes, position) => {
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(descriptor, bytes, done, Math.min(LARGEST_CALL, bytes.length - done), position + done);
      if (count === 0) throw new Error(`the file ends at byte ${fstatSync(descriptor).size}, within a value`);
      done += count;
    }
  });
}

function forEachRun(
  view: ArrayBufferView,
  target: number | readonly FileRun[],
  transfer: (bytes: Uint8Array, position: number) => void,
): void {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  let from = 0;
  for (const { at, length } of typeof target === 'number' ? [{ at: target, length: bytes.length }] : target) {
    transfer(bytes.subarray(from, from + length), at);
    from += length;
  }
}
