import type { DateOrder, NumberFormat } from '../../runtime/values/cells.ts';
import { numberFromText } from '../../runtime/values/number-text.ts';
import { unwrapExcelText } from '../../runtime/values/plain-text.ts';
import { hasYearOfTwoDigits, parseTimestamp } from '../../runtime/values/timestamp-text.ts';
import { type LabelReader, NumberReader } from '../reader/cell-reader.ts';
import type { NullTokens } from '../reader/null-tokens.ts';
import type { ColumnPlan } from '../reader/read-plan.ts';
import type { Decode } from '../scan/text-decoding.ts';
import type { Column, ColumnKind } from './column.ts';
import {
  areBooleanLabels,
  areIdentifyingNumbers,
  areMostlyNumberedDates,
  type DateReading,
  labelKind,
  readDates,
} from './column-kind-rules.ts';
import { detectNumberFormat, detectNumbers, type NumberDetection } from './detect-numbers.ts';
import { findDurations } from './durations.ts';
import { numbersOfLabels } from './labels.ts';
import { LONGEST_NUMBER, numberFormatOf } from './number-format.ts';
import type { NumberRange } from './number-range.ts';
import {
  type KeptLabels,
  type LabelsWithValues,
  mergeLabels,
  type Occurrences,
  occurrencesOf,
  type ReadLabels,
  withCanonicalLabels,
  withOneSpelling,
  withoutMissing,
} from './read-labels.ts';
import { rangeOf } from './store-rows.ts';

/** Labels that are numbers or timestamps. */
export interface ParsedNumbers {
  readonly storage: 'number';
  /** The number for each label; NaN where it stands for none. */
  readonly numbers: Float64Array;
  readonly counts: Uint32Array;
}

/** A column with its kind, and the findings about it: everything but its rows. */
export interface TypedColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** What its labels became; null where it was read as numbers. */
  readonly content: KeptLabels | ParsedNumbers | null;
  readonly dateOrder: DateOrder | null;
  /** How its numbers are written; null where it is not NUMERIC. */
  readonly numberFormat: NumberFormat | null;
  readonly areDatesAmbiguous: boolean;
  /** Whether some dates have years of two digits, whose century was taken for granted. */
  readonly hasShortYears: boolean;
  /** Values that do not fit the kind and are missing now, and one of them. */
  readonly unparsable: Occurrences & { readonly example: string | null };
  readonly nonFinite: Occurrences | null;
  /** True where the caller asked for a kind that the values do not allow. */
  readonly isKindRefused: boolean;
  /** Whether its labels are numbers; null where it was read as numbers, or as the caller asked. */
  readonly numberDetection: NumberDetection | null;
  /** Cells such as ="00041", of which the text within was taken. */
  readonly excelTexts: Occurrences;
  /** Texts that were taken for "no value". */
  readonly missingTexts: Pick<LabelsWithValues, 'usual' | 'unusual'>;
}

/** The context of the inference of a column's type. */
export interface InferenceContext {
  readonly rowCount: number;
  readonly decode: Decode;
  /** True where different bytes may have become the same text. */
  readonly isDamaged: boolean;
  readonly dateOrder: DateOrder | null;
  readonly missing: NullTokens;
}

const NO_FINDINGS = {
  dateOrder: null,
  numberFormat: null,
  areDatesAmbiguous: false,
  hasShortYears: false,
  unparsable: { count: 0, lines: [], example: null },
  nonFinite: null,
  isKindRefused: false,
  numberDetection: null,
  excelTexts: { count: 0, lines: [] },
  missingTexts: { usual: [], unusual: [] },
} as const;

/** Gives a column that was read its kind, by the rules of column-kind-rules.ts or as the caller asked, and its rows. */
export function inferColumnKind(
  name: string,
  reader: NumberReader | LabelReader,
  plan: ColumnPlan,
  context: InferenceContext,
): { typed: TypedColumn; column: Column } {
  const { rowCount } = context;
  if (reader instanceof NumberReader) {
    // A copy of the right length: the reader's array has room for more rows, which a view would keep alive.
    const values = reader.values.slice(0, rowCount);
    const typed = inferFromNumbers(name, reader, plan, rowCount);
    return { typed, column: { storage: 'number', name, kind: typed.kind, values } };
  }
  const codes = reader.codes.subarray(0, rowCount);
  const counts = countCodes(codes, reader.dictionary.size);
  const typed = inferFromLabels(name, { ...reader.dictionary.read(context.decode, name), counts }, plan, context);
  return { typed, column: columnOf(typed, codes) };
}

/** The rows that have each code; -1 does not count. */
export function countCodes(codes: Int32Array, size: number): Uint32Array {
  const counts = new Uint32Array(size);
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row]!;
    if (code >= 0) counts[code] = counts[code]! + 1;
  }
  return counts;
}

/** The rows of a column of labels, from the codes that were read. */
function columnOf({ name, kind, content }: TypedColumn, codes: Int32Array): Column {
  if (content?.storage === 'number') {
    const values = new Float64Array(codes.length);
    for (let row = 0; row < codes.length; row++) {
      const code = codes[row]!;
      values[row] = code < 0 ? Number.NaN : content.numbers[code]!;
    }
    return { storage: 'number', name, kind, values };
  }
  const recode = content?.recode ?? null;
  const kept = codes.slice();
  if (recode !== null) {
    for (let row = 0; row < kept.length; row++) {
      const code = kept[row]!;
      if (code >= 0) kept[row] = recode[code]!;
    }
  }
  return { storage: 'label', name, kind, codes: kept, labels: [...(content?.labels ?? [])] };
}

/** What was read of a column of numbers, apart from its rows. */
export interface ReadNumbers {
  readonly missing: number;
  readonly range: NumberRange;
  readonly nonFinite: Occurrences;
}

/** The kind of a column that was read as numbers. */
export function inferFromNumbers(
  name: string,
  { missing, range, nonFinite }: ReadNumbers,
  plan: ColumnPlan,
  rowCount: number,
): TypedColumn {
  const varies = range.low < range.high || (plan.kind === 'NUMERIC' && missing < rowCount);
  const kind = varies ? 'NUMERIC' : 'CONSTANT';
  const numberFormat = varies ? plan.format : null;
  return { ...NO_FINDINGS, name, kind, content: null, numberFormat, nonFinite };
}

/** The kind of a column that was read as labels, and what becomes of them. */
export function inferFromLabels(
  name: string,
  read: ReadLabels,
  plan: ColumnPlan,
  context: InferenceContext,
): TypedColumn {
  const asRead: KeptLabels = { ...read, storage: 'label', recode: null };
  const labels = context.isDamaged ? mergeLabels(asRead, (label) => label) : asRead;
  const { kept, usual, unusual } = withoutMissing(withCanonicalLabels(labels), context.missing);
  const typed = plan.kind === null ? null : withKind(name, kept, plan, plan.kind, context);
  const found = typed ?? { ...byRules(name, kept, plan, context), isKindRefused: plan.kind !== null };
  const excelTexts = occurrencesOf(labels, (label) => unwrapExcelText(label) !== label);
  return { ...found, excelTexts, missingTexts: { usual, unusual } };
}

function labelColumn(name: string, kind: ColumnKind, content: KeptLabels): TypedColumn {
  return { ...NO_FINDINGS, name, kind, content };
}

/** The column as the caller wants it; null where its values do not allow that. */
function withKind(
  name: string,
  read: KeptLabels,
  plan: ColumnPlan,
  kind: ColumnKind,
  context: InferenceContext,
): TypedColumn | null {
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
    case 'NUMERIC':
      return forcedNumbers(name, read, plan, context);
  }
}

/**
 * Dates where at least one value is one in the only order that fits best; the others become missing. Dates that need no order,
 * such as 31.12.2024, are given none, as where they were found by looking.
 */
function forcedDates(name: string, read: KeptLabels, { dateOrder }: InferenceContext): TypedColumn | null {
  const fitting = (order: DateOrder | null) => {
    let count = 0;
    read.labels.forEach((label) => {
      if (!Number.isNaN(parseTimestamp(label, order))) count++;
    });
    return count;
  };
  const free = fitting(null);
  const days = fitting('DMY');
  const months = fitting('MDY');
  if (dateOrder === null && days === months && days > free) return null;
  const found = free === Math.max(days, months) ? null : days > months ? 'DMY' : 'MDY';
  const order = free === read.labels.length ? null : (dateOrder ?? found);
  const typed = dateColumn(name, read, order);
  return typed.content?.storage === 'number' && typed.content.numbers.every(Number.isNaN) ? null : typed;
}

/** The labels as timestamps; the others become missing. */
function dateColumn(name: string, read: KeptLabels, dateOrder: DateOrder | null): TypedColumn {
  const timestamps = numbersOfLabels(read.labels, (label) => parseTimestamp(label, dateOrder));
  const content = parsedNumbers(read, timestamps);
  const unparsable = unparsableLabels(read, timestamps);
  const hasShortYears = read.labels.some((label, code) => !Number.isNaN(timestamps[code]) && hasYearOfTwoDigits(label));
  return { ...NO_FINDINGS, name, kind: 'DATETIME', content, dateOrder, unparsable, hasShortYears };
}

/** Reads the values as numbers; others become missing. */
function forcedNumbers(name: string, read: KeptLabels, plan: ColumnPlan, context: InferenceContext): TypedColumn {
  // The name is ignored: a caller who requests numbers knows that they are not codes.
  const format = numberFormatOf(read.labels, plan.format, '') ?? detectNumberFormat(read, plan.format) ?? plan.format;
  const typed = numberColumn(name, read, numbersOf(read, format), format, context);
  const isEmpty = typed.content?.storage === 'number' && typed.content.numbers.every(Number.isNaN);
  return isEmpty ? { ...typed, kind: 'CONSTANT' } : typed;
}

/** The labels as numbers; those that are not numbers, infinite, or missing tokens become missing. */
function numberColumn(
  name: string,
  read: KeptLabels,
  values: Float64Array,
  numberFormat: NumberFormat,
  context: InferenceContext,
): TypedColumn {
  const content = parsedNumbers(
    read,
    values.map((value) => presentNumber(value, context)),
  );
  const nonFinite = occurrencesOf(read, (_, code) => Math.abs(values[code]!) === Number.POSITIVE_INFINITY);
  return {
    ...NO_FINDINGS,
    name,
    kind: 'NUMERIC',
    content,
    numberFormat,
    unparsable: unparsableLabels(read, values),
    nonFinite,
  };
}

/** Reads numbers, but from no cell that is longer than any number: this keeps hostile ones away from the parser. */
function numbersOf({ labels }: KeptLabels, format: NumberFormat): Float64Array {
  return numbersOfLabels(labels, (label) => {
    return label.length > LONGEST_NUMBER ? Number.NaN : numberFromText(label, format);
  });
}

/** The labels that became no value. */
function unparsableLabels(read: KeptLabels, values: Float64Array): TypedColumn['unparsable'] {
  const isUnparsable = (_: string, code: number) => Number.isNaN(values[code]);
  return { ...occurrencesOf(read, isUnparsable), example: read.labels.find(isUnparsable) ?? null };
}

/** NaN for numbers that stand for "no value", and for infinite ones. */
function presentNumber(value: number, { missing }: InferenceContext): number {
  return Number.isFinite(value) && !missing.isMissingNumber(value) ? value : Number.NaN;
}

/** The numbers that the labels spell, for each code that was read. */
function parsedNumbers({ recode, counts }: KeptLabels, numbers: Float64Array): ParsedNumbers {
  if (recode === null) return { storage: 'number', numbers, counts };
  // Labels that were merged are counted under the first of them.
  const spread = Float64Array.from(recode, (code) => (code < 0 ? Number.NaN : numbers[code]!));
  const seen = new Set<number>();
  const spreadCounts = Uint32Array.from(recode, (code) => {
    if (code < 0 || seen.has(code)) return 0;
    seen.add(code);
    return counts[code]!;
  });
  return { storage: 'number', numbers: spread, counts: spreadCounts };
}

function byRules(name: string, read: KeptLabels, plan: ColumnPlan, context: InferenceContext): TypedColumn {
  const { labels, counts } = read;
  if (labels.length <= 1) return labelColumn(name, 'CONSTANT', read);
  if (areBooleanLabels(labels)) {
    const merged = mergeLabels(read, (label) => label.toLowerCase());
    return labelColumn(name, 'BOOLEAN', merged);
  }
  if (areMostlyNumberedDates(read, name)) return dateColumn(name, read, null);
  const numberDetection = detectNumbers(read, plan.format, name);
  if (numberDetection.outcome === 'READ') {
    const present = counts.reduce((sum, count) => sum + count, 0);
    if (areIdentifyingNumbers(name, labels, present, context.rowCount)) return labelColumn(name, 'IDENTIFIER', read);
    const { values, format } = numberDetection;
    const typed = numberColumn(name, read, values, format, context);
    const { low, high } = rangeOf(typed.content?.storage === 'number' ? typed.content.numbers : NO_NUMBERS);
    return low < high ? typed : { ...typed, kind: 'CONSTANT', numberFormat: null };
  }
  const duration = findDurations(read);
  if (duration !== null) return numberColumn(name, read, duration.values, duration.format, context);
  const dates: DateReading = readDates(read, context.dateOrder);
  if (dates.outcome === 'READ') return dateColumn(name, read, dates.order);
  const areDatesAmbiguous = dates.outcome === 'AMBIGUOUS';
  const kept = withOneSpelling(read);
  const present = kept.counts.reduce((sum, count) => sum + count, 0);
  const kind = areDatesAmbiguous ? 'CATEGORICAL' : labelKind({ name, labels: kept.labels, present });
  return { ...labelColumn(name, kind, kept), areDatesAmbiguous, numberDetection };
}

const NO_NUMBERS = new Float64Array(0);
