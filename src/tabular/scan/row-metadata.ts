import type { RowBuffer } from './row-buffer.ts';

/** Data of each row beside its values: its line, whether it has any value, and a hash. */
export class RowMetadata {
  /** With room for more rows, as all here. A file with more lines than 2^32 would be far beyond any upload. */
  lines: Uint32Array;
  /** The two halves of 64 bits, for each row: rows with the same values have the same. */
  hashes: Int32Array;
  /** 1 for rows that have a value. */
  present: Uint8Array;

  constructor(capacity: number) {
    this.lines = new Uint32Array(capacity);
    this.hashes = new Int32Array(capacity * 2);
    this.present = new Uint8Array(capacity);
  }

  grow(capacity: number): void {
    const { lines, hashes, present } = this;
    this.lines = new Uint32Array(capacity);
    this.lines.set(lines);
    this.hashes = new Int32Array(capacity * 2);
    this.hashes.set(hashes);
    this.present = new Uint8Array(capacity);
    this.present.set(present);
  }

  /** Takes those of the buffered rows, as the rows from `start` on. */
  flush({ count, lines, hashes, present }: RowBuffer, start: number): void {
    this.lines.set(lines.subarray(0, count), start);
    this.hashes.set(hashes.subarray(0, count * 2), start * 2);
    this.present.set(present.subarray(0, count), start);
  }
}
