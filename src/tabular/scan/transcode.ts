import { closeSync, openSync } from 'node:fs';
import { writeAt } from '../types/stored-rows.ts';
import { ByteSource, type SourceSpan } from './byte-source.ts';
import { CHUNK_BYTES } from './scan-file.ts';

/**
 * Writes a copy of the records of a file that can be cut anywhere between them, chunk by chunk: in UTF-8 where the encoding
 * (UTF-16, for one) cannot be scanned byte by byte, and without quotes around whole lines.
 * About 300 MB/s. What is not valid in the encoding becomes U+FFFD.
 *
 * @param encoding the canonical name of a WHATWG encoding
 * @returns the size of the copy
 * @throws the file system's error
 */
export function transcodeToUtf8(path: string, encoding: string, span: SourceSpan, copyPath: string): number {
  const source = new ByteSource(path, encoding, span);
  try {
    const descriptor = openSync(copyPath, 'w');
    try {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      let size = 0;
      for (;;) {
        const count = source.read(buffer, 0, buffer.length);
        if (count === 0) return size;
        writeAt(descriptor, buffer.subarray(0, count), size);
        size += count;
      }
    } finally {
      closeSync(descriptor);
    }
  } finally {
    source.close();
  }
}
