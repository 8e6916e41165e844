import type { CsvOptions } from '../csv-options.ts';
import { CsvScanner, type CsvSyntax } from '../scan/csv-scanner.ts';
import { isGroupedNumber } from '../types/number-format.ts';
import { isNumberOfEitherMark } from './decimal-mark.ts';
import { looksLikeNumberOrDate } from './preamble.ts';
import { RecordSample, type SampleRecord } from './record-sample.ts';

/** What divides a file into records and cells. */
export interface CsvCharacters {
  readonly delimiter: string;
  /** null where nothing is quoted. */
  readonly quote: string | null;
  /** null where quotes within quotes are doubled. */
  readonly escape: string | null;
  readonly newline: string;
}

/** The delimiter, quote and escape character of a file, with the records that they give for its beginning. */
export interface FoundSyntax extends CsvCharacters {
  /** Complete records from the beginning of the file. */
  readonly records: readonly SampleRecord[];
  /** From 0, if nothing is divided, to 1. */
  readonly score: number;
  /** Records that they do not explain. */
  readonly odd: number;
}

/** Common delimiters. */
const DELIMITERS = [',', ';', '\t', '|'];
/** Tried if none of these divides anything. */
const UNUSUAL_DELIMITERS = ['^', '~', ':', '!', '#', '*', '&', ' '];
/** A space divides words as well as columns: with fewer columns it does not count. */
const MIN_COLUMNS_BY_SPACE = 3;

/** Enough records to decide, and few enough that trying every delimiter takes a few milliseconds. */
const SAMPLE_RECORDS = 1000;
/** Columns that are scanned: the structure of a file shows in its first thousand. */
const SAMPLE_COLUMNS = 1000;
/** Another syntax must leave this many times fewer records unexplained. */
const TIMES_FEWER = 10;

/** The beginning of a file to scan. */
export interface Sample {
  readonly bytes: Buffer;
  /** Whether that is the whole file. */
  readonly isWhole: boolean;
  readonly newline: string;
}

/** What the scanner has to know of a dialect. */
export function syntaxOf(characters: CsvCharacters): CsvSyntax {
  return {
    delimiter: characters.delimiter.charCodeAt(0),
    quote: characters.quote === null ? -1 : characters.quote.charCodeAt(0),
    escape: characters.escape === null ? -1 : characters.escape.charCodeAt(0),
    carriageReturnEnds: characters.newline === '\r',
  };
}

/**
 * Guesses the delimiter, the quote and the escape character, unless the options give them: double quotes that are doubled
 * within quotes, unless a backslash before quotes, or single quotes, explain records that these do not.
 *
 * @param named the delimiter that is given, or that the file itself names
 */
export function findSyntax(sample: Sample, options: CsvOptions, named: string | undefined): FoundSyntax {
  const given = givenQuoting(options);
  let best = bestDelimiter(sample, given, named);
  for (const quoting of alternatives(sample.bytes, options, given)) {
    const other = bestDelimiter(sample, quoting, named);
    if (isBetter(other, best)) best = other;
  }
  return best;
}

type Quoting = Pick<CsvCharacters, 'quote' | 'escape'>;

/** What the options say; an escape character that is the quote itself means doubling. */
function givenQuoting(options: CsvOptions): Quoting {
  const quote = options.quote === undefined ? '"' : options.quote === '' ? null : options.quote;
  const mark = options.escape ?? '';
  return { quote, escape: mark === '' || mark === quote ? null : mark };
}

function alternatives(bytes: Buffer, options: CsvOptions, given: Quoting): readonly Quoting[] {
  const found: Quoting[] = [];
  const isEscapeOpen = options.escape === undefined && given.quote !== '\\';
  if (isEscapeOpen && bytes.includes('\\')) found.push({ ...given, escape: '\\' });
  if (options.quote === undefined && bytes.includes("'")) {
    found.push({ ...given, quote: "'" });
    if (isEscapeOpen && bytes.includes("\\'")) found.push({ quote: "'", escape: '\\' });
  }
  return found;
}

/** Whether other marks explain a file where the ones so far do not. */
function isBetter(other: FoundSyntax, best: FoundSyntax): boolean {
  if (other.score <= 0) return false;
  if (other.odd < best.odd) return other.odd * TIMES_FEWER <= best.odd && other.score >= best.score;
  return best.odd === 0 && other.odd === 0 && other.quote !== best.quote && areCellsIn(best.records, other.quote);
}

/** Whether most cells of every record stand in a quote, and none begins with one only. */
function areCellsIn(records: readonly SampleRecord[], quote: string | null): boolean {
  if (quote === null || records.length < 2) return false;
  const isQuoted = (cell: string) => cell.length > 1 && cell.startsWith(quote) && cell.endsWith(quote);
  return records.every(({ cells }) => {
    const filled = cells.filter((cell) => cell !== '');
    const quotedCells = filled.filter(isQuoted).length;
    const isOdd = filled.some((cell) => cell.startsWith(quote) && !isQuoted(cell));
    return !isOdd && quotedCells > 0 && quotedCells * 3 >= filled.length;
  });
}

function bestDelimiter(sample: Sample, quoting: Quoting, named: string | undefined): FoundSyntax {
  const characters = { ...quoting, newline: sample.newline };
  const isFree = (delimiter: string) => delimiter !== quoting.quote && delimiter !== quoting.escape;
  let best: FoundSyntax = { ...characters, delimiter: named ?? ',', records: [], score: -1, odd: 0 };
  for (const delimiter of (named === undefined ? DELIMITERS : [named]).filter(isFree)) {
    const found = readSample(sample, { ...characters, delimiter });
    if (found.score > best.score) best = found;
  }
  if (best.score > 0 || named !== undefined) return best;
  for (const delimiter of UNUSUAL_DELIMITERS.filter(isFree)) {
    const found = readSample(sample, { ...characters, delimiter });
    if (found.score > best.score && dividesAll(found)) best = found;
  }
  return best;
}

/** Whether a delimiter divides all records alike, the first into names. */
function dividesAll({ delimiter, records, odd }: FoundSyntax): boolean {
  const names = records[0]?.cells ?? [];
  const minColumns = delimiter === ' ' ? MIN_COLUMNS_BY_SPACE : 2;
  if (odd > 0 || records.length < 3 || names.length < minColumns) return false;
  return new Set(names).size === names.length && names.every((name) => name !== '' && !looksLikeNumberOrDate(name));
}

/** Whether a delimiter is one that files seldom have. */
export function isUnusualDelimiter(delimiter: string): boolean {
  return !DELIMITERS.includes(delimiter);
}

function readSample({ bytes, isWhole }: Sample, characters: CsvCharacters): FoundSyntax {
  const sink = new RecordSample(SAMPLE_RECORDS, bytes.length, SAMPLE_COLUMNS);
  // The scanner wants a line feed after the last byte.
  const guarded = Buffer.concat([bytes, Buffer.from('\n')]);
  const scanner = new CsvScanner(syntaxOf(characters), sink);
  const read = scanner.scan(guarded, bytes.length, isWhole);
  // A quote that is not closed where it should be takes the rest of the sample with it.
  const isSwallowed = !scanner.stopped && bytes.length - read > bytes.length / 4;
  const { score, uneven } = delimiterScore(sink.records, characters.delimiter);
  return { ...characters, records: sink.records, score, odd: sink.faults + uneven + (isSwallowed ? TIMES_FEWER : 0) };
}

/**
 * How well a delimiter divides the sample, from 0 to 1: the share of records that have the usual number of cells,
 * times the share of cells that another delimiter would not divide further (numbers and
 * commas before a space, as in prose, are no such cells). Half of that where the first record, which names the
 * columns in most files, has another number of cells. And how many records have not the usual number.
 */
function delimiterScore(records: readonly SampleRecord[], delimiter: string): { score: number; uneven: number } {
  const byCount = new Map<number, number>();
  for (const { cells } of records) byCount.set(cells.length, (byCount.get(cells.length) ?? 0) + 1);
  const [usualCount, usualRecords] = [...byCount].reduce((top, entry) => (entry[1] > top[1] ? entry : top), [1, 0]);
  const uneven = records.length - usualRecords;
  if (usualCount < 2) return { score: 0, uneven };
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
  return { score: consistency * (1 - dividable / cellCount) * (hasUsualHeader ? 1 : 0.5), uneven };
}
