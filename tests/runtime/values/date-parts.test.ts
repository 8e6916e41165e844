import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { daysSinceEpoch, MILLISECONDS_PER_DAY } from '../../../src/runtime/values/civil-calendar.ts';
import { DATE_PARTS, type DatePart, datePart } from '../../../src/runtime/values/date-parts.ts';

/** Years that Date.UTC takes as they are. */
function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

const EARLIEST = utc(-9999, 1, 1);
const END = utc(10_000, 1, 1);

function partsOf(timestamp: number): Record<DatePart, number> {
  const parts = DATE_PARTS.map((part) => [part, datePart(part)(timestamp)] as const);
  return Object.fromEntries(parts) as Record<DatePart, number>;
}

function partsByDate(timestamp: number): Record<DatePart, number> {
  const date = new Date(Math.floor(timestamp));
  return {
    ORDINAL: timestamp,
    YEAR: date.getUTCFullYear(),
    MONTH: date.getUTCMonth() + 1,
    WEEKDAY: date.getUTCDay() === 0 ? 7 : date.getUTCDay(),
    HOUR: date.getUTCHours(),
    DAY_OF_YEAR: (date.setUTCHours(0, 0, 0, 0) - utc(date.getUTCFullYear(), 1, 1)) / MILLISECONDS_PER_DAY + 1,
    DAY_OF_MONTH: date.getUTCDate(),
  };
}

describe('the parts of a date', () => {
  test('are those of Date, from the year -9999 to 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: EARLIEST, max: END - 1 }), (timestamp) => {
        expect(partsOf(timestamp)).toEqual(partsByDate(timestamp));
      }),
      { numRuns: 5000 },
    );
  });

  test('are those of Date around the ends of days, months, years and eras', () => {
    for (const year of [
      -9999, -401, -400, -1, 0, 1, 99, 100, 1600, 1899, 1900, 1969, 1970, 2000, 2023, 2024, 2100, 9999,
    ]) {
      for (const [month, day] of [
        [1, 1],
        [2, 28],
        [2, 29],
        [3, 1],
        [6, 30],
        [12, 31],
      ] as const) {
        const midnight = utc(year, month, day);
        const timestamps = [-1, -0.25, 0, 0.25, 1, 3_600_000 - 1, 3_600_000, MILLISECONDS_PER_DAY - 0.5]
          .map((offset) => midnight + offset)
          .filter((timestamp) => timestamp >= EARLIEST && timestamp < END);
        expect(timestamps.map(partsOf)).toEqual(timestamps.map(partsByDate));
      }
    }
  });

  test('are missing where there is no date', () => {
    for (const timestamp of [Number.NaN, EARLIEST - 1, END, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
      expect(Object.values(partsOf(timestamp)).every(Number.isNaN)).toBe(true);
    }
  });
});

test('days since 1970 are those of Date', () => {
  fc.assert(
    fc.property(fc.integer({ min: EARLIEST, max: END - 1 }), (timestamp) => {
      const date = new Date(timestamp);
      const days = daysSinceEpoch(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
      expect(days).toBe(Math.floor(timestamp / MILLISECONDS_PER_DAY));
    }),
  );
});
