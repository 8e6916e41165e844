import { type DateOrder, parseDateTime } from './cells.ts';
import { isoDateFrom } from './localized-dates.ts';
import { trimInvisible, unwrapExcelText } from './plain-text.ts';

/** Years of two digits from here on are of the 1900s, those below of the 2000s: as POSIX and most programs take them. */
const FIRST_YEAR_OF_1900S = 69;

/** Tue, Tuesday. Which day it is follows from the date, so that it is not looked at. */
const WEEKDAY = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,? +/i;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:[T ](\d{2}):?(\d{2})(?::?(\d{2})(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
const YEAR_OF_TWO = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{2})((?:[T ].*)?)$/;
const NAME_AND_YEAR_OF_TWO = /^(\d{1,2}[ /-][A-Za-z]{3,9}\.?[ /-])(\d{2})((?:[T ].*)?)$/;
/** 2024-09, Sep 2024: its first day. */
const YEAR_AND_MONTH = /^((?:19|20|21)\d{2})[-/](0[1-9]|1[0-2])$/;
const NAME_AND_YEAR = /^([A-Za-z]{3,9})\.?,?[ -]((?:19|20|21)\d{2})$/;
/** Nanoseconds since 1970, of the years 2001 to 2100. */
const NANOSECONDS = /^[1-4]\d{18}$/;
/** Seconds and milliseconds with or without a fraction, and microseconds since 1970, of the same years. */
const EPOCH = /^[1-4]\d{9}(?:(?:\.\d{1,9})?|\d{3}(?:\.\d{1,6})?|\d{6})$/;

/**
 * The timestamp that a cell spells, in milliseconds since 1970 in UTC, or NaN where it spells none, as people and programs write
 * moments. Beside what parseDateTime reads: 20141013 and 20141013T093000, Tue, 04 Mar 2025 09:15:00 +0200 (RFC 2822),
 * Tue Mar 04 2025 09:15:00 GMT+0200, seconds to nanoseconds since 1970, what isoDateFrom reads, and years of two digits (69 to 99 are of the 1900s, 00 to 68
 * of the 2000s): 13.10.14 the day first, 13/10/14 as `order` says. A month without a day, 2024-09 or Sep 2024, is its first day.
 *
 * @param version of the model file: 2 knew neither isoDateFrom nor any number since 1970 but nanoseconds
 */
export function parseTimestamp(text: string, order: DateOrder | null, version: 2 | 3 = 3): number {
  const value = parseDateTime(text, order);
  if (!Number.isNaN(value)) return value;
  const plain = trimInvisible(unwrapExcelText(text))
    .replace(WEEKDAY, '')
    .replace(/ \([^()]{1,40}\)$/, '');
  if (plain.length < 6 || plain.length > 60) return Number.NaN;
  if (version === 2 && NANOSECONDS.test(plain)) return Number(plain) / 1e6;
  if (version === 3) {
    const sinceEpoch = epochTimestamp(plain);
    if (sinceEpoch !== null) return sinceEpoch;
    const iso = isoDateFrom(plain);
    if (iso !== null) return parseDateTime(iso, null);
  }
  const spelled = asLongDate(plain, order);
  return spelled === null ? Number.NaN : parseDateTime(spelled, order);
}

/** Milliseconds since 1970 of a number that counts from there, by how many digits it has; null for any other text. */
function epochTimestamp(text: string): number | null {
  if (NANOSECONDS.test(text)) return Number(text) / 1e6;
  if (!EPOCH.test(text)) return null;
  const value = Number(text);
  return value < 1e10 ? value * 1000 : value < 1e13 ? value : value / 1000;
}

/** The same timestamp in the notation of parseDateTime; null if it is not one. */
function asLongDate(text: string, order: DateOrder | null): string | null {
  const compact = COMPACT.exec(text);
  if (compact !== null) {
    const [, year, month, day, hour, minute, second = '00', fraction = '', zone = ''] = compact;
    const time = hour === undefined ? '' : `T${hour}:${minute}:${second}${fraction}${zone}`;
    return `${year}-${month}-${day}${time}`;
  }
  const month = YEAR_AND_MONTH.exec(text);
  if (month !== null) return `${month[1]}-${month[2]}-01`;
  const namedMonth = NAME_AND_YEAR.exec(text);
  if (namedMonth !== null) return `1 ${namedMonth[1]} ${namedMonth[2]}`;
  const named = NAME_AND_YEAR_OF_TWO.exec(text);
  if (named !== null) return `${named[1]}${fullYear(named[2] ?? '')}${named[3]}`;
  const short = YEAR_OF_TWO.exec(text);
  if (short === null) return withPlainZone(text);
  const [, first = '', mark = '', second = '', third = '', time = ''] = short;
  if (order === 'YMD') return mark === '.' ? null : `${fullYear(first)}-${second}-${third}${time}`;
  return `${first}${mark}${second}${mark}${fullYear(third)}${time}`;
}

function fullYear(twoDigits: string): string {
  return (Number(twoDigits) >= FIRST_YEAR_OF_1900S ? '19' : '20') + twoDigits;
}

/** GMT+0200, as JavaScript prints it, is +0200; an offset behind a space is one without it. */
function withPlainZone(text: string): string {
  return text.replace(/ ?(?:GMT|UTC)(?=[+-]\d)/, '').replace(/(\d) ([+-]\d{4})$/, '$1$2');
}

/** Whether a text is a date whose year has two digits, so that its century is taken for granted. */
export function hasYearOfTwoDigits(text: string): boolean {
  const plain = trimInvisible(unwrapExcelText(text)).replace(WEEKDAY, '');
  return YEAR_OF_TWO.test(plain) || NAME_AND_YEAR_OF_TWO.test(plain);
}

/** Whether a text is a date such as 20141013, which is a number as well. */
export function isCompactDate(text: string): boolean {
  return /^(?:19|20|21)\d{6}$/.test(text) && !Number.isNaN(parseTimestamp(text, null));
}

/** Whether a text is nanoseconds since 1970, of the years 2001 to 2100. */
export function isNanoseconds(text: string): boolean {
  return NANOSECONDS.test(text) && Number(text) < 4.1e18;
}

/** The last moment, 2100-01-01, that digits are taken for which count from 1970. */
const END_OF_EPOCHS = 4_102_444_800_000;

/** Whether a text is seconds, milliseconds or microseconds since 1970, of the years 2001 to 2099. */
export function isEpoch(text: string): boolean {
  return EPOCH.test(text) && (epochTimestamp(text) ?? Number.POSITIVE_INFINITY) < END_OF_EPOCHS;
}
