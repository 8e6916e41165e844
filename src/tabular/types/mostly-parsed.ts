import type { ReadLabels } from './read-labels.ts';

/**
 * Minimum share of parsed cells for a column to be one of numbers, durations or dates; the others become missing, with a
 * warning.
 */
const MIN_SHARE = 0.9;
/** More different texts than this are not slips but codes, such as V27 among 401 and 250.83. */
const MAX_TEXTS = 20;
/** With other texts in the column, fewer different values than this may as well be labels. */
const MIN_VALUES = 3;

/** Words for "no value" in columns of numbers and dates. */
const NULL_WORDS = new Set([
  ...['unknown', 'unk', 'n.a.', 'n.d.', 'nd', 'none', 'missing', 'not available', 'not applicable', 'not known'],
  ...['no data', 'null', 'na', 'n/a', 'nan', 'tbd', 'tba', 'pending', 'error', 'invalid', 'blank', 'empty'],
  ...['undefined', 'void', 'x'],
]);

/** Values below or above the range of an instrument: <1.0, > 200, ≤5. */
const CENSORED = /^(?:[<>≤≥]|<=|>=) ?[+-]?[\d.,]+(?: ?[^\d\s]{1,8})?$/u;

/**
 * Whether the parsed labels make the column one of their kind: they are at least 90 % of its cells, and the others are words
 * for "no value" or few different texts.
 *
 * @param isParsed whether the label of a code was parsed
 * @param minBesideTexts the minimum of different values if there are other texts
 */
export function areMostlyParsed(
  { labels, counts }: ReadLabels,
  isParsed: (code: number) => boolean,
  minBesideTexts: number,
): boolean {
  let present = 0;
  let rows = 0;
  let values = 0;
  let texts = 0;
  let nullWords = 0;
  labels.forEach((label, code) => {
    const count = counts[code]!;
    present += count;
    if (isParsed(code)) {
      rows += count;
      values++;
    } else if (isNullWord(label)) nullWords++;
    else texts++;
  });
  if (values === 0 || rows < present * MIN_SHARE) return false;
  if (texts + nullWords === 0) return true;
  return values >= MIN_VALUES && (texts === 0 || (texts <= MAX_TEXTS && values >= minBesideTexts));
}

/** Whether this many of the present rows are nearly all. */
export function isParsedMajority(rows: number, present: number): boolean {
  return rows >= present * MIN_SHARE;
}

function isNullWord(text: string): boolean {
  return CENSORED.test(text) || NULL_WORDS.has(text.toLowerCase());
}
