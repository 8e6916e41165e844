import { CsvError, parse } from 'csv-parse/sync';
import { ByteSource, type SourceSpan } from '../scan/byte-source.ts';
import { decoderFor } from '../scan/text-decoding.ts';
import type { CsvDialect } from '../sniffer/dialect.ts';

/** Where exactly a record is malformed. */
export interface MalformedRecord {
  /** The index of the cell in its record. */
  readonly column: number;
  /** The character that should not be there; null where the record merely does not end, or it is none of ASCII. */
  readonly character: string | null;
}

/** Looked at from the beginning of the record on; a record that is longer is not explained. */
const SCANNED_BYTES = 1 << 16;

/**
 * Finds the exact position at which a record is malformed, with csv-parse, which is strict where the scanner goes on.
 * Reads the file up to the record once more; only refused files come here.
 *
 * @param line the line at which the record begins, counted from the first that is not skipped
 * @returns null where the position is unknown
 */
export function locateMalformed(
  path: string,
  dialect: CsvDialect,
  span: SourceSpan,
  line: number,
): MalformedRecord | null {
  if (dialect.quote === null) return null;
  const text = textFromLine(path, dialect, span, line);
  try {
    parse(text, {
      delimiter: dialect.delimiter,
      quote: dialect.quote,
      escape: dialect.escape ?? dialect.quote,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      trim: true,
      to: 1,
    });
    return null;
  } catch (error) {
    if (!(error instanceof CsvError)) return null;
    const column: unknown = error['column'];
    if (typeof column !== 'number') return null;
    // Of a longer character the message has but the first byte.
    return { column, character: /got "([\t-~])" at line/.exec(error.message)?.[1] ?? null };
  }
}

/** Some text of the file from the beginning of a line on. */
function textFromLine(path: string, dialect: CsvDialect, span: SourceSpan, line: number): string {
  const lineEnd = dialect.newline === '\r' ? 13 : 10;
  const source = new ByteSource(path, dialect.encoding, span);
  try {
    const buffer = Buffer.allocUnsafe(SCANNED_BYTES);
    let found = Buffer.alloc(0);
    let linesToSkip = line - 1;
    for (;;) {
      const count = source.read(buffer, 0, buffer.length);
      if (count === 0 || found.length >= SCANNED_BYTES) {
        return decoderFor(dialect.encoding)(found, 0, Math.min(found.length, SCANNED_BYTES));
      }
      let start = 0;
      while (linesToSkip > 0 && start < count) {
        const end = buffer.subarray(0, count).indexOf(lineEnd, start);
        start = end < 0 ? count : end + 1;
        if (end >= 0) linesToSkip--;
      }
      if (linesToSkip > 0) continue;
      found = Buffer.concat([found, buffer.subarray(start, count)]);
    }
  } finally {
    source.close();
  }
}
