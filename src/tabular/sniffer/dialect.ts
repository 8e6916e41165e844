import type { CsvOptions } from '../csv-options.ts';
import { byteOrderMark, isReadAsIs, isUnchanged, type SourceSpan } from '../scan/byte-source.ts';
import { CsvScanner } from '../scan/csv-scanner.ts';
import { type DecimalFinding, detectDecimal } from './decimal-mark.ts';
import {
  type CsvCharacters,
  type FoundSyntax,
  findSyntax,
  isUnusualDelimiter,
  type Sample,
  syntaxOf,
} from './delimiter-guess.ts';
import type { EncodingGuess } from './encoding-guess.ts';
import { excelDelimiterLine } from './excel-delimiter.ts';
import { looksLikeHeader } from './header.ts';
import { areLinesQuoted, LineUnquoter } from './line-quotes.ts';
import { countPreamble } from './preamble.ts';
import { RecordSample, type SampleRecord } from './record-sample.ts';

/** How a CSV file is written. */
export interface CsvDialect {
  readonly delimiter: string;
  /** null where nothing is quoted. */
  readonly quote: string | null;
  /** What stands before quotes within quotes; null where they are doubled. */
  readonly escape: string | null;
  readonly decimal: string;
  /** The canonical name of the WHATWG Encoding Standard. */
  readonly encoding: string;
  /** What most lines end with: LF, CR LF or CR. */
  readonly newline: string;
  readonly hasBom: boolean;
  readonly hasHeader: boolean;
}

/** The encoding of a file, before all of it has been seen. */
export interface HeadEncoding {
  /** The canonical name of the WHATWG Encoding Standard. */
  readonly encoding: string;
  /** The length of the byte order mark; 0 if there is none. */
  readonly markLength: number;
  /** Whether it was not given, so that the bytes have to confirm it in the end. */
  readonly isOpen: boolean;
  /** What the letters of the file were taken for; null where they were not examined. */
  readonly guess: EncodingGuess | null;
}

/** A dialect, with what the beginning of the file showed on the way to it. */
export interface DialectFinding {
  readonly dialect: CsvDialect;
  /** What to leave out of the file, and to do to it, before it is scanned. */
  readonly span: SourceSpan;
  /** The line at which the first record begins, where no blank lines are before it. */
  readonly firstLine: number;
  /** Complete records from the beginning of the file, the header among them; cells as in SampleRecord. */
  readonly records: readonly SampleRecord[];
  /** Those before the header that are no part of the table; lines are those of the file. */
  readonly preamble: readonly SampleRecord[];
  readonly encoding: HeadEncoding;
  /** True where the decimal mark could as well be the one between thousands. */
  readonly isDecimalUnsure: boolean;
  /** Whether the delimiter is unusual and was not given. */
  readonly isDelimiterUnusual: boolean;
}

/**
 * Detects how a file is written from its first bytes; options override the detection.
 *
 * @param head the first bytes of the file, more than one record of it where possible
 * @param isWhole whether `head` is the whole file
 */
export function detectDialect(
  head: Buffer,
  isWhole: boolean,
  options: CsvOptions,
  encoding: HeadEncoding,
): DialectFinding {
  const text = asScannable(head.subarray(encoding.markLength), encoding.encoding);
  const delimiterLine = excelDelimiterLine(text.toString('latin1', 0, 512));
  const lineLength = delimiterLine?.length ?? 0;
  const skip = encoding.markLength + lineLength * (encoding.encoding.startsWith('utf-16') ? 2 : 1);
  const body = { bytes: text.subarray(lineLength), isWhole, newline: detectNewline(text.subarray(lineLength)) };
  const named = options.delimiter ?? delimiterLine?.delimiter;
  const { found, sample, lineQuote } = readLines(body, options, named);
  const firstLine = delimiterLine === null ? 1 : 2;
  const preambleCount = options.hasHeader === false ? 0 : countPreamble(found.records);
  const start =
    preambleCount === 0 ? { drop: 0, line: firstLine } : startAfter(preambleCount, sample, found, firstLine);
  const span = spanOf(encoding.encoding, { skip, lineQuote }, start.drop);
  const records = found.records.slice(preambleCount);
  const decimal = chooseDecimal(records, found.delimiter, options);
  return {
    dialect: {
      delimiter: found.delimiter,
      quote: found.quote,
      escape: found.escape,
      decimal: decimal.mark,
      encoding: encoding.encoding,
      newline: found.newline,
      hasBom: encoding.markLength > 0,
      hasHeader: options.hasHeader ?? (preambleCount > 0 || looksLikeHeader(records, decimal.mark)),
    },
    span,
    firstLine: start.line,
    records,
    preamble: found.records.slice(0, preambleCount).map(({ line, cells }) => ({ line: line + firstLine - 1, cells })),
    encoding,
    isDecimalUnsure: decimal.isUnsure,
    isDelimiterUnusual: named === undefined && isUnusualDelimiter(found.delimiter),
  };
}

/**
 * The encoding that the options, the byte order mark, or the bytes that are 0 in UTF-16 name; UTF-8, to be checked again,
 * where nothing does.
 *
 * @param guess what the letters of the file were taken for, where they have been examined
 */
export function headEncoding(head: Buffer, options: CsvOptions, guess: EncodingGuess | null): HeadEncoding {
  const mark = byteOrderMark(head);
  const given = options.encoding === undefined ? null : canonicalEncoding(options.encoding);
  const encoding = given ?? mark?.encoding;
  if (encoding !== undefined) {
    const markLength = mark !== null && mark.encoding === encoding ? mark.length : 0;
    return { encoding, markLength, isOpen: false, guess: null };
  }
  const wide = unmarkedUtf16(head);
  if (wide !== null) {
    return { encoding: wide, markLength: 0, isOpen: false, guess: { encoding: wide, isUnsure: false } };
  }
  // A file that can be scanned before anyone knows its encoding keeps it open to the end.
  const isOpen = guess === null || isReadAsIs(guess.encoding);
  return { encoding: isOpen ? 'utf-8' : guess.encoding, markLength: 0, isOpen, guess };
}

/** Bytes that are checked for zeros. */
const BYTES_COUNTED = 1 << 14;
/** Every line has delimiters and a line end at least, half of whose bytes are 0. */
const MIN_ZEROS_FRACTION = 0.1;
/** A single one may be chance; and the bytes of line ends are halves of other characters too. */
const MIN_WIDE_LINE_ENDS = 2;
const MAX_MISPLACED = 0.25;
/** Zeros in the other half may be a letter or a damaged byte. */
const MAX_ZEROS_BESIDE = 0.02;

/** UTF-16 shows without a byte order mark: of each character of ASCII one byte is 0, always the same. */
function unmarkedUtf16(head: Buffer): 'utf-16le' | 'utf-16be' | null {
  const zeros = [0, 0];
  const pairs = Math.floor(Math.min(head.length, BYTES_COUNTED) / 2);
  for (let at = 0; at < pairs * 2; at++) if (head[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (Math.max(even, odd) < pairs * MIN_ZEROS_FRACTION) return null;
  if (Math.min(even, odd) > Math.max(even, odd) * MAX_ZEROS_BESIDE) return null;
  return hasWideLineEnds(head.subarray(0, pairs * 2), odd > even ? 0 : 1)
    ? odd > even
      ? 'utf-16le'
      : 'utf-16be'
    : null;
}

/** Whether line ends are, with a 0, characters of two bytes, of which they are the byte at `offset`. */
function hasWideLineEnds(bytes: Buffer, offset: 0 | 1): boolean {
  let wide = 0;
  let misplaced = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 10 && bytes[at] !== 13) continue;
    if (at % 2 !== offset) misplaced++;
    else if (bytes[at + 1 - offset * 2] === 0) wide++;
  }
  return wide >= MIN_WIDE_LINE_ENDS && misplaced <= wide * MAX_MISPLACED;
}

/** "latin1" -> "windows-1252", as browsers read it. */
function canonicalEncoding(label: string): string {
  return new TextDecoder(label).encoding;
}

function asScannable(bytes: Buffer, encoding: string): Buffer {
  if (isReadAsIs(encoding)) return bytes;
  return Buffer.from(new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes, { stream: true }), 'utf8');
}

/** The most frequent line ending; LF if there is only one line. */
function detectNewline(sample: Buffer): string {
  let pairs = 0;
  let feeds = 0;
  let returns = 0;
  for (let index = 0; index < sample.length; index++) {
    if (sample[index] === 10) feeds++;
    else if (sample[index] === 13) {
      if (sample[index + 1] === 10) {
        pairs++;
        index++;
      } else returns++;
    }
  }
  if (pairs > 0 && pairs >= feeds) return '\r\n';
  // A lone CR ends records only in files that have nothing else; elsewhere it is part of a cell.
  return feeds === 0 && returns > 0 ? '\r' : '\n';
}

/** The marks of a sample as it is, or without quotes around its lines where each of them stands in quotes as a whole. */
function readLines(
  body: Sample,
  options: CsvOptions,
  named: string | undefined,
): { readonly found: FoundSyntax; readonly sample: Sample; readonly lineQuote?: string } {
  const found = findSyntax(body, options, named);
  const { quote } = found;
  const isOneColumn = found.records.slice(1).every(({ cells }) => cells.slice(1).every((cell) => cell === ''));
  if (quote === null || !isOneColumn || !areLinesQuoted(body.bytes.toString('latin1'), body.isWhole, quote)) {
    return { found, sample: body };
  }
  const sample = { ...body, bytes: new LineUnquoter(quote.charCodeAt(0)).take(body.bytes) };
  const unquoted = findSyntax(sample, options, named);
  const isTable = unquoted.score > 0 && unquoted.odd * 10 <= unquoted.records.length;
  return isTable ? { found: unquoted, sample, lineQuote: quote } : { found, sample: body };
}

/** How many bytes the first records of a sample take, and the line after them. */
function startAfter(
  count: number,
  sample: Sample,
  characters: CsvCharacters,
  firstLine: number,
): { drop: number; line: number } {
  const sink = new RecordSample(count, sample.bytes.length, 1);
  const scanner = new CsvScanner(syntaxOf(characters), sink, firstLine);
  const drop = scanner.scan(Buffer.concat([sample.bytes, Buffer.from('\n')]), sample.bytes.length, sample.isWhole);
  return { drop, line: scanner.line };
}

/** Bytes to drop are bytes to skip where the file is scanned as it is. */
function spanOf(encoding: string, span: SourceSpan, drop: number): SourceSpan {
  if (drop === 0) return span;
  return isUnchanged(encoding, span) ? { ...span, skip: span.skip + drop } : { ...span, drop };
}

function chooseDecimal(records: readonly SampleRecord[], delimiter: string, options: CsvOptions): DecimalFinding {
  if (options.decimal !== undefined) return { mark: options.decimal === ',' ? ',' : '.', isUnsure: false };
  if (options.thousands === '.') return { mark: ',', isUnsure: false };
  if (options.thousands === ',') return { mark: '.', isUnsure: false };
  return detectDecimal(records, delimiter);
}
