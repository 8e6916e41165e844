import { trimBy } from './cells.ts';

/**
 * Texts that look the same, made the same: digits of other scripts, other minus signs, spaces that cannot be seen.
 */

/** Where the ten digits of a script begin, from 0 on: full-width, Arabic-Indic, Persian, Devanagari, Bengali, Thai. */
const FIRST_DIGITS = [0xff10, 0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50];

/** U+2212 minus, hyphens and dashes that stand before a number as its sign, small and full-width ones. */
const MINUS_SIGNS = /^[\u2010-\u2013\u2212\ufe63\uff0d]/;

/** A space of any width, or a character of no width. */
const INVISIBLE = /[\s\u200b-\u200f\u2060]/;

export const BEYOND_ASCII = /[\u0080-\u{10ffff}]/u;

/** Spaces of other widths than that of ASCII. */
export const WIDE_SPACES = /[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g;

/** Excel's way to keep a cell from being read: ="00041". */
const KEPT_BY_EXCEL = /^="((?:[^"]|"")*)"$/;

/** The text without spaces around it, whether they can be seen or not. */
export function trimInvisible(text: string): string {
  return trimBy(text, (code) => INVISIBLE.test(String.fromCharCode(code)));
}

/** The content of a cell such as ="00041", which spreadsheets write to keep text as it is; other texts as they are. */
export function unwrapExcelText(text: string): string {
  if (!text.startsWith('="')) return text;
  const match = KEPT_BY_EXCEL.exec(text);
  return match === null ? text : (match[1] ?? '').replaceAll('""', '"');
}

/** A text that may be a number, with ASCII digits and signs, and without spaces around it. */
export function plainDigits(text: string): string {
  const trimmed = trimInvisible(text);
  if (!BEYOND_ASCII.test(trimmed)) return trimmed;
  let plain = '';
  for (const character of trimmed) plain += asciiDigit(character);
  return plain
    .replace(WIDE_SPACES, ' ')
    .replace(MINUS_SIGNS, '-')
    .replace(/[\u2212\uff0d]$/, '-')
    .replace('\uff0e', '.')
    .replace('\uff0c', ',')
    .replace('\uff0b', '+');
}

function asciiDigit(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const first = code < 0x0660 ? undefined : FIRST_DIGITS.find((zero) => code >= zero && code < zero + 10);
  return first === undefined ? character : String(code - first);
}
