import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { isWhiteSpace } from '../../runtime/values/cells.ts';
import { type CsvOptions, invalidCsvOption } from '../csv-options.ts';
import { type DatasetIssue, issue } from '../issues/issues.ts';
import type { ReadingTask } from '../reader/csv-reader.ts';
import { NullTokens } from '../reader/null-tokens.ts';
import { planColumns } from '../reader/read-plan.ts';
import { ByteSource, byteOrderMark, encodingOf, Utf8Detector } from '../scan/byte-source.ts';
import { CsvScanner } from '../scan/csv-scanner.ts';
import { scanFile } from '../scan/scan-file.ts';
import { decodeLatin1Cell, decoderFor } from '../scan/text-decoding.ts';
import { syntaxOf } from './delimiter-guess.ts';
import { type CsvDialect, type DialectFinding, detectDialect, type HeadEncoding, headEncoding } from './dialect.ts';
import { type EncodingGuess, guessEncoding } from './encoding-guess.ts';
import { textEnd } from './file-end.ts';
import { fileSignature } from './file-signature.ts';
import { type FooterLines, findFooter } from './footer-lines.ts';
import { columnNames, type HeaderNames } from './header.ts';
import { RecordSample, type SampleRecord } from './record-sample.ts';

/** Everything that has to be known before a file can be read, found out from its beginning. */
export interface SniffedFile {
  readonly task: ReadingTask;
  readonly finding: DialectFinding;
  /** The first records, the header among them. */
  readonly records: readonly SampleRecord[];
  readonly columnCount: number;
  readonly trailer: FileTrailer;
  /** What it was planned by, beside the options. */
  readonly known: KnownOfFile;
}

/** What follows the table in a file. */
export interface FileTrailer {
  /** Bytes after the end of the text: NUL bytes, the mark by which DOS ended a file, and white space among them. */
  readonly trailingBytes: number;
  readonly footer: FooterLines | null;
}

/** What only the whole of a file shows. */
export interface KnownOfFile {
  readonly guess?: EncodingGuess;
  readonly escape?: string;
}

/** Why a file cannot be read at all. */
export interface RefusedReading {
  readonly issue: DatasetIssue;
  readonly dialect: CsvDialect | null;
}

/** Bytes read to detect the dialect: some thousand records of most files. */
const HEAD_BYTES = 1 << 18;
/** Records, and the maximum of their bytes, from which the reading of each column is planned. */
const PLANNING_RECORDS = 500;
const PLANNING_BYTES = 1 << 23;
/** More columns than any table for training has; each costs memory even when empty. */
const MAX_COLUMNS = 100_000;

/**
 * Scans the beginning and the end of a file and plans how to read it.
 *
 * @param known what reading the file has shown that its beginning does not
 * @throws the file system's error where the file cannot be opened or read
 */
export function sniffFile(
  path: string,
  options: CsvOptions,
  chunkBytes: number,
  known: KnownOfFile = {},
): SniffedFile | RefusedReading {
  const invalid = invalidCsvOption(options);
  if (invalid !== null) return { issue: issue('CSV_OPTION_INVALID', `In the options, ${invalid}.`), dialect: null };
  const layout = detectLayout(path, options, known);
  if ('issue' in layout) return layout;
  const { finding, trailer } = layout;
  const { dialect } = finding;
  const records = firstRecords(path, finding, chunkBytes);
  const columnCount = countColumns(records, dialect.hasHeader);
  if (columnCount > MAX_COLUMNS) {
    const message = `The file has more than ${MAX_COLUMNS.toLocaleString('en-US')} columns.`;
    return { issue: issue('CSV_TOO_MANY_COLUMNS', message, { lines: [records[0]?.line ?? 1] }), dialect };
  }
  const { names } = namesOf(records, columnCount, { ...dialect, encoding: likelyEncoding(records, finding) });
  const format = { decimal: dialect.decimal, thousands: options.thousands ?? '' };
  const task = {
    path,
    dialect,
    ...finding.span,
    firstLine: finding.firstLine,
    plans: planColumns(names, records.slice(dialect.hasHeader ? 1 : 0), dialect, options),
    missing: new NullTokens(options, format),
    expectedRows: expectRows(records, columnCount, layout.size),
    chunkBytes,
  };
  return { task, finding, records, columnCount, trailer, known };
}

/** The dialect of a file, and what follows its table. */
function detectLayout(
  path: string,
  options: CsvOptions,
  known: KnownOfFile,
): { finding: DialectFinding; trailer: FileTrailer; size: number } | RefusedReading {
  const size = statSync(path).size;
  const first = readHead(path, size);
  const signature = fileSignature(first.bytes);
  if (signature !== null) {
    const message = `The file is ${signature.name}, not a CSV file.`;
    return { issue: issue('CSV_OTHER_FORMAT', message, { hint: signature.advice }), dialect: null };
  }
  const encoding = openedEncoding(path, size, first, options, known);
  const end = textEnd(path, size, encoding.encoding);
  const head = end < size ? readHead(path, end) : first;
  if (head.isWhole && isBlank(head.bytes)) {
    const hint = 'Upload a CSV file with a header and data rows.';
    return { issue: issue('CSV_EMPTY', 'The file is empty.', { hint }), dialect: null };
  }
  const effective = known.escape === undefined ? options : { ...options, escape: known.escape };
  const found = detectDialect(head.bytes, head.isWhole, effective, encoding);
  const footer = findFooter(path, end, found);
  const lastByte = footer?.areSkipped === true ? footer.start : end;
  // What was no row may have had a part in everything that was found.
  const clean = lastByte < end ? readHead(path, lastByte) : null;
  const finding = clean === null ? found : detectDialect(clean.bytes, clean.isWhole, effective, encoding);
  return {
    finding: { ...finding, span: { ...finding.span, ...(lastByte < size ? { end: lastByte } : {}) } },
    trailer: { trailingBytes: size - end, footer },
    size: lastByte,
  };
}

/** The encoding by the head of a file, and by all of its letters where the head is not UTF-8. */
function openedEncoding(path: string, size: number, head: Head, options: CsvOptions, known: KnownOfFile): HeadEncoding {
  const encoding = headEncoding(head.bytes, options, known.guess ?? null);
  if (!encoding.isOpen || encoding.guess !== null || !hasOtherLetters(head)) return encoding;
  return headEncoding(head.bytes, options, guessEncoding(path, { skip: 0, end: textEnd(path, size, 'utf-8') }));
}

/** Whether the head of a file is not UTF-8; the last character may be cut. */
function hasOtherLetters({ bytes }: Head): boolean {
  const detector = new Utf8Detector();
  detector.add(bytes);
  return encodingOf(detector.counts) !== 'utf-8';
}

/** The names of the columns, decoded as the dialect says. */
export function namesOf(records: readonly SampleRecord[], columnCount: number, dialect: CsvDialect): HeaderNames {
  const decode = decoderFor(dialect.encoding);
  const cells = dialect.hasHeader ? (records[0]?.cells ?? []) : [];
  return columnNames(
    cells.map((cell) => decodeLatin1Cell(cell, decode)),
    columnCount,
  );
}

/** The encoding by which names are matched with the caller's before the whole file has been seen. */
function likelyEncoding(records: readonly SampleRecord[], { dialect, encoding }: DialectFinding): string {
  if (!encoding.isOpen) return dialect.encoding;
  if (encoding.guess !== null) return encoding.guess.encoding;
  const detector = new Utf8Detector();
  detector.add(Buffer.from((records[0]?.cells ?? []).join('\n'), 'latin1'));
  return encodingOf(detector.counts);
}

/** Whether there is nothing but white space and perhaps a byte order mark. */
function isBlank(bytes: Buffer): boolean {
  return bytes.subarray(byteOrderMark(bytes)?.length ?? 0).every((byte) => isWhiteSpace(byte));
}

/** The first bytes of a file. */
interface Head {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

/** @param end where the text of the file ends */
function readHead(path: string, end: number): Head {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.min(end, HEAD_BYTES));
    const count = readSync(descriptor, bytes, 0, bytes.length, 0);
    return { bytes: bytes.subarray(0, count), isWhole: count >= end };
  } finally {
    closeSync(descriptor);
  }
}

/** The first records with all their cells, also where they do not fit the bytes that the dialect was found from. */
function firstRecords(
  path: string,
  { dialect, span, firstLine }: DialectFinding,
  chunkBytes: number,
): readonly SampleRecord[] {
  const sample = new RecordSample(PLANNING_RECORDS, PLANNING_BYTES, MAX_COLUMNS + 1);
  const source = new ByteSource(path, dialect.encoding, span);
  try {
    scanFile(source, new CsvScanner(syntaxOf(dialect), sample, firstLine), chunkBytes, () => true);
  } finally {
    source.close();
  }
  return sample.records;
}

/**
 * As many columns as the first record has cells; one fewer where its last cell is empty and no row has a cell
 * for it: then the header merely ends with a delimiter.
 */
function countColumns(records: readonly SampleRecord[], hasHeader: boolean): number {
  const cells = records[0]?.cells ?? [];
  const rows = records.slice(1);
  const endsWithDelimiter = hasHeader && cells.length > 1 && cells.at(-1) === '' && rows.length > 0;
  return endsWithDelimiter && rows.every((row) => row.cells.length === cells.length - 1)
    ? cells.length - 1
    : cells.length;
}

/**
 * About how many rows a file of `size` bytes has, by the length of its first records; a little more to be safe, and no
 * more than fit: a row takes a byte for each column at least.
 */
function expectRows(records: readonly SampleRecord[], columnCount: number, size: number): number {
  if (records.length === 0) return 0;
  let bytes = 0;
  for (const { cells } of records) for (const cell of cells) bytes += cell.length + 1;
  return Math.min(size / columnCount, (size / (bytes / records.length)) * 1.05);
}
