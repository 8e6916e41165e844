import { closeSync, openSync, readSync } from 'node:fs';
import { isWhiteSpace } from '../../runtime/values/cells.ts';
import { CsvScanner, type CsvSyntax } from '../scan/csv-scanner.ts';
import { RecordSample } from '../sniffer/record-sample.ts';

/** Looked at to find where a record begins: so much, and more of a wide file, to see a few records at least. */
const WINDOW_BYTES = 1 << 16;
const WINDOW_BYTES_PER_COLUMN = 32;
/** Line ends that are tried; more would only be in the midst of one long quoted cell. */
const CANDIDATES = 50;
/** Records after a line end that have to look right. */
const SCANNED_RECORDS = 3;

/**
 * Divides the bytes [start, size) of a file into blocks that seem to begin where a record does, so that several threads
 * can read them. Whether a line end is one between records or one within quotes cannot be told from its
 * surroundings: a block that ends within a record shows, once it has been read, that the next one begins at a wrong position.
 *
 * @param columnCount the cells that records are expected to have
 * @returns where the blocks begin, ascending, and `size` at the end
 */
export function divideFile(
  path: string,
  [start, size]: readonly [number, number],
  syntax: CsvSyntax,
  columnCount: number,
  blockBytes: number,
): readonly number[] {
  const descriptor = openSync(path, 'r');
  const bounds = [start];
  const windowBytes = Math.max(WINDOW_BYTES, columnCount * WINDOW_BYTES_PER_COLUMN);
  try {
    // The header has to be in the first block, also where there are blank lines before it.
    for (let target = firstText(descriptor, start, size) + blockBytes; target < size; target += blockBytes) {
      if (target <= bounds.at(-1)!) continue;
      const window = Buffer.alloc(windowBytes + 1);
      const count = readSync(descriptor, window, 0, windowBytes, target - 1);
      const offset = recordStart(window.subarray(0, count + 1), syntax, columnCount);
      if (offset > 0 && target - 1 + offset < size) bounds.push(target - 1 + offset);
    }
  } finally {
    closeSync(descriptor);
  }
  bounds.push(size);
  return bounds;
}

/** The position of the first byte that is not white space; `size` if there is none. */
function firstText(descriptor: number, start: number, size: number): number {
  const window = Buffer.alloc(WINDOW_BYTES);
  for (let position = start; position < size; position += window.length) {
    const count = readSync(descriptor, window, 0, window.length, position);
    const at = window.subarray(0, count).findIndex((byte) => !isWhiteSpace(byte));
    if (at >= 0) return position + at;
  }
  return size;
}

/** Where the first record seems to begin after a line end in a window, which has room for one byte at its end; or 0. */
function recordStart(window: Buffer, syntax: CsvSyntax, columnCount: number): number {
  const length = window.length - 1;
  const lineEnd = syntax.carriageReturnEnds ? 13 : 10;
  let first = 0;
  let at = 0;
  for (let tried = 0; tried < CANDIDATES; tried++) {
    const end = window.indexOf(lineEnd, at);
    if (end < 0 || end + 1 >= length) return first;
    at = end + 1;
    // The line feed after a carriage return belongs to it.
    if (syntax.carriageReturnEnds && window[at] === 10) at++;
    if (first === 0) first = at;
    if (looksRight(window.subarray(at), syntax, columnCount)) return at;
  }
  return first;
}

function looksRight(window: Buffer, syntax: CsvSyntax, columnCount: number): boolean {
  const sample = new RecordSample(SCANNED_RECORDS, window.length, columnCount + 1);
  window[window.length - 1] = 10;
  new CsvScanner(syntax, sample).scan(window, window.length - 1, false);
  return sample.faults === 0 && sample.records.every(({ cells }) => cells.length === columnCount);
}
