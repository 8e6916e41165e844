import { daysSinceEpoch, MILLISECONDS_PER_DAY, weekdayOf, yearOf } from './civil-calendar.ts';
import { MONTH_NAMES } from './month-names.ts';
import { plainDigits } from './plain-text.ts';

const YEAR = '((?:18|19|20|21)\\d{2})';
/** 2024-Q1, 2024Q1, Q1 2024, 1Q2024. */
const QUARTER = new RegExp(`^(?:${YEAR}[-/ ]?Q([1-4])|(?:Q([1-4])|([1-4])Q)[-/ ]?${YEAR})$`, 'i');
/** 2024-W05, 2024W05, 2024-W05-3: weeks of ISO 8601. */
const YEAR_AND_WEEK = new RegExp(`^${YEAR}-?W(\\d{2})(?:-?([1-7]))?$`, 'i');

/** 2024年3月5日, 2024년 3월 5일, 令和6年3月5日, with a weekday in parentheses and a time, or without a day. */
const YEAR_MONTH_DAY =
  /^(?:(\d{4})|(明治|大正|昭和|平成|令和)(\d{1,2}|元)) ?[年년] ?(\d{1,2}) ?[月월](?: ?(\d{1,2}) ?[日号號일])?(?: ?[(（][^()（）]{1,4}[)）])?(?: ?(\d{1,2})(?::|時|时|시) ?(\d{2})(?:分|분)?(?:(?::| ?)(\d{2})(?:秒|초)?)?)?$/u;
/** 2024. 3. 5. */
const SPACED_DOTS = /^(\d{4})\. (\d{1,2})\. (\d{1,2})\.?$/;
/** The year before the first of each era of Japan. */
const YEAR_BEFORE_ERA: Readonly<Record<string, number>> = {
  明治: 1867,
  大正: 1911,
  昭和: 1925,
  平成: 1988,
  令和: 2018,
};

/** 5. März 2024, 5 de marzo de 2024, 1er mars 2024, Dienstag, 5. März 2024 14:30. */
const DAY_AND_MONTH_NAME =
  /^(?:\p{L}{2,13}\.?, ?)?(\d{1,2})(?:\.|er|º|°)?[ -]?(?:de )?(\p{L}{3,12})\.?,?[ -](?:de |del )?(\d{4})(?: ?г\.?)?(?:,? +(\d{1,2}:\d{2}(?::\d{2})?))?$/u;
/** März 2024, marzo de 2024; with the same groups, the day empty. */
const MONTH_NAME_AND_YEAR = /^()(\p{L}{3,12})\.?,?[ -](?:de |del )?((?:18|19|20|21)\d{2})$/u;

/**
 * Converts a date in the notation of many languages to ISO 8601 (2024-03-05, with a time if it has one); null if it is not
 * one. A quarter, a week and a month become their first day.
 *
 * @example isoDateFrom('2024-Q2') // => '2024-04-01'
 * @example isoDateFrom('5. März 2024') // => '2024-03-05'
 */
export function isoDateFrom(text: string): string | null {
  return quarterOf(text) ?? weekOf(text) ?? eastAsianDate(plainDigits(text)) ?? monthNameDate(text);
}

function quarterOf(text: string): string | null {
  const match = QUARTER.exec(text);
  return match === null ? null : `${match[1] ?? match[5]}-${pad(Number(match[2] ?? match[3] ?? match[4]) * 3 - 2)}-01`;
}

/** The Monday of a week, or the day of it; null for a week that the year does not have. */
function weekOf(text: string): string | null {
  const match = YEAR_AND_WEEK.exec(text);
  if (match === null) return null;
  const year = Number(match[1]);
  const week = Number(match[2]);
  // The fourth of January is in the first week.
  const fourth = daysSinceEpoch(year, 1, 4);
  const monday = fourth - weekdayOf(fourth) + 1 + (week - 1) * 7;
  // A week is of the year of its Thursday.
  if (week < 1 || yearOf(monday + 3) !== year) return null;
  const day = monday + Number(match[3] ?? 1) - 1;
  return new Date(day * MILLISECONDS_PER_DAY).toISOString().slice(0, 10);
}

function eastAsianDate(text: string): string | null {
  const spaced = SPACED_DOTS.exec(text);
  if (spaced !== null) return `${spaced[1]}-${spaced[2]}-${spaced[3]}`;
  const match = YEAR_MONTH_DAY.exec(text);
  if (match === null) return null;
  const [, full, era = '', ofEra, month = '', day = '1', hour, minute, second = '00'] = match;
  const year = full ?? String((YEAR_BEFORE_ERA[era] ?? 0) + (ofEra === '元' ? 1 : Number(ofEra)));
  const time = hour === undefined ? '' : ` ${hour}:${minute}:${second}`;
  return `${year}-${month}-${day}${time}`;
}

function monthNameDate(text: string): string | null {
  const [, day, name = '', year, time] = DAY_AND_MONTH_NAME.exec(text) ?? MONTH_NAME_AND_YEAR.exec(text) ?? [];
  const month = monthNumber(name);
  return month === null ? null : `${year}-${pad(month)}-${pad(Number(day || 1))}${time ? ` ${time}` : ''}`;
}

/** 1 to 12 for the name of a month, with or without its accents; null for any other word. */
function monthNumber(word: string): number | null {
  return MONTH_NAMES.get(word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '')) ?? null;
}

function pad(part: number): string {
  return String(part).padStart(2, '0');
}
