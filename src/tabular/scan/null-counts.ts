import { closeSync, openSync } from 'node:fs';
import { BATCH_ROWS, type ColumnLayout, readAt, writeAt } from '../types/stored-rows.ts';

/**
 * Completes a table file once all its rows are written: writes how many values each record batch misses of each
 * column, which nobody knew when its frame was written. Reads one bit for each row of the columns that miss some.
 *
 * @throws the file system's error
 */
export function writeNullCounts(path: string, layouts: readonly ColumnLayout[], rowCount: number): void {
  if (layouts.every(({ nullCountsAt }) => nullCountsAt.length === 0)) return;
  const descriptor = openSync(path, 'r+');
  try {
    const words = new Uint32Array(BATCH_ROWS / 32);
    for (const { validityAt, nullCountsAt } of layouts) {
      nullCountsAt.forEach((position, batch) => {
        const run = validityAt?.[batch];
        if (run === undefined) throw new Error('a count belongs to the validity of its batch');
        const bits = words.subarray(0, run.length / 4);
        readAt(descriptor, bits, run.at);
        const rows = Math.min(BATCH_ROWS, rowCount - batch * BATCH_ROWS);
        writeAt(descriptor, BigInt64Array.of(BigInt(rows - countOnes(bits))), position);
      });
    }
  } finally {
    closeSync(descriptor);
  }
}

/** The bits that are 1, by adding neighbours: pairs, fours, bytes (H. S. Warren, "Hacker's Delight", 5-1). */
function countOnes(words: Uint32Array): number {
  let count = 0;
  for (let word of words) {
    word -= (word >>> 1) & 0x5555_5555;
    word = (word & 0x3333_3333) + ((word >>> 2) & 0x3333_3333);
    word = (word + (word >>> 4)) & 0x0f0f_0f0f;
    count += Math.imul(word, 0x0101_0101) >>> 24;
  }
  return count;
}
