import { closeSync, openSync, readSync } from 'node:fs';
import { isWhiteSpace } from '../../runtime/values/cells.ts';

const NUL = 0;
/** Ctrl-Z, by which DOS marked the end of a text. */
const SUBSTITUTE = 26;
const CHUNK_BYTES = 1 << 16;

/**
 * Where the text of a file ends: before the first of the NUL bytes and marks of DOS after its last line, which old programs
 * and copies of whole blocks leave there. The size of the file where there are none, or nothing else; a NUL byte in the last
 * line, before its end, is none of them.
 *
 * @param encoding as far as it is known: in UTF-16 each character takes two bytes
 * @throws the file system's error
 */
export function textEnd(path: string, size: number, encoding: string): number {
  const step = encoding.startsWith('utf-16') ? 2 : 1;
  const low = encoding === 'utf-16be' ? 1 : 0;
  const descriptor = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let end = size;
    let hasLineEnd = false;
    let isInLine = false;
    // Whole characters only.
    for (let last = size - (size % step); last > 0; ) {
      const start = Math.max(0, last - CHUNK_BYTES);
      readSync(descriptor, buffer, 0, last - start, start);
      for (let at = last - start - step; at >= 0; at -= step) {
        const byte = buffer[at + low]!;
        const isWide = step === 2 && buffer[at + 1 - low] !== 0;
        if (!isWide && (byte === NUL || byte === SUBSTITUTE)) end = start + at;
        else if (isWide || !isWhiteSpace(byte)) return isInLine ? size : end;
        if (!isWide && (byte === NUL || byte === SUBSTITUTE)) isInLine = byte === NUL && hasLineEnd;
        else if (isLineEnd(byte)) {
          hasLineEnd = true;
          isInLine = false;
        }
      }
      last = start;
    }
    return size;
  } finally {
    closeSync(descriptor);
  }
}

function isLineEnd(byte: number): boolean {
  return byte === 10 || byte === 13;
}
