import { type DateOrder, type NumberFormat, parseDateTime, parseNumber } from '../runtime/cells.ts';
import { type LabelReader, NumberReader } from './cell-reader.ts';
import type { Column, ColumnKind } from './column.ts';
import { areBooleanLabels, areIdentifyingNumbers, type DateReading, labelKind, readDates } from './column-kind.ts';
import type { MissingCells } from './missing-cells.ts';
import { LONGEST_NUMBER, losesDigits, numberFormatOf } from './number-format.ts';
import type { ColumnPlan } from './reading-plan.ts';
import { rangeOf } from './store-rows.ts';
import type { Decode } from './text-decoding.ts';

/** How often something occurred, and the lines of the first few. */
export interface Occurrences {
  readonly count: number;
  readonly lines: readonly number[];
}

/** The labels of a column as they were read: distinct, in order of first appearance. */
export interface ReadLabels {
  readonly labels: readonly string[];
  /** The line at which each label first occurs. */
  readonly firstLines: readonly number[];
  /** The rows that have each label. */
  readonly counts: Float64Array;
}

/** Labels that stay labels. */
export interface KeptLabels extends ReadLabels {
  readonly storage: 'label';
  /** The new code for each code that was read; null where they are the same. */
  readonly recode: Int32Array | null;
}

/** Labels that spell numbers or moments. */
export interface SpelledNumbers {
  readonly storage: 'number';
  /** The number for each label; NaN where it stands for none. */
  readonly numbers: Float64Array;
  readonly counts: Float64Array;
}

/** A column with its kind, and what was met on the way to it: everything but its rows. */
export interface FinishedColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** What its labels became; null where it was read as numbers. */
  readonly content: KeptLabels | SpelledNumbers | null;
  readonly dateOrder: DateOrder | null;
  /** How its numbers are written; null where it is not NUMERIC. */
  readonly numberFormat: NumberFormat | null;
  readonly areDatesAmbiguous: boolean;
  /** Values that do not fit the kind asked for and are missing now. */
  readonly unparsable: Occurrences;
  readonly nonFinite: Occurrences | null;
  /** True where the caller asked for a kind that the values do not allow. */
  readonly isKindRefused: boolean;
}

/** What is known when a column is finished. */
export interface FinishingContext {
  readonly rowCount: number;
  readonly decode: Decode;
  /** True where different bytes may have become the same text. */
  readonly isDamaged: boolean;
  readonly dateOrder: DateOrder | undefined;
  readonly missing: MissingCells;
}

const NOTHING_MET = {
  dateOrder: null,
  numberFormat: null,
  areDatesAmbiguous: false,
  unparsable: { count: 0, lines: [] },
  nonFinite: null,
  isKindRefused: false,
} as const;

/** Gives a column that was read its kind, by the rules of column-kind.ts or as the caller asked, and its rows. */
export function finishColumn(
  name: string,
  reader: NumberReader | LabelReader,
  plan: ColumnPlan,
  context: FinishingContext,
): { finished: FinishedColumn; column: Column } {
  const { rowCount } = context;
  if (reader instanceof NumberReader) {
    // A copy of the right length: the reader's array has room for more rows, which a view would keep alive.
    const values = reader.values.slice(0, rowCount);
    const finished = finishNumbers(name, { ...reader, ...reader.range }, plan, rowCount);
    return { finished, column: { storage: 'number', name, kind: finished.kind, values } };
  }
  const codes = reader.codes.subarray(0, rowCount);
  const counts = countCodes(codes, reader.dictionary.size);
  const finished = finishLabels(name, { ...reader.dictionary.read(context.decode, name), counts }, plan, context);
  return { finished, column: columnOf(finished, codes) };
}

/** The rows that have each code; -1 does not count. */
export function countCodes(codes: Int32Array, size: number): Float64Array {
  const counts = new Float64Array(size);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] as number;
    if (code >= 0) counts[code] = (counts[code] as number) + 1;
  }
  return counts;
}

/** The rows of a column of labels, from the codes that were read. */
function columnOf({ name, kind, content }: FinishedColumn, codes: Int32Array): Column {
  if (content?.storage === 'number') {
    const values = new Float64Array(codes.length);
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row] as number;
      values[row] = code < 0 ? Number.NaN : (content.numbers[code] as number);
    }
    return { storage: 'number', name, kind, values };
  }
  const recode = content?.recode ?? null;
  const kept = codes.slice();
  if (recode !== null) {
    for (let row = 0; row < kept.length; row++) {
      const code = kept[row] as number;
      if (code >= 0) kept[row] = recode[code] as number;
    }
  }
  return { storage: 'label', name, kind, codes: kept, labels: content?.labels ?? [] };
}

/** What was read of a column of numbers, apart from its rows. */
export interface ReadNumbers {
  readonly missing: number;
  readonly low: number;
  readonly high: number;
  readonly nonFinite: Occurrences;
  readonly unparsable: Occurrences;
}

/** The kind of a column that was read as numbers. */
export function finishNumbers(
  name: string,
  { missing, low, high, nonFinite, unparsable }: ReadNumbers,
  plan: ColumnPlan,
  rowCount: number,
): FinishedColumn {
  const varies = low < high || (plan.kind === 'NUMERIC' && missing < rowCount);
  const kind = varies ? 'NUMERIC' : 'CONSTANT';
  const numberFormat = varies ? plan.format : null;
  return { ...NOTHING_MET, name, kind, content: null, numberFormat, unparsable, nonFinite };
}

/** The kind of a column that was read as labels, and what becomes of them. */
export function finishLabels(
  name: string,
  read: ReadLabels,
  plan: ColumnPlan,
  context: FinishingContext,
): FinishedColumn {
  const kept: KeptLabels = { ...read, storage: 'label', recode: null };
  const labels = context.isDamaged ? mergeLabels(kept, (label) => label) : kept;
  const finished = plan.kind === null ? null : withKind(name, labels, plan, plan.kind, context);
  return finished ?? { ...byRules(name, labels, plan, context), isKindRefused: plan.kind !== null };
}

/** Labels with the same key become the first of them. */
function mergeLabels(read: KeptLabels, keyOf: (label: string) => string): KeptLabels {
  const codeOf = new Map<string, number>();
  const labels: string[] = [];
  const firstLines: number[] = [];
  const merged = Int32Array.from(read.labels, (label, code) => {
    const key = keyOf(label);
    const known = codeOf.get(key);
    if (known !== undefined) return known;
    codeOf.set(key, labels.length);
    labels.push(label);
    firstLines.push(read.firstLines[code] as number);
    return labels.length - 1;
  });
  const counts = new Float64Array(labels.length);
  merged.forEach((code, old) => {
    counts[code] = (counts[code] as number) + (read.counts[old] as number);
  });
  const recode = read.recode === null ? merged : read.recode.map((code) => merged[code] as number);
  return { storage: 'label', labels, firstLines, counts, recode };
}

function labelColumn(name: string, kind: ColumnKind, content: KeptLabels): FinishedColumn {
  return { ...NOTHING_MET, name, kind, content };
}

/** The column as the caller wants it; null where its values do not allow that. */
function withKind(
  name: string,
  read: KeptLabels,
  plan: ColumnPlan,
  kind: ColumnKind,
  context: FinishingContext,
): FinishedColumn | null {
  switch (kind) {
    case 'CATEGORICAL':
    case 'TEXT':
    case 'IDENTIFIER':
      return labelColumn(name, read.labels.length === 0 ? 'CONSTANT' : kind, read);
    case 'BOOLEAN': {
      const merged = areBooleanLabels(read.labels) ? mergeLabels(read, (label) => label.toLowerCase()) : read;
      return merged.labels.length === 2 ? labelColumn(name, kind, merged) : null;
    }
    case 'CONSTANT':
      return read.labels.length <= 1 ? labelColumn(name, kind, read) : null;
    case 'DATETIME':
      return forcedDates(name, read, context);
    case 'NUMERIC': {
      const format = numberFormatOf(read.labels, plan.format, '') ?? plan.format;
      return forcedNumbers(name, read, format, context);
    }
  }
}

/**
 * Dates where at least one value is one in the only order that fits best; the others become missing. Dates that need no order,
 * such as 31.12.2024, are given none, as where they were found by looking.
 */
function forcedDates(name: string, read: KeptLabels, { dateOrder }: FinishingContext): FinishedColumn | null {
  const fitting = (order: DateOrder | null) =>
    read.labels.reduce((count, label) => count + (Number.isNaN(parseDateTime(label, order)) ? 0 : 1), 0);
  const free = fitting(null);
  const days = fitting('DMY');
  const months = fitting('MDY');
  if (dateOrder === undefined && days === months && days > free) return null;
  const found = free === Math.max(days, months) ? null : days > months ? 'DMY' : 'MDY';
  const order = free === read.labels.length ? null : (dateOrder ?? found);
  const content = spelledNumbers(read, (label) => parseDateTime(label, order));
  const unparsable = occurrencesOf(read, (label) => Number.isNaN(parseDateTime(label, order)));
  if (content.numbers.every(Number.isNaN)) return null;
  return { ...NOTHING_MET, name, kind: 'DATETIME', content, dateOrder: order, unparsable };
}

/** Numbers, whatever the values are; those that are none become missing. */
function forcedNumbers(
  name: string,
  read: KeptLabels,
  numberFormat: NumberFormat,
  context: FinishingContext,
): FinishedColumn {
  const number = numberParser(numberFormat);
  const content = spelledNumbers(read, (label) => presentNumber(number(label), context));
  const unparsable = occurrencesOf(read, (label) => Number.isNaN(number(label)));
  const nonFinite = occurrencesOf(read, (label) => Math.abs(number(label)) === Number.POSITIVE_INFINITY);
  const kind = content.numbers.every(Number.isNaN) ? 'CONSTANT' : 'NUMERIC';
  return { ...NOTHING_MET, name, kind, content, numberFormat, unparsable, nonFinite };
}

/** How many rows have one of some labels, and where. */
function occurrencesOf(read: KeptLabels, isOne: (label: string) => boolean): Occurrences {
  let count = 0;
  const lines: number[] = [];
  read.labels.forEach((label, code) => {
    if (!isOne(label)) return;
    count += read.counts[code] as number;
    if (lines.length < 10) lines.push(read.firstLines[code] as number);
  });
  return { count, lines };
}

/** Reads numbers, but from no cell that is longer than any number: this keeps hostile ones away from the parser. */
function numberParser(format: NumberFormat): (label: string) => number {
  return (label) => (label.length > LONGEST_NUMBER ? Number.NaN : parseNumber(label, format));
}

/** NaN for numbers that stand for "no value", and for infinite ones. */
function presentNumber(value: number, { missing }: FinishingContext): number {
  return Number.isFinite(value) && !missing.isMissingNumber(value) ? value : Number.NaN;
}

/** The numbers that the labels spell, for each code that was read. */
function spelledNumbers(read: KeptLabels, parse: (label: string) => number): SpelledNumbers {
  const numbers = Float64Array.from(read.labels, parse);
  const { recode, counts } = read;
  if (recode === null) return { storage: 'number', numbers, counts };
  // Labels that were merged are counted under the first of them.
  const spread = Float64Array.from(recode, (code) => numbers[code] as number);
  const seen = new Set<number>();
  const spreadCounts = Float64Array.from(recode, (code) => {
    if (seen.has(code)) return 0;
    seen.add(code);
    return counts[code] as number;
  });
  return { storage: 'number', numbers: spread, counts: spreadCounts };
}

function byRules(name: string, read: KeptLabels, plan: ColumnPlan, context: FinishingContext): FinishedColumn {
  const { labels } = read;
  const present = read.counts.reduce((sum, count) => sum + count, 0);
  if (labels.length <= 1) return labelColumn(name, 'CONSTANT', read);
  if (areBooleanLabels(labels))
    return labelColumn(
      name,
      'BOOLEAN',
      mergeLabels(read, (label) => label.toLowerCase()),
    );
  const numberFormat = numberFormatOf(labels, plan.format, name);
  const number = numberParser(numberFormat ?? plan.format);
  const areNumbers = numberFormat !== null && labels.every((label) => Number.isFinite(number(label)));
  if (areNumbers && !labels.some(losesDigits)) {
    if (areIdentifyingNumbers(name, labels, present, context.rowCount)) return labelColumn(name, 'IDENTIFIER', read);
    const content = spelledNumbers(read, (label) => presentNumber(number(label), context));
    const { low, high } = rangeOf(content.numbers);
    if (low >= high) return { ...NOTHING_MET, name, kind: 'CONSTANT', content };
    return { ...NOTHING_MET, name, kind: 'NUMERIC', content, numberFormat };
  }
  const dates: DateReading = readDates(labels, context.dateOrder);
  if (dates.outcome === 'READ') {
    const content = spelledNumbers(read, (label) => parseDateTime(label, dates.order));
    return { ...NOTHING_MET, name, kind: 'DATETIME', content, dateOrder: dates.order };
  }
  const finished = labelColumn(name, labelKind({ name, labels, present }), read);
  return { ...finished, areDatesAmbiguous: dates.outcome === 'AMBIGUOUS' };
}
