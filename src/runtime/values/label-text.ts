import { BEYOND_ASCII, trimInvisible, unwrapExcelText, WIDE_SPACES } from './plain-text.ts';

/** More marks on one letter than any language writes: the bound of Unicode's Stream-Safe Text Format (UAX #15). */
const MANY_MARKS = /(?<!\p{M})\p{M}{31}/u;

/**
 * The canonical form of visually identical spellings of a label: composed (NFC), without zero-width characters and
 * surrounding spaces, with plain spaces, and without the ="…" of spreadsheets. Texts with more than 30 marks in a row are not
 * composed: bringing n of them into canonical order takes up to n² steps, which for a cell of 1 MB are minutes.
 */
export function canonicalLabel(text: string): string {
  const unwrapped = trimInvisible(unwrapExcelText(text));
  if (!BEYOND_ASCII.test(unwrapped)) return unwrapped;
  return (MANY_MARKS.test(unwrapped) ? unwrapped : unwrapped.normalize())
    .replace(/[\u200b\u2060\ufeff]/g, '')
    .replace(WIDE_SPACES, ' ');
}

/** 1.0 or +1 as 1: the whole number that a label spells, as String writes it; null where it spells none, or has leading zeros. */
export function wholeNumberLabel(text: string): string | null {
  const match = /^\+?(-?(?:0|[1-9]\d{0,14}))(?:\.0*)?$/.exec(text);
  return match === null ? null : String(Number(match[1]));
}
