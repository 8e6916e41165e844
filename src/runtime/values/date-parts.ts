import { daysSinceEpoch, MILLISECONDS_PER_DAY, monthOf, weekdayOf, yearOf } from './civil-calendar.ts';

/**
 * What a model reads of a date, in UTC: the timestamp itself as milliseconds since 1970, the year, the month (1 to 12), the
 * weekday (1 is Monday, 7 Sunday), the hour of the day (0 to 23), the day of the year (1 to 366) and of the month (1 to 31).
 */
const READERS = {
  ORDINAL: (timestamp: number) => timestamp,
  YEAR: (timestamp: number) => yearOf(dayOf(timestamp)),
  MONTH: (timestamp: number) => monthOf(dayOf(timestamp)),
  WEEKDAY: (timestamp: number) => weekdayOf(dayOf(timestamp)),
  HOUR: (timestamp: number) =>
    Math.floor((timestamp - dayOf(timestamp) * MILLISECONDS_PER_DAY) / MILLISECONDS_PER_HOUR),
  DAY_OF_YEAR: (timestamp: number) => dayFrom(timestamp, () => 1),
  DAY_OF_MONTH: (timestamp: number) => dayFrom(timestamp, monthOf),
};

export type DatePart = keyof typeof READERS;

export const DATE_PARTS = Object.keys(READERS) as readonly DatePart[];

/** The parts that model files before version 5 have. */
export const FIRST_PARTS = DATE_PARTS.slice(0, 5);

/** What a model reads of two dates: how many days the first is after the second, with a fraction; negative where it is before. */
export const DAYS_SINCE = 'DAYS_SINCE';

/** The parts that come round again: their first value, and how many there are. */
const CYCLES: Partial<Record<DatePart | typeof DAYS_SINCE, { readonly first: number; readonly count: number }>> = {
  MONTH: { first: 1, count: 12 },
  WEEKDAY: { first: 1, count: 7 },
  HOUR: { first: 0, count: 24 },
  DAY_OF_MONTH: { first: 1, count: 31 },
};

/** The values of a part that LINEAR tells apart one by one; null for a part that is read as a number. */
export function cycleOf(part: DatePart | typeof DAYS_SINCE): { readonly first: number; readonly count: number } | null {
  return CYCLES[part] ?? null;
}

/** Moments of the years -9999 to 9999 are dates. Beyond, a number is a mistake, such as seconds taken a thousand times. */
export const EARLIEST = daysSinceEpoch(-9999, 1, 1) * MILLISECONDS_PER_DAY;
export const END = daysSinceEpoch(10_000, 1, 1) * MILLISECONDS_PER_DAY;

const MILLISECONDS_PER_HOUR = 3_600_000;

/**
 * Reads a part of a timestamp in milliseconds since 1970 in UTC, which may be negative or have a fraction. NaN where the
 * timestamp is NaN or not in the years -9999 to 9999.
 *
 * @example datePart('WEEKDAY')(0) // => 4, a Thursday
 */
export function datePart(part: DatePart): (timestamp: number) => number {
  const read: (timestamp: number) => number = READERS[part];
  return (timestamp) => (timestamp >= EARLIEST && timestamp < END ? read(timestamp) : Number.NaN);
}

/** The number of a day, counted from the first one of a month of its year. */
function dayFrom(timestamp: number, month: (days: number) => number): number {
  const day = dayOf(timestamp);
  return day - daysSinceEpoch(yearOf(day), month(day), 1) + 1;
}

function dayOf(timestamp: number): number {
  return Math.floor(timestamp / MILLISECONDS_PER_DAY);
}
