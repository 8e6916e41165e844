import { type DateOrder, parseDateTime, parseNumber } from '../runtime/cells.ts';
import { type LabelReader, NumberReader } from './cell-reader.ts';
import type { Column, ColumnKind, LabelColumn, NumberColumn } from './column.ts';
import { areBooleanLabels, areIdentifyingNumbers, type DateReading, labelKind, readDates } from './column-kind.ts';
import type { LineTally } from './line-tally.ts';
import type { ColumnPlan } from './reading-plan.ts';
import type { Decode } from './text-decoding.ts';

/** A column with its kind, and what was met on the way to it. */
export interface FinishedColumn {
  readonly column: Column;
  readonly dateOrder: DateOrder | null;
  readonly areDatesAmbiguous: boolean;
  /** Values that do not fit the kind asked for and are missing now. */
  readonly unparsable: { readonly count: number; readonly lines: readonly number[] };
  readonly nonFinite: LineTally | null;
  /** True where the caller asked for a kind that the values do not allow. */
  readonly isKindRefused: boolean;
  /** For label columns, the line at which each label first occurs. */
  readonly firstLines: readonly number[];
}

/** What is known when a column is finished. */
export interface FinishingContext {
  readonly rowCount: number;
  readonly decode: Decode;
  /** True where different bytes may have become the same text. */
  readonly isDamaged: boolean;
  readonly dateOrder: DateOrder | undefined;
}

/** Gives a column that was read its kind, by the rules of column-kind.ts or as the caller asked. */
export function finishColumn(
  name: string,
  reader: NumberReader | LabelReader,
  plan: ColumnPlan,
  context: FinishingContext,
): FinishedColumn {
  if (reader instanceof NumberReader) return finishNumbers(name, reader, plan, context);
  const read = finishReading(reader, context);
  const finished = plan.kind === null ? null : withKind(name, read, plan.kind, context);
  if (finished !== null) return finished;
  return { ...byRules(name, read, plan, context), isKindRefused: plan.kind !== null };
}

const NOTHING_MET = {
  dateOrder: null,
  areDatesAmbiguous: false,
  unparsable: { count: 0, lines: [] },
  nonFinite: null,
  isKindRefused: false,
  firstLines: [],
} as const;

function finishNumbers(
  name: string,
  reader: NumberReader,
  plan: ColumnPlan,
  { rowCount }: FinishingContext,
): FinishedColumn {
  // A copy of the right length: the reader's array has room for more rows, which a view would keep alive.
  const values = reader.values.slice(0, rowCount);
  const kind =
    plan.kind === 'NUMERIC' && reader.missing < rowCount ? 'NUMERIC' : isConstant(values) ? 'CONSTANT' : 'NUMERIC';
  const column: NumberColumn = { storage: 'number', name, kind, values };
  return { ...NOTHING_MET, column, unparsable: reader.unparsable, nonFinite: reader.nonFinite };
}

function isConstant(values: Float64Array): boolean {
  let first = Number.NaN;
  for (const value of values) {
    if (Number.isNaN(value) || value === first) continue;
    if (!Number.isNaN(first)) return false;
    first = value;
  }
  return true;
}

/** A label column as read: codes, labels, and the line at which each label first occurs. */
interface ReadLabels {
  readonly codes: Int32Array;
  readonly labels: readonly string[];
  readonly firstLines: readonly number[];
  readonly present: number;
}

function finishReading(reader: LabelReader, { rowCount, decode, isDamaged }: FinishingContext): ReadLabels {
  const { dictionary } = reader;
  const size = dictionary.size;
  const read = {
    codes: reader.codes.slice(0, rowCount),
    labels: Array.from({ length: size }, (_, entry) => dictionary.text(entry, decode)),
    firstLines: Array.from({ length: size }, (_, entry) => dictionary.firstLine(entry)),
    present: rowCount - reader.missing,
  };
  return isDamaged ? mergeLabels(read, (label) => label) : read;
}

/** Labels with the same key become the first of them. */
function mergeLabels(read: ReadLabels, keyOf: (label: string) => string): ReadLabels {
  const codeOf = new Map<string, number>();
  const labels: string[] = [];
  const firstLines: number[] = [];
  const newCodes = read.labels.map((label, code) => {
    const key = keyOf(label);
    const known = codeOf.get(key);
    if (known !== undefined) return known;
    codeOf.set(key, labels.length);
    labels.push(label);
    firstLines.push(read.firstLines[code] as number);
    return labels.length - 1;
  });
  const codes = read.codes.map((code) => (code < 0 ? -1 : (newCodes[code] as number)));
  return { codes, labels, firstLines, present: read.present };
}

function labelColumn(name: string, kind: ColumnKind, read: ReadLabels): FinishedColumn {
  const column: LabelColumn = { storage: 'label', name, kind, codes: read.codes, labels: read.labels };
  return { ...NOTHING_MET, column, firstLines: read.firstLines };
}

/** The column as the caller wants it; null where its values do not allow that. */
function withKind(name: string, read: ReadLabels, kind: ColumnKind, context: FinishingContext): FinishedColumn | null {
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
      // Read as numbers from the start.
      return null;
  }
}

/** Dates where at least one value is one in the only order that fits best; the others become missing. */
function forcedDates(name: string, read: ReadLabels, { dateOrder }: FinishingContext): FinishedColumn | null {
  const fitting = (order: DateOrder | null) =>
    read.labels.reduce((count, label) => count + (Number.isNaN(parseDateTime(label, order)) ? 0 : 1), 0);
  const days = fitting('DMY');
  const months = fitting('MDY');
  if (dateOrder === undefined && days === months && days > fitting(null)) return null;
  const order = dateOrder ?? (days === months ? null : days > months ? 'DMY' : 'MDY');
  const { values, bad } = mapLabels(read, (label) => parseDateTime(label, order));
  if (bad.labels === read.labels.length) return null;
  const column: NumberColumn = { storage: 'number', name, kind: 'DATETIME', values };
  return { ...NOTHING_MET, column, dateOrder: order, unparsable: bad };
}

/** The numbers that stand for the labels, row by row, and the rows whose label has none. */
function mapLabels(read: ReadLabels, parse: (label: string) => number) {
  const numbers = Float64Array.from(read.labels, parse);
  const badLines = read.firstLines.filter((_, code) => Number.isNaN(numbers[code]));
  let count = 0;
  const values = new Float64Array(read.codes.length);
  for (let row = 0; row < values.length; row++) {
    const code = read.codes[row] as number;
    const value = code < 0 ? Number.NaN : (numbers[code] as number);
    if (code >= 0 && Number.isNaN(value)) count++;
    values[row] = value;
  }
  return { values, bad: { count, lines: badLines.slice(0, 10), labels: badLines.length } };
}

function byRules(name: string, read: ReadLabels, plan: ColumnPlan, context: FinishingContext): FinishedColumn {
  const { labels, present } = read;
  if (labels.length <= 1) return labelColumn(name, 'CONSTANT', read);
  if (areBooleanLabels(labels))
    return labelColumn(
      name,
      'BOOLEAN',
      mergeLabels(read, (label) => label.toLowerCase()),
    );
  const number = (label: string) => (label.length > 400 ? Number.NaN : parseNumber(label, plan.format));
  if (labels.every((label) => Number.isFinite(number(label)))) {
    if (areIdentifyingNumbers(name, labels, present, context.rowCount)) return labelColumn(name, 'IDENTIFIER', read);
    const { values } = mapLabels(read, number);
    const column: NumberColumn = { storage: 'number', name, kind: isConstant(values) ? 'CONSTANT' : 'NUMERIC', values };
    return { ...NOTHING_MET, column };
  }
  const dates: DateReading = readDates(labels, context.dateOrder);
  if (dates.outcome === 'READ') {
    const { values } = mapLabels(read, (label) => parseDateTime(label, dates.order));
    const column: NumberColumn = { storage: 'number', name, kind: 'DATETIME', values };
    return { ...NOTHING_MET, column, dateOrder: dates.order };
  }
  const finished = labelColumn(name, labelKind({ name, labels, present }), read);
  return { ...finished, areDatesAmbiguous: dates.outcome === 'AMBIGUOUS' };
}
