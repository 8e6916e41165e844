/**
 * Days since 1970-01-01 to dates of the Gregorian calendar and back, for the years -9999 to 9999, and without Date objects, which
 * take twice as long for the parts of a date. Those are counted in eras of 400 years that begin on March 1, so that the leap day is
 * the last of its year (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).
 */

export const MILLISECONDS_PER_DAY = 86_400_000;

const DAYS_PER_ERA = 146_097;
/** So many that no year is below 100. */
const ERAS_LATER = 30;
/** From 0000-03-01, where an era begins, to 1970-01-01. */
const DAYS_BEFORE_1970 = 719_468;

/** Days from 1970-01-01 to a date; `month` is 1 to 12, year 0 is 1 BC. */
export function daysSinceEpoch(year: number, month: number, day: number): number {
  // Date.UTC takes the years 0 to 99 for those of the 20th century; after some eras the calendar is the same again.
  return Date.UTC(year + 400 * ERAS_LATER, month - 1, day) / MILLISECONDS_PER_DAY - DAYS_PER_ERA * ERAS_LATER;
}

/** The year in which a day lies; `days` is a whole number. */
export function yearOf(days: number): number {
  return Math.floor(monthsUntil(days) / 12);
}

/** The month in which a day lies, 1 to 12. */
export function monthOf(days: number): number {
  const months = monthsUntil(days);
  return months - Math.floor(months / 12) * 12 + 1;
}

/** The weekday of a day as in ISO 8601: 1 is Monday, 7 Sunday. */
export function weekdayOf(days: number): number {
  // 1970-01-01 was a Thursday.
  const fromMonday = (days + 3) % 7;
  return (fromMonday < 0 ? fromMonday + 7 : fromMonday) + 1;
}

/** The months from January of the year 0 to the month in which a day lies. */
function monthsUntil(days: number): number {
  const shifted = days + DAYS_BEFORE_1970;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  // Without the leap days before it, a day of the era is one of 400 years of 365 days.
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const year = Math.floor((dayOfEra - leapDays) / 365);
  const dayFromMarch = dayOfEra - 365 * year - Math.floor(year / 4) + Math.floor(year / 100);
  // From March on, five months have 153 days.
  return (era * 400 + year) * 12 + Math.floor((5 * dayFromMarch + 2) / 153) + 2;
}
