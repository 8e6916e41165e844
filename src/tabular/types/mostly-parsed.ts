import type { ReadLabels } from './read-labels.ts';

/** A column is one of numbers, durations or dates where at least so many of its cells are; the others become missing, with a warning. */
const MIN_SHARE = 0.9;
/** More different texts than this among them are no slips but codes of another sort, such as V27 among 401 and 250.83. */
const MAX_TEXTS = 20;
/** Beside anything else, fewer different values than this are as well labels. */
const MIN_VALUES = 3;

/** Words that people write for "no value" into columns of numbers and dates. */
const NULL_WORDS = new Set([
  ...['unknown', 'unk', 'n.a.', 'n.d.', 'nd', 'none', 'missing', 'not available', 'not applicable', 'not known'],
  ...['no data', 'null', 'na', 'n/a', 'nan', 'tbd', 'tba', 'pending', 'error', 'invalid', 'blank', 'empty'],
  ...['undefined', 'void', 'x'],
]);

/** Below or above what an instrument measures: <1.0, > 200, ≤5. */
const CENSORED = /^(?:[<>≤≥]|<=|>=) ?[+-]?[\d.,]+(?: ?[^\d\s]{1,8})?$/u;

/**
 * Whether the labels that were read as values of a kind make the column one of that kind: they stand in at least 90 % of its
 * cells, and the others say nothing but "no value" or are few different texts.
 *
 * @param isParsed whether the label of a code was read
 * @param minBesideTexts the different values that have to stand beside other texts
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
    const count = counts[code] as number;
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

/** Whether so many rows are as good as all of them. */
export function isParsedMajority(rows: number, present: number): boolean {
  return rows >= present * MIN_SHARE;
}

function isNullWord(text: string): boolean {
  return CENSORED.test(text) || NULL_WORDS.has(text.toLowerCase());
}
