import { daysSinceEpoch, MILLISECONDS_PER_DAY, monthOf, weekdayOf, yearOf } from './civil-calendar.ts';

/**
 * What a model reads of a date, in UTC: the timestamp itself as milliseconds since 1970, the year, the month (1 to 12), the
 * weekday (1 is Monday, 7 Sunday), the hour of the day (0 to 23).
 */
export const DATE_PARTS = ['ORDINAL', 'YEAR', 'MONTH', 'WEEKDAY', 'HOUR'] as const;

export type DatePart = (typeof DATE_PARTS)[number];

/** The parts that come round again: their first value, and how many there are. */
const CYCLES = {
  MONTH: { first: 1, count: 12 },
  WEEKDAY: { first: 1, count: 7 },
  HOUR: { first: 0, count: 24 },
} as const;

/** How many values a part has, first to last, or null for one without an end. */
export function cycleOf(part: DatePart): { readonly first: number; readonly count: number } | null {
  return part === 'ORDINAL' || part === 'YEAR' ? null : CYCLES[part];
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
  const read = partOfDate(part);
  return (timestamp) => (timestamp >= EARLIEST && timestamp < END ? read(timestamp) : Number.NaN);
}

function partOfDate(part: DatePart): (timestamp: number) => number {
  switch (part) {
    case 'ORDINAL':
      return (timestamp) => timestamp;
    case 'YEAR':
      return (timestamp) => yearOf(dayOf(timestamp));
    case 'MONTH':
      return (timestamp) => monthOf(dayOf(timestamp));
    case 'WEEKDAY':
      return (timestamp) => weekdayOf(dayOf(timestamp));
    case 'HOUR':
      return (timestamp) => Math.floor((timestamp - dayOf(timestamp) * MILLISECONDS_PER_DAY) / MILLISECONDS_PER_HOUR);
  }
}

function dayOf(timestamp: number): number {
  return Math.floor(timestamp / MILLISECONDS_PER_DAY);
}
