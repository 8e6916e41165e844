import { byteOrderMark, isReadAsIs } from './byte-source.ts';
import type { CsvOptions } from './csv-options.ts';
import { CsvScanner, type CsvSyntax } from './csv-scanner.ts';
import { type DecimalFinding, detectDecimal, isNumberOfEitherMark } from './decimal-mark.ts';
import { looksLikeHeader } from './header.ts';
import { isGroupedNumber } from './number-format.ts';
import { RecordSample, type SampleRecord } from './record-sample.ts';

/** How a CSV file is written. */
export interface CsvDialect {
  readonly delimiter: string;
  /** null where nothing is quoted. */
  readonly quote: string | null;
  readonly decimal: string;
  /** The canonical name of the WHATWG Encoding Standard. */
  readonly encoding: string;
  /** What most lines end with: LF, CR LF or CR. */
  readonly newline: string;
  readonly hasBom: boolean;
  readonly hasHeader: boolean;
}

/** A dialect, with what the beginning of the file showed on the way to it. */
export interface DialectFinding {
  readonly dialect: CsvDialect;
  /** Bytes to skip at the start of the file: the byte order mark, and a line that tells Excel the delimiter. */
  readonly skip: number;
  /** The line at which the first record begins, where no blank lines are before it. */
  readonly firstLine: number;
  /** Complete records from the beginning of the file, the header among them; cells as in SampleRecord. */
  readonly records: readonly SampleRecord[];
  /** True where the encoding was neither given nor marked, so that the bytes have to decide in the end. */
  readonly isEncodingOpen: boolean;
  /** True where the decimal mark could as well be the one between thousands. */
  readonly isDecimalUnsure: boolean;
}

/** Delimiters that are looked for. */
const DELIMITERS = [',', ';', '\t', '|'];

/** Enough records to tell, few enough that trying every delimiter takes a few milliseconds. */
const SAMPLE_RECORDS = 1000;
/** Columns that are looked at: the shape of a file shows in its first thousand. */
const SAMPLE_COLUMNS = 1000;

/**
 * Finds out how a file is written by looking at its first bytes; what the options say is taken as said.
 *
 * @param head the first bytes of the file, more than one record of it where possible
 * @param isWhole whether `head` is the whole file
 */
export function detectDialect(head: Buffer, isWhole: boolean, options: CsvOptions): DialectFinding {
  const bom = byteOrderMark(head);
  const encoding = options.encoding === undefined ? (bom?.encoding ?? 'utf-8') : canonicalEncoding(options.encoding);
  const bomLength = bom !== null && bom.encoding === encoding ? bom.length : 0;
  const delimiterLine = isReadAsIs(encoding) ? excelDelimiterLine(head, bomLength) : null;
  const skip = bomLength + (delimiterLine?.length ?? 0);
  const sample = asScannable(head.subarray(skip), encoding);
  const newline = detectNewline(sample);
  const quote = options.quote === undefined ? '"' : options.quote;
  const { delimiter, records } = detectDelimiter(
    sample,
    isWhole,
    newline,
    quote,
    options.delimiter ?? delimiterLine?.delimiter,
  );
  const decimal = chooseDecimal(records, delimiter, options);
  const dialect = {
    delimiter,
    quote: quote === '' ? null : quote,
    decimal: decimal.mark,
    encoding,
    newline,
    hasBom: bomLength > 0,
  };
  const hasHeader = options.hasHeader ?? looksLikeHeader(records, decimal.mark);
  return {
    dialect: { ...dialect, hasHeader },
    skip,
    firstLine: delimiterLine === null ? 1 : 2,
    records,
    isEncodingOpen: options.encoding === undefined && bom === null,
    isDecimalUnsure: decimal.isUnsure,
  };
}

/** What the scanner has to know of a dialect. */
export function syntaxOf(dialect: Pick<CsvDialect, 'delimiter' | 'quote' | 'newline'>): CsvSyntax {
  return {
    delimiter: dialect.delimiter.charCodeAt(0),
    quote: dialect.quote === null ? -1 : dialect.quote.charCodeAt(0),
    carriageReturnEnds: dialect.newline === '\r',
  };
}

/** Excel's own first line, "sep=;", which names the delimiter and is no record; null where there is none. */
function excelDelimiterLine(head: Buffer, start: number): { delimiter: string; length: number } | null {
  // Long enough for the line with quotes around it and CR LF after it.
  const match = /^"?sep=([,;\t|])"?(?:\r\n|\n|\r)/i.exec(head.toString('latin1', start, start + 16));
  return match?.[1] === undefined ? null : { delimiter: match[1], length: match[0].length };
}

/** "latin1" -> "windows-1252", as browsers read it. */
function canonicalEncoding(label: string): string {
  return new TextDecoder(label).encoding;
}

function asScannable(bytes: Buffer, encoding: string): Buffer {
  if (isReadAsIs(encoding)) return bytes;
  return Buffer.from(new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes, { stream: true }), 'utf8');
}

/** What most lines end with; LF where there is but one line. */
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

function detectDelimiter(
  sample: Buffer,
  isWhole: boolean,
  newline: string,
  quote: string,
  given: string | undefined,
): { delimiter: string; records: readonly SampleRecord[] } {
  let best = { delimiter: given ?? ',', records: [] as readonly SampleRecord[], score: -1 };
  for (const delimiter of given === undefined ? DELIMITERS : [given]) {
    if (delimiter === quote) continue;
    const records = sampleRecords(sample, isWhole, { delimiter, quote: quote === '' ? null : quote, newline });
    const score = delimiterScore(records, delimiter);
    if (score > best.score) best = { delimiter, records, score };
  }
  return best;
}

function sampleRecords(
  sample: Buffer,
  isWhole: boolean,
  dialect: Pick<CsvDialect, 'delimiter' | 'quote' | 'newline'>,
): readonly SampleRecord[] {
  const sink = new RecordSample(SAMPLE_RECORDS, sample.length, SAMPLE_COLUMNS);
  // The scanner wants a line feed after the last byte.
  new CsvScanner(syntaxOf(dialect), sink).scan(Buffer.concat([sample, Buffer.from('\n')]), sample.length, isWhole);
  return sink.records;
}

/**
 * How well a delimiter divides the sample, from 0 to 1: the share of records that have the usual number of cells,
 * times the share of cells that another delimiter would not divide further (numbers and
 * commas before a space, as in prose, are no such cells). Half of that where the first record, which names the
 * columns in most files, has another number of cells.
 */
function delimiterScore(records: readonly SampleRecord[], delimiter: string): number {
  const byCount = new Map<number, number>();
  for (const { cells } of records) byCount.set(cells.length, (byCount.get(cells.length) ?? 0) + 1);
  const [usualCount, usualRecords] = [...byCount].reduce((most, entry) => (entry[1] > most[1] ? entry : most), [1, 0]);
  if (usualCount < 2) return 0;
  const others = new RegExp(`[${DELIMITERS.filter((other) => other !== delimiter).join('')}](?! )`);
  let cellCount = 0;
  let dividable = 0;
  for (const { cells } of records.slice(0, 200)) {
    for (const cell of cells) {
      cellCount++;
      if (others.test(cell) && !isNumberOfEitherMark(cell) && !isGroupedNumber(cell)) dividable++;
    }
  }
  const consistency = usualRecords / records.length;
  const hasUsualHeader = records[0]?.cells.length === usualCount;
  return consistency * (1 - dividable / cellCount) * (hasUsualHeader ? 1 : 0.5);
}

function chooseDecimal(records: readonly SampleRecord[], delimiter: string, options: CsvOptions): DecimalFinding {
  if (options.decimal !== undefined) return { mark: options.decimal === ',' ? ',' : '.', isUnsure: false };
  if (options.thousands === '.') return { mark: ',', isUnsure: false };
  if (options.thousands === ',') return { mark: '.', isUnsure: false };
  return detectDecimal(records, delimiter);
}
