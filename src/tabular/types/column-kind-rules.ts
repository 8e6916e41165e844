import { BOOLEAN_PAIRS, DATE_ORDERS, type DateOrder } from '../../runtime/values/cells.ts';
import { isCompactDate, isEpoch, isNanoseconds, parseTimestamp } from '../../runtime/values/timestamp-text.ts';
import { isCodeName, isIdentifierName, isTimeName } from './column-names.ts';
import { type Labels, labelsThat } from './labels.ts';
import { areMostlyParsed } from './mostly-parsed.ts';
import type { ReadLabels } from './read-labels.ts';

/** Whether labels are exactly the two of one boolean pair, in any case: true/false, yes/no, t/f, y/n. */
export function areBooleanLabels(labels: Labels): boolean {
  // Both labels of the longest pair in every mixture of cases that people use are few.
  if (labels.length < 2 || labels.length > 12) return false;
  const lower = new Set(labels.map((label) => label.toLowerCase()));
  return lower.size === 2 && BOOLEAN_PAIRS.some(([yes, no]) => lower.has(yes) && lower.has(no));
}

/** How a column of dates can be read. */
export interface DateReading {
  /** READ: as `order` says; AMBIGUOUS: more than one order fits every date; NO_DATES: no order fits. */
  readonly outcome: 'READ' | 'AMBIGUOUS' | 'NO_DATES';
  /** null where all values are ISO dates or spell out the month. */
  readonly order: DateOrder | null;
}

/** Labels that are tried before all of them are. */
const SAMPLED_LABELS = 1000;
/** One or two of them are as well other numbers. */
const MIN_NUMBERED_DATES = 3;

/**
 * Whether nearly all labels are dates, and in which order. Without `given`, an order is taken only where it is the one
 * that fits every date: 25/12/2024 somewhere in the column settles it.
 */
export function readDates(read: ReadLabels, given: DateOrder | null): DateReading {
  const { labels } = read;
  // Nearly all columns of labels end here.
  const first = labels.slice(0, SAMPLED_LABELS);
  if (first.filter(isDate).length * 2 < first.length) return { outcome: 'NO_DATES', order: null };
  const dates = labelsThat(labels, isDate);
  const others = labels.length - dates.length;
  const isDateAt = (code: number) => isDate(labels.at(code) ?? '');
  if (!areMostlyParsed(read, isDateAt, others)) return { outcome: 'NO_DATES', order: null };
  const all = (order: DateOrder | null) => dates.every((label) => !Number.isNaN(parseTimestamp(label, order)));
  if (all(null)) return { outcome: 'READ', order: null };
  if (given !== null) return all(given) ? { outcome: 'READ', order: given } : { outcome: 'NO_DATES', order: null };
  const fitting = DATE_ORDERS.filter(all);
  const [order] = fitting;
  if (order === undefined) return { outcome: 'NO_DATES', order: null };
  return fitting.length > 1 ? { outcome: 'AMBIGUOUS', order: null } : { outcome: 'READ', order };
}

/** Whether a label is a date in any order; digits alone are dates only where all are. */
function isDate(label: string): boolean {
  // Names and words end here, before four orders are tried.
  if (!/\p{Nd}/u.test(label) || /^\d+(?:\.\d+)?$/.test(label)) return false;
  return [null, ...DATE_ORDERS].some((order) => !Number.isNaN(parseTimestamp(label, order)));
}

/**
 * Whether labels that are numbers are all timestamps: 20141013, or nanoseconds since 1970. Ids may have as many digits as those:
 * clocks are no finer than a microsecond, or the name says that it is a time. Seconds, milliseconds and microseconds since
 * 1970 need such a name.
 */
function areNumberedDates(labels: Labels, name: string): boolean {
  if (!haveDistinct(labels, MIN_NUMBERED_DATES) || isCodeName(name)) return false;
  if (labels.every(isCompactDate)) return true;
  if (isTimeName(name) && labels.every(isEpoch)) return true;
  return labels.every(isNanoseconds) && (isTimeName(name) || labels.every((label) => label.endsWith('000')));
}

/** Whether there are so many different texts among some. */
function haveDistinct(texts: Labels, count: number): boolean {
  const seen = new Set<string>();
  return texts.some((text) => seen.add(text).size >= count);
}

/** Values that programs write for "no date" into a column of days such as 20141013. */
const DAYS_LEFT_OPEN: ReadonlySet<string> = new Set(['0', '00000000', '99999999']);

/** Whether the first cells of a column may turn out to be numbered dates, so that they have to be kept as they are written. */
export function mayBeNumberedDates(cells: readonly string[], name: string): boolean {
  const days = cells.filter(isCompactDate);
  return days.length * 2 > cells.length ? areNumberedDates(days, name) : areNumberedDates(cells, name);
}

/** Whether labels are nearly all numbered dates, beside a few that are not, and days that were left open. */
export function areMostlyNumberedDates(read: ReadLabels, name: string): boolean {
  const { labels } = read;
  const isDigits = (label: string) => /^\d[\d.]*$/.test(label);
  const digits = labelsThat(labels, isDigits);
  if (areNumberedDates(digits, name)) {
    return areMostlyParsed(read, (code) => isDigits(labels.at(code) ?? ''), labels.length - digits.length);
  }
  const days = labelsThat(labels, isCompactDate);
  if (!areNumberedDates(days, name)) return false;
  const isDay = (code: number) => isCompactDate(labels.at(code) ?? '') || DAYS_LEFT_OPEN.has(labels.at(code) ?? '');
  return areMostlyParsed(read, isDay, labels.length - days.length);
}

/** What decides the kind of a column of labels that are neither booleans nor dates. */
export interface LabelFacts {
  readonly name: string;
  readonly labels: Labels;
  /** Rows that have a value. */
  readonly present: number;
}

/** Below this many rows, all labels being distinct says nothing: ten customers may well live in ten cities. */
const MIN_ROWS_FOR_KIND = 20;
/** Identifiers are distinct, save for a mistake here and there. */
const IDENTIFIER_DISTINCT = 0.98;
/** A column that is named like an identifier is believed with more repetitions. */
const NAMED_IDENTIFIER_DISTINCT = 0.9;
/** Fits a UUID (36), a SHA-256 in hexadecimal (64) and most addresses of web pages. */
const IDENTIFIER_LENGTH = 120;
/** Prose: at least so long on average, with spaces in most values, and most of it written once. */
const TEXT_LENGTH = 20;
const TEXT_DISTINCT = 0.5;
/** Shorter values are free text only where nearly every row has its own: names of people or places. */
const SHORT_TEXT_DISTINCT = 0.9;

/**
 * The kind of labels: IDENTIFIER for (nearly) distinct ones without spaces, TEXT for long or nearly distinct
 * ones, CATEGORICAL for all others, however many there are.
 */
export function labelKind({ name, labels, present }: LabelFacts): 'IDENTIFIER' | 'TEXT' | 'CATEGORICAL' {
  const distinct = labels.length / Math.max(1, present);
  let characters = 0;
  let spaced = 0;
  for (const label of labels) {
    characters += label.length;
    if (/\s/.test(label)) spaced++;
  }
  const length = characters / Math.max(1, labels.length);
  const spacedShare = spaced / Math.max(1, labels.length);
  if (isIdentifierName(name) && distinct >= NAMED_IDENTIFIER_DISTINCT && spacedShare < 0.5) return 'IDENTIFIER';
  const hasEnoughRows = present >= MIN_ROWS_FOR_KIND;
  if (hasEnoughRows && distinct >= IDENTIFIER_DISTINCT && length <= IDENTIFIER_LENGTH && spacedShare <= 0.1) {
    return 'IDENTIFIER';
  }
  if (hasEnoughRows && length >= TEXT_LENGTH && spacedShare >= 0.5 && distinct >= TEXT_DISTINCT) return 'TEXT';
  if (hasEnoughRows && distinct >= SHORT_TEXT_DISTINCT) return 'TEXT';
  return 'CATEGORICAL';
}

/**
 * Whether distinct whole numbers, in the order of the rows and without gaps among them, are identifiers: they are
 * where the name says so, or where they count twenty rows or more from 0 or 1. Years or prices that happen to be distinct
 * stay numbers.
 */
export function areIdentifyingNumbers(name: string, labels: Labels, present: number, rows: number): boolean {
  if (labels.length !== present || !labels.every((label) => /^[+-]?\d+$/.test(label))) return false;
  if (isIdentifierName(name)) return true;
  const first = Number(labels.at(0));
  return (
    present === rows &&
    rows >= MIN_ROWS_FOR_KIND &&
    (first === 0 || first === 1) &&
    labels.every((label, row) => Number(label) === first + row)
  );
}
