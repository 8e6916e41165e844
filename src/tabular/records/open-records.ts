import { statSync } from 'node:fs';
import { isReadAsIs, isUnchanged } from '../scan/byte-source.ts';
import type { CsvSyntax } from '../scan/csv-scanner.ts';
import { CHUNK_BYTES } from '../scan/scan-file.ts';
import { transcodeToUtf8 } from '../scan/transcode.ts';
import { syntaxOf } from '../sniffer/delimiter-guess.ts';
import type { CsvDialect } from '../sniffer/dialect.ts';
import { namesOf, sniffFile } from '../sniffer/sniff-file.ts';

/** Where the records of a file are, and how they are written. */
export interface RecordFile {
  readonly path: string;
  /** Of the bytes at `path`. */
  readonly encoding: string;
  readonly syntax: CsvSyntax;
  readonly dialect: CsvDialect;
  /** The first byte of the header, or of the first row, and the one after the last row. */
  readonly start: number;
  readonly end: number;
  readonly columnCount: number;
  readonly names: readonly string[];
}

/** A file that was accepted earlier reads otherwise now. */
class RecordFileError extends Error {}

/**
 * Finds the records of a file that has been accepted, as they were found then: by its dialect, without the lines before its
 * header and after its last row. A file that cannot be cut between bytes is copied in UTF-8 first.
 *
 * @param copyPath where the copy goes, which the caller removes
 */
export function openRecords(path: string, dialect: CsvDialect, copyPath: string): RecordFile {
  const { delimiter, quote, escape: escapeMark, decimal, encoding, hasHeader } = dialect;
  const options = {
    delimiter,
    quote: quote ?? '',
    ...(escapeMark === null ? {} : { escape: escapeMark }),
    decimal,
    encoding,
    hasHeader,
  };
  const sniffed = sniffFile(path, options, CHUNK_BYTES);
  if ('issue' in sniffed) throw new RecordFileError(sniffed.issue.message);
  const { task, records, columnCount } = sniffed;
  const { names } = namesOf(records, columnCount, task.dialect);
  const found = { dialect, syntax: syntaxOf(task.dialect), columnCount, names };
  if (isUnchanged(task.dialect.encoding, task)) {
    const size = statSync(path).size;
    return { ...found, path, encoding: task.dialect.encoding, start: task.skip, end: Math.min(size, task.end ?? size) };
  }
  const size = transcodeToUtf8(path, task.dialect.encoding, task, copyPath);
  const copied = isReadAsIs(task.dialect.encoding) ? task.dialect.encoding : 'utf-8';
  return { ...found, path: copyPath, encoding: copied, start: 0, end: size };
}
