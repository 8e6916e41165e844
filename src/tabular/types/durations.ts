import { type NumberFormat, POINT_NUMBERS } from '../../runtime/values/cells.ts';
import { secondsOf } from '../../runtime/values/number-text.ts';
import { numbersOfLabels } from './labels.ts';
import { areMostlyParsed } from './mostly-parsed.ts';
import type { ReadLabels } from './read-labels.ts';

/** Hours of a day: a larger first part of two is minutes. */
const HOURS_OF_DAY = 24;

/** The seconds that labels spell, and how; NaN for a label that spells none. */
export interface Durations {
  readonly values: Float64Array;
  readonly format: NumberFormat;
}

/**
 * Labels such as 1:23:45, 05:40 and 2 days 03:04:05, or times of day, as seconds; null where they are none. What the two
 * parts of 05:40 are, others tell: beside 1:23:45 they are minutes and seconds, as where the first part is 24 or more. Alone
 * they are hours and minutes.
 */
export function findDurations(read: ReadLabels): Durations | null {
  const { labels } = read;
  const first = labels.find((label) => !Number.isNaN(secondsOf(label, 'HOURS')));
  if (first === undefined) return null;
  const twoParts = labels.filter((label) => /^[+-]?\d+:\d\d$/.test(label));
  const hasThreeParts = labels.some((label) => /^[+-]?\d+:\d\d:\d\d/.test(label));
  const areMinutes = hasThreeParts || twoParts.some((label) => Number(label.split(':')[0]) >= HOURS_OF_DAY);
  const duration = areMinutes ? 'MINUTES' : 'HOURS';
  const values = numbersOfLabels(labels, (label) => secondsOf(label, duration));
  if (!areMostlyParsed(read, (code) => !Number.isNaN(values[code]), 0)) return null;
  return { values, format: { ...POINT_NUMBERS, duration } };
}
