import { daysSinceEpoch, MILLISECONDS_PER_DAY } from './civil-calendar.ts';
import { MISSING_TOKENS, UNUSUAL_MISSING_TOKENS } from './missing-tokens.ts';

/**
 * What the text of one cell means in its plainest form: missing tokens, numbers, booleans and dates, read alike when a file is
 * read for training and when a model predicts, so that the two can never disagree. Models of version 1 read no more than
 * this; number-text.ts, timestamp-text.ts and label-text.ts read what people write beyond it.
 */

/** The orders in which a local date such as 03/04/2024 is written. ISO dates (2024-04-03) are read in any case. */
export const DATE_ORDERS = ['YMD', 'DMY', 'MDY'] as const;

export type DateOrder = (typeof DATE_ORDERS)[number];

/** How numbers are written. */
export interface NumberFormat {
  readonly decimal: string;
  /** The thousands separator; '' for none. */
  readonly thousands: string;
  /** INDIAN: all groups but the last have two digits, as in 21,58,430. */
  readonly grouping?: 'INDIAN';
  /** What stands before each number, such as $. */
  readonly prefix?: string;
  /** What stands after each number, such as % or kg. */
  readonly suffix?: string;
  /** Whether (12) is -12, as accountants write. */
  readonly parentheses?: true;
  /**
   * Where the numbers are durations or times of day, in seconds: what the two parts of 05:40 are, hours and minutes or minutes
   * and seconds. 1:23:45 is hours, minutes and seconds in either case.
   */
  readonly duration?: 'HOURS' | 'MINUTES';
}

/** 1234.5, the form of every programming language. */
export const POINT_NUMBERS: NumberFormat = { decimal: '.', thousands: '' };

const COMMA_NUMBERS: NumberFormat = { decimal: ',', thousands: '' };

/** The cell without the ASCII white space around it: what every other function here expects. */
export function trimCell(text: string): string {
  return trimBy(text, isWhiteSpace);
}

/**
 * The text without the characters around it that `isSpace` says. An expression for those at the end would try a row of spaces within
 * the text again from each of them.
 */
export function trimBy(text: string, isSpace: (code: number) => boolean): string {
  let [start, end] = [0, text.length];
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/**
 * True for space, tab, line feed, vertical tab, form feed and carriage return. Unicode's other spaces stay part
 * of the value: they are not one byte in every encoding, so bytes and text would otherwise be trimmed differently.
 */
export function isWhiteSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** How the texts of cells are read that a model, or the reader of a file, is given. */
export interface CellReading {
  /**
   * 1: as this file alone reads them. 2: as number-text.ts, timestamp-text.ts and label-text.ts do. 3: with the dates of
   * localized-dates.ts, and numbers since 1970 of any unit.
   */
  readonly version: 1 | 2 | 3;
  /** All texts that stand for "no value", trimmed. An empty text always does. */
  readonly missingTokens: readonly string[];
}

/** The reading of models of version 1: the usual tokens, and those of the training file. */
export function firstReading(extraTokens: readonly string[] = []): CellReading {
  return { version: 1, missingTokens: distinctTokens([...MISSING_TOKENS, ...extraTokens]) };
}

/** The reading of new models: the usual tokens, unless they are given up, and those of the training file. */
export function currentReading(extraTokens: readonly string[] = [], keepsDefaults = true): CellReading {
  const defaults = keepsDefaults ? [...MISSING_TOKENS, ...UNUSUAL_MISSING_TOKENS] : [''];
  return { version: 3, missingTokens: distinctTokens([...defaults, ...extraTokens]) };
}

function distinctTokens(tokens: readonly string[]): readonly string[] {
  return [...new Set(tokens.map(trimCell))];
}

/** Whether a trimmed cell stands for "no value". */
export function isMissing(text: string, { missingTokens }: CellReading): boolean {
  return text === '' || missingTokens.includes(text);
}

/** Digits before and behind the point are of one part each: else the digits of a long text would be divided in all ways. */
const POINT_NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/**
 * The number a trimmed cell spells, or NaN where it spells none. Decimal and exponent notation as in Number(),
 * to the last bit; no hexadecimal, no digit separators but `format.thousands`, which must then stand between
 * proper groups of three. "inf" and numbers beyond the range of a double (1e400) give an infinity, which the
 * caller has to refuse.
 *
 * @example parseNumber('1.234,5', { decimal: ',', thousands: '.' }) // => 1234.5
 */
export function parseNumber(text: string, format: NumberFormat = POINT_NUMBERS): number {
  let plain = text;
  if (format.thousands !== '' && plain.includes(format.thousands)) {
    const ungrouped = removeThousands(plain, format);
    if (ungrouped === null) return Number.NaN;
    plain = ungrouped;
  }
  if (format.decimal !== '.') {
    if (plain.includes('.')) return Number.NaN;
    plain = plain.replace(format.decimal, '.');
  }
  if (POINT_NUMBER.test(plain)) return Number(plain);
  const infinite = INFINITE.exec(plain);
  return infinite === null ? Number.NaN : Number(`${infinite[1]}Infinity`);
}

/** 1,234: a fraction, or a thousand and more. */
const AMBIGUOUS_COMMA = /^[+-]?[1-9]\d{0,2},\d{3}$/;

/**
 * The values of those tokens for "no value" that are numbers: in columns of numbers they count by value, -200.0 as -200.
 * They may be written as `format` says, with a point, or with a comma that cannot divide thousands.
 */
export function missingNumbers(tokens: readonly string[], format: NumberFormat = POINT_NUMBERS): readonly number[] {
  const values = tokens
    // All but a few of thousands of features are asked with the usual tokens, which hold no digits.
    .filter((token) => /\d/.test(token))
    .map(trimCell)
    .flatMap((token) => [
      parseNumber(token, format),
      parseNumber(token),
      AMBIGUOUS_COMMA.test(token) ? Number.NaN : parseNumber(token, COMMA_NUMBERS),
    ]);
  return [...new Set(values.filter(Number.isFinite))];
}

/** "12,345.6" -> "12345.6"; null where the marks do not stand between groups of digits, or a zero comes first. */
function removeThousands(text: string, format: NumberFormat): string | null {
  const decimalAt = text.indexOf(format.decimal);
  const whole = decimalAt < 0 ? text : text.slice(0, decimalAt);
  const rest = decimalAt < 0 ? '' : text.slice(decimalAt);
  if (rest.includes(format.thousands)) return null;
  const groups = whole.split(format.thousands);
  // Of a text that has the mark of its own, no number comes out below.
  const form = format.grouping === 'INDIAN' ? GROUPS_OF_TWO : GROUPS_OF_THREE;
  return form.test(groups.join('_')) ? groups.join('') + rest : null;
}

const GROUPS_OF_THREE = /^[+-]?[1-9]\d{0,2}(?:_\d{3})+$/;
const GROUPS_OF_TWO = /^[+-]?[1-9]\d?(?:_\d{2})*_\d{3}$/;

/** The pairs of labels that are read as a boolean; the first of each pair is the true one. Compared without case. */
export const BOOLEAN_PAIRS: readonly (readonly [string, string])[] = [
  ['true', 'false'],
  ['yes', 'no'],
  ['t', 'f'],
  ['y', 'n'],
];

/** The truth value a trimmed cell spells in any of BOOLEAN_PAIRS, in any case; null where it spells none. */
export function parseBoolean(text: string): boolean | null {
  const lower = text.toLowerCase();
  const pair = BOOLEAN_PAIRS.find((each) => each.includes(lower));
  return pair === undefined ? null : pair[0] === lower;
}

const TIME = String.raw`(?:(?:[Tt]| +)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([AaPp])[Mm])?(?: ?([Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?)?`;
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})${TIME}$`);
const YEAR_LAST = new RegExp(String.raw`^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})${TIME}$`);
const DAY_AND_NAME = new RegExp(String.raw`^(\d{1,2})[ /-]([A-Za-z]{3,9})\.?,?[ /-](\d{4})${TIME}$`);
const NAME_AND_DAY = new RegExp(String.raw`^([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})${TIME}$`);

const MONTH_NAMES = 'january february march april may june july august september october november december'.split(' ');

/**
 * The timestamp a trimmed cell spells, in milliseconds since 1970 in UTC (with a fraction where the text is finer),
 * or NaN where it spells none. A time without a zone is taken as UTC.
 *
 * Read in any case: 2024-04-03, 2024/4/3, 2024-04-03 17:05[:09[.123]] (or with T; with Z, UTC, GMT, +02 or +02:00),
 * 3 Apr 2024, 3-April-2024, 03/Apr/2024, April 3, 2024. Read as `order` says, and not at all with YMD or null: 03/04/2024,
 * 3-4-2024. With dots (3.4.2024) the day comes first, as everywhere where dots are used, unless `order` is MDY.
 * Two-digit years are not read: their century would be a guess.
 */
export function parseDateTime(text: string, order: DateOrder | null): number {
  // Nothing that is read here is shorter than 1/1/2024 or longer than a full stamp with its zone.
  if (text.length < 8 || text.length > 40) return Number.NaN;
  let match = YEAR_FIRST.exec(text);
  if (match !== null) return timestamp(match, 1, Number(match[3]), 4, 5);
  match = YEAR_LAST.exec(text);
  if (match !== null) {
    if (order === 'MDY') return timestamp(match, 4, Number(match[1]), 3, 5);
    return order === 'DMY' || match[2] === '.' ? timestamp(match, 4, Number(match[3]), 1, 5) : Number.NaN;
  }
  match = DAY_AND_NAME.exec(text);
  if (match !== null) return timestamp(match, 3, monthNumber(match[2]), 1, 4);
  match = NAME_AND_DAY.exec(text);
  return match === null ? Number.NaN : timestamp(match, 3, monthNumber(match[1]), 2, 4);
}

/** 1 to 12 for an English month, in full or cut to three letters (and "sept"); 0 for any other word. */
function monthNumber(name: string | undefined): number {
  const lower = (name ?? '').toLowerCase();
  if (lower === 'sept') return 9;
  return MONTH_NAMES.findIndex((month) => month === lower || month.slice(0, 3) === lower) + 1;
}

/**
 * A timestamp from a month and the groups of `match` with the year, the day and, from `timeAt` on, the six of TIME; NaN where a
 * part is out of range.
 */
function timestamp(match: RegExpExecArray, yearAt: number, month: number, dayAt: number, timeAt: number): number {
  const year = Number(match[yearAt]);
  const day = Number(match[dayAt]);
  const days = daysSinceEpoch(year, month, day);
  // What is beyond the end of a month would be a day of the next one.
  if (year < 1 || month < 1 || month > 12 || day < 1 || days >= daysSinceEpoch(year, month + 1, 1)) return Number.NaN;
  const date = days * MILLISECONDS_PER_DAY;
  if (match[timeAt] === undefined) return date;
  const hour = hourOf(Number(match[timeAt]), match[timeAt + 4]);
  const minute = Number(match[timeAt + 1]);
  const second = Number(match[timeAt + 2] ?? 0);
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const fraction = match[timeAt + 3];
  const milliseconds = fraction === undefined ? 0 : Number(`0.${fraction}`) * 1000;
  const offset = zoneOffsetMinutes(match[timeAt + 5]);
  return date + ((hour * 60 + minute - offset) * 60 + second) * 1000 + milliseconds;
}

/** The hour of the day, from one of a half of it, A or P, if one is named; NaN where the half has no such hour. */
export function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  return hour < 1 || hour > 12 ? Number.NaN : (hour % 12) + (/p/i.test(half) ? 12 : 0);
}

function zoneOffsetMinutes(zone: string | undefined): number {
  if (zone === undefined || /^[A-Za-z]/.test(zone)) return 0;
  const digits = zone.replace(':', '');
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return digits.startsWith('-') ? -minutes : minutes;
}
