import type { ByteSource } from './byte-source.ts';
import type { CsvScanner } from './csv-scanner.ts';

/** Read at a time: calls then cost nothing beside the scanning, and the bytes still fit the processor's cache. */
export const CHUNK_BYTES = 1 << 18;

/**
 * The longest cell that is read. Spreadsheets stop at 32,767 characters; a longer "cell" than this is nearly
 * always a quote that is never closed, and would otherwise be held in memory whole.
 */
const MAX_CELL_BYTES = 1 << 20;

const LINE_FEED = 10;

/**
 * What stops a scan before the end of the file, beside the sink itself; or UNFINISHED where the bytes of a part of a
 * file end within a record.
 */
export type ScanStop = 'CELL_TOO_LONG' | 'UNFINISHED' | null;

/**
 * Feeds a file to a scanner, chunk by chunk. What is left of a cell that a chunk cuts moves to the front of the
 * buffer and is scanned again with what follows; the buffer and the reads double with it, so that the whole
 * stays linear. Memory: at most twice the longest cell.
 *
 * @param chunkBytes bytes to read at a time, before any doubling
 * @param onChunk sees each chunk before it is scanned; false stops
 * @param isWhole whether the file ends where the source does, so that its last record needs no line end
 */
export function scanFile(
  source: ByteSource,
  scanner: CsvScanner,
  chunkBytes: number,
  onChunk: (chunk: Buffer) => boolean,
  isWhole = true,
): ScanStop {
  let buffer: Buffer = scanner.buffer(Math.max(chunkBytes * 2, 64));
  let filled = 0;
  for (;;) {
    // One byte is kept for the guard.
    const wanted = Math.min(buffer.length - 1 - filled, Math.max(chunkBytes, filled));
    const count = source.read(buffer, filled, wanted);
    if (count > 0 && !onChunk(buffer.subarray(filled, filled + count))) return null;
    filled += count;
    buffer[filled] = LINE_FEED;
    const isEnd = count === 0;
    const consumed = scanner.scan(buffer, filled, isEnd && isWhole);
    if (scanner.stopped) return null;
    if (isEnd) return isWhole || (consumed === filled && scanner.isBetweenRecords) ? null : 'UNFINISHED';
    buffer.copyWithin(0, consumed, filled);
    filled -= consumed;
    if (filled > MAX_CELL_BYTES) return 'CELL_TOO_LONG';
    if (filled * 2 > buffer.length - 1) {
      const larger = scanner.buffer(buffer.length * 2);
      buffer.copy(larger, 0, 0, filled);
      buffer = larger;
    }
  }
}
