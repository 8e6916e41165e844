import { MILLISECONDS_PER_DAY } from '../../runtime/values/civil-calendar.ts';
import type { ColumnProfile } from '../profile/profile.ts';
import { isDateName } from '../types/column-names.ts';
import type { ParsedNumbers, TypedColumn } from '../types/infer-column-kind.ts';
import type { Labels } from '../types/labels.ts';
import { isParsedMajority } from '../types/mostly-parsed.ts';
import { counted, type DatasetIssue, issue, quoted } from './issues.ts';

/** As many lines as an issue names. */
const LINES_NAMED = 10;
/** Days as spreadsheets count them, from 1899-12-30 on: those of the years 1970 to 2099. */
const FIRST_SERIAL = 25_569;
const LAST_SERIAL = 73_050;
/** Seconds since 1970 of the years 1980 to 2099, where they are not all of ten digits. */
const FIRST_SECOND = 315_532_800;
const LAST_SECOND = 4_102_444_800;

/** Days that databases and calendars write for "no date": their first or last ones. */
const SENTINEL_DAYS = [
  '0001-01-01',
  '1753-01-01',
  '1899-12-30',
  '1899-12-31',
  '1900-01-01',
  '1970-01-01',
  '2099-12-31',
  '2999-12-31',
  '9999-12-31',
];
/** Minimum occurrences: once or twice may be a slip. */
const MIN_SENTINELS = 3;

/** Labels that are examined. */
const SAMPLED_LABELS = 1000;
/** Maximum number of different month names in a column: in full and abbreviated. */
const MAX_MONTHS = 24;

/** 5 mart 2024: a day, a word that may be a month, a year. */
const DAY_WORD_YEAR =
  /^(?:\p{L}{2,13}\.?,? )?\d{1,2}\.?[ -](?:\p{L}{1,3} )?(\p{L}{3,13})\.?,?[ -](?:\p{L}{1,3} )?\d{4}(?!\d)/u;
/** Weeks, halves and terms of years, and years of other calendars. */
const OTHER_DATES = [
  /^(?:wk|week|kw|h|s|sem)\.? ?\d{1,2}[ /-](?:19|20)\d{2}$/i,
  /^(?:19|20)\d{2}[ /-]?(?:wk|week|kw|h|s|sem)\.? ?\d{1,2}$/i,
  /^[MTSHR]\d{1,2}[./]\d{1,2}[./]\d{1,2}$/,
  /\d{1,4} ?年 ?\d{1,2} ?月/,
];

/** The issue of a column that seems to contain dates but was read as numbers or labels; null for none. */
export function dateIssue({ name, kind, content }: TypedColumn, profile: ColumnProfile): DatasetIssue | null {
  const column = `Column ${quoted(name)}`;
  if (kind === 'NUMERIC') {
    const what = serialDateUnit(name, profile);
    if (what === null) return null;
    const message = `${column} is named like a date and may count ${what}; it was read as numbers.`;
    return issue('COLUMN_LOOKS_DATED', message, { column: name, hint: 'If it does, write dates, such as 2024-04-03.' });
  }
  if (kind === 'DATETIME' && content?.storage === 'number') return sentinelDateIssue(name, content);
  if (content?.storage !== 'label' || !areUnparsedDates(content.labels)) return null;
  const message = `${column} seems to hold dates in a form that cannot be read, such as ${quoted(content.labels.at(0) ?? '')}; they are labels.`;
  const hint = 'Write them as 2024-04-03.';
  return issue('COLUMN_LOOKS_DATED', message, {
    column: name,
    lines: [...content.firstLines.subarray(0, LINES_NAMED)],
    hint,
  });
}

/** A sentinel date that is further from all others than these are from each other; null for none. */
function sentinelDateIssue(name: string, { numbers, counts }: ParsedNumbers): DatasetIssue | null {
  for (const day of SENTINEL_DAYS) {
    const from = Date.parse(day);
    let rows = 0;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    numbers.forEach((timestamp, code) => {
      if (timestamp >= from && timestamp < from + MILLISECONDS_PER_DAY) rows += counts[code]!;
      else if (!Number.isNaN(timestamp)) {
        low = Math.min(low, timestamp);
        high = Math.max(high, timestamp);
      }
    });
    const gap = low > from ? low - from : from - high;
    if (rows < MIN_SENTINELS || low > high || gap <= high - low) continue;
    const message = `Column ${quoted(name)} has ${day} in ${counted(rows, 'row')}, far from all its other dates.`;
    const hint = 'If it stands for "no value", add it, as it is written in the file, to csv.missingTokens.';
    return issue('COLUMN_SENTINEL', message, { column: name, hint });
  }
  return null;
}

function serialDateUnit(name: string, { numeric }: ColumnProfile): string | null {
  if (numeric === null || !isDateName(name)) return null;
  const { min, max } = numeric;
  if (min >= FIRST_SERIAL && max <= LAST_SERIAL) return 'days from 1899-12-30 on, as spreadsheets do';
  return min >= FIRST_SECOND && max < LAST_SECOND ? 'seconds since 1970' : null;
}

/** Whether nearly all labels are dates in a format that is not supported. */
function areUnparsedDates(labels: Labels): boolean {
  const sampled = labels.slice(0, SAMPLED_LABELS);
  const words = sampled.flatMap((label) => DAY_WORD_YEAR.exec(label)?.[1]?.toLowerCase() ?? []);
  if (sampled.length > 1 && isParsedMajority(words.length, sampled.length)) return new Set(words).size <= MAX_MONTHS;
  const others = sampled.filter((label) => OTHER_DATES.some((form) => form.test(label)));
  return sampled.length > 1 && isParsedMajority(others.length, sampled.length);
}
