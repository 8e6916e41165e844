import type { ReadingTask } from '../reader/csv-reader.ts';
import { ByteSource } from '../scan/byte-source.ts';
import { CsvScanner, type CsvSink } from '../scan/csv-scanner.ts';
import { scanFile } from '../scan/scan-file.ts';
import { syntaxOf } from './delimiter-guess.ts';

/** Where the first NUL byte of a file is. */
export interface NulByte {
  /** The line at which its record begins. */
  readonly line: number;
  /** The index of its cell in the record; null if unknown. */
  readonly column: number | null;
}

/** Waits for a cell with a NUL byte. */
class NulSink implements CsvSink {
  found: NulByte | null = null;

  cell(column: number, bytes: Buffer, start: number, end: number, line: number): void {
    if (this.found === null && bytes.subarray(start, end).includes(0)) this.found = { line, column };
  }

  recordEnd(): boolean {
    return this.found === null;
  }

  fault(): void {}
}

/**
 * Finds the first NUL byte of a file that has one. Reads it up to there once more; only refused files come here.
 *
 * @throws the file system's error
 */
export function locateNul(task: ReadingTask): NulByte {
  const { path, dialect, firstLine, chunkBytes } = task;
  const sink = new NulSink();
  const scanner = new CsvScanner(syntaxOf(dialect), sink, firstLine);
  const source = new ByteSource(path, dialect.encoding, task);
  try {
    scanFile(source, scanner, chunkBytes, () => true);
  } finally {
    source.close();
  }
  // A cell that is too long is never handed over.
  return sink.found ?? { line: scanner.line, column: null };
}
