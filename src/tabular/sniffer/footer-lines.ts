import { closeSync, openSync, readSync } from 'node:fs';
import { TextDecoder } from 'node:util';
import { isReadAsIs } from '../scan/byte-source.ts';
import { CsvScanner } from '../scan/csv-scanner.ts';
import { syntaxOf } from './delimiter-guess.ts';
import type { DialectFinding } from './dialect.ts';
import { commonWidth, looksLikeNumberOrDate } from './preamble.ts';
import { RecordSample, type SampleRecord } from './record-sample.ts';

/** Footer lines at the end of a file (totals, remarks) that are not rows of its table. */
export interface FooterLines {
  /** Where they begin, in bytes of the file. */
  readonly start: number;
  /** False where they may be rows: then they are kept. */
  readonly areSkipped: boolean;
  /** Their lines, counted from the first of them as 0. */
  readonly lines: readonly number[];
  /** Lines from the first of them to the end of the file, and whether the last of them has a line end. */
  readonly lineCount: number;
  readonly areEnded: boolean;
  /** The first cell of the first of them that has one. */
  readonly text: string;
}

/** Read from the end of the file. */
const TAIL_BYTES = 1 << 15;
/** Maximum number of lines of a footer. */
const MAX_LINES = 30;
/** Rows that sparse lines are compared with. */
const ROWS_TO_COMPARE = 20;
/** More lines than these are rows of another sort. */
const MAX_SPARSE_LINES = 5;
/** Rows that have to be left, the header among them. */
const MIN_ROWS = 3;
/** Share of numeric cells from which a column counts as numeric. */
const NUMERIC_FRACTION = 0.9;

/** Words that a line of totals begins with. */
const TOTAL_WORDS =
  /^(?:(?:grand|sub|overall|report|column)[ -]?)?(?:totals?|sum|footer|average|avg|mean|count|gesamt|gesamtsumme|insgesamt|summe|somme|suma|totaal|totale|moyenne|итого|всего|合計|总计|總計|합계)(?:$|[^\p{L}\p{N}_])/iu;
/** Words that other footer lines begin with. */
const REMARK_WORDS =
  /^(?:page\b[^\p{L}]*-?\d|seite\b[^\p{L}]*-?\d|página\b[^\p{L}]*-?\d|-+ ?\d+ ?-+$|end of\b|source\b|notes?\b|quelle\b|generated\b|printed\b|exported\b|created\b|downloaded\b|prepared\b|report\b|last updated\b|as of\b|copyright\b|©|\(c\)|disclaimer\b|footnote\b|confidential\b|\d[\d,.]* (?:rows?|records?|entries|lines?|items?)\b|\(?\d+ rows? affected\)?|#)/iu;

/**
 * Finds totals, page numbers, sources and the like below the rows of a table; null where there are none for certain.
 * Such a line begins with a word for it and leaves half of the cells out or empty; or it names a sum beside nothing but
 * numbers, in a column that has no such word anywhere else; or its only cell is text where the column has numbers; or
 * it is a single cell below a blank line. A few rows at the end that are merely emptier than all others are reported, and kept.
 *
 * @param end where the text of the file ends
 */
export function findFooter(path: string, end: number, finding: DialectFinding): FooterLines | null {
  const { dialect, span, records } = finding;
  const width = commonWidth(records);
  // Lines in quotes are not what they seem, byte by byte.
  if (width < 2 || span.lineQuote !== undefined) return null;
  const lines = lastLines(path, Math.max(span.skip, end - TAIL_BYTES), end, finding);
  const table = describeTable(records.slice(dialect.hasHeader ? 1 : 0), width);
  let top = firstBelowBlank(lines);
  for (let at = (top ?? lines.length) - 1; at >= 0 && lines.length - at <= MAX_LINES; at--) {
    const { cells } = lines[at]!;
    if (cells === null) break;
    if (cells.every((cell) => cell === '')) continue;
    if (!isFooter(cells, table, lines.slice(0, at))) break;
    top = at;
  }
  const first = top ?? firstSparseLine(lines, table);
  if (first === null) return null;
  const found = lines.slice(first);
  const filled = found.flatMap(({ cells }, index) => (cells?.some((cell) => cell !== '') ? [index] : []));
  if (records.length - filled.length < MIN_ROWS) return null;
  return {
    start: found[0]!.start,
    areSkipped: top !== null,
    lines: filled,
    lineCount: found.length,
    areEnded: found.at(-1)?.isEnded === true,
    text: found[0]?.cells?.find((cell) => cell !== '') ?? '',
  };
}

/**
 * The first of the last lines that are a single cell each, below a blank line: no record of a table, whatever they say. Null
 * where there are none. Quotes in them may be the end of a cell that began above.
 */
function firstBelowBlank(lines: readonly TailLine[]): number | null {
  let first: number | null = null;
  let below: number | null = null;
  for (let at = lines.length - 1; at >= 0 && lines.length - at <= MAX_LINES; at--) {
    const { cells } = lines[at]!;
    const [cell = ''] = cells ?? [];
    if (cells === null || cells.length > 1 || /["']/.test(cell)) break;
    if (cell !== '') below = at;
    else if (below !== null) first = below;
  }
  return first;
}

/** The first of the last lines of which each has hardly a cell, unlike the rows above; null where there is none. */
function firstSparseLine(lines: readonly TailLine[], { width, records }: TableShape): number | null {
  const isSparse = (cells: readonly string[]) => cells.filter((cell) => cell !== '').length * 2 <= width;
  let first: number | null = null;
  let count = 0;
  for (let at = lines.length - 1; at >= 0 && lines.length - at <= MAX_LINES; at--) {
    const { cells } = lines[at]!;
    if (cells === null || cells.length !== width || !isSparse(cells)) break;
    if (cells.some((cell) => cell !== '')) {
      first = at;
      count++;
    }
  }
  const others = records.slice(0, Math.max(0, records.length - MAX_LINES - 1));
  const isUnlike = others.length >= ROWS_TO_COMPARE && !others.some(({ cells }) => isSparse(cells));
  return width > 2 && count <= MAX_SPARSE_LINES && isUnlike ? first : null;
}

interface TailLine {
  readonly start: number;
  /** Whether it has a line end. */
  readonly isEnded: boolean;
  /** null for a line that is no record of its own. */
  readonly cells: readonly string[] | null;
}

interface TableShape {
  readonly width: number;
  readonly records: readonly SampleRecord[];
  /** Whether the cells of a column are numbers or dates. */
  readonly isNumberColumn: readonly boolean[];
}

function describeTable(records: readonly SampleRecord[], width: number): TableShape {
  const isNumberColumn = Array.from({ length: width }, (_, column) => {
    const filled = records.map(({ cells }) => cells[column] ?? '').filter((cell) => cell !== '');
    const isEnough = filled.length * 2 > records.length;
    return isEnough && filled.filter(looksLikeNumberOrDate).length >= filled.length * NUMERIC_FRACTION;
  });
  return { width, records, isNumberColumn };
}

function isFooter(cells: readonly string[], table: TableShape, before: readonly TailLine[]): boolean {
  const { width, isNumberColumn } = table;
  const at = cells.findIndex((cell) => cell !== '');
  const text = textOf(cells[at] ?? '');
  const filled = cells.filter((cell) => cell !== '').length;
  const isSparse = filled * 2 <= width;
  if (
    (TOTAL_WORDS.test(text) || REMARK_WORDS.test(text)) &&
    (isSparse || (isNumberColumn[at] === true && filled < width))
  ) {
    return true;
  }
  if (TOTAL_WORDS.test(text)) {
    const isBesideNumbers = cells.every((cell, column) => column <= at || cell === '' || looksLikeNumberOrDate(cell));
    const isSum = ({ cells: others }: { readonly cells: readonly string[] | null }) =>
      TOTAL_WORDS.test(textOf(others?.[at] ?? ''));
    // Sums of parts may stand right above the sum of all.
    const rows = before.slice(0, before.findLastIndex((line) => !isSum(line)) + 1);
    const isAlone = ![...table.records.slice(0, -MAX_LINES), ...rows].some(isSum);
    return cells.length === width && filled > 1 && isBesideNumbers && isAlone;
  }
  // A row that was cut off has a number where numbers are.
  return (
    filled === 1 && width > 2 && isNumberColumn[at] === true && /\p{L}{2}/u.test(text) && !looksLikeNumberOrDate(text)
  );
}

function textOf(cell: string): string {
  return Buffer.from(cell, 'latin1').toString('utf8');
}

/** The last lines of a file, from the first whole one of its tail on. */
function lastLines(path: string, start: number, end: number, finding: DialectFinding): readonly TailLine[] {
  const { dialect, span } = finding;
  const step = dialect.encoding.startsWith('utf-16') ? 2 : 1;
  const low = dialect.encoding === 'utf-16be' ? 1 : 0;
  const lineEnd = dialect.newline === '\r' ? 13 : 10;
  const from = start - (start % step);
  const bytes = Buffer.alloc(Math.max(0, end - from));
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, bytes, 0, bytes.length, from);
  } finally {
    closeSync(descriptor);
  }
  const lines: TailLine[] = [];
  // What comes before the first line end may be half a line.
  let begin = from === span.skip ? 0 : -1;
  for (let at = 0; at + step <= bytes.length; at += step) {
    const isLineEnd = bytes[at + low] === lineEnd && (step === 1 || bytes[at + 1 - low] === 0);
    if (!isLineEnd) continue;
    if (begin >= 0) {
      lines.push({ start: from + begin, isEnded: true, cells: cellsOf(bytes.subarray(begin, at), finding) });
    }
    begin = at + step;
  }
  if (begin >= 0 && begin < bytes.length) {
    lines.push({ start: from + begin, isEnded: false, cells: cellsOf(bytes.subarray(begin), finding) });
  }
  return lines;
}

/** The cells of a line; null where it is no record of its own. */
function cellsOf(line: Buffer, { dialect }: DialectFinding): readonly string[] | null {
  const { encoding } = dialect;
  const text = isReadAsIs(encoding)
    ? line
    : Buffer.from(new TextDecoder(encoding, { ignoreBOM: true }).decode(line), 'utf8');
  const sink = new RecordSample(2, text.length + 1, Number.POSITIVE_INFINITY);
  new CsvScanner(syntaxOf(dialect), sink).scan(Buffer.concat([text, Buffer.from('\n')]), text.length, true);
  if (sink.faults > 0 || sink.records.length > 1) return null;
  return sink.records[0]?.cells ?? [];
}
