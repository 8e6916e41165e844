const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const PERCENT = 37;
const APOSTROPHE = 39;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const EQUALS = 61;
const AT = 64;

/** What makes a formula of a cell harmless: spreadsheets show what follows as text. */
export const HARMLESS_MARK = APOSTROPHE;

/**
 * Whether a spreadsheet would run a cell as a formula: it begins with one of = + - @, a tab, a carriage return or a line feed
 * (see OWASP, CSV injection), and is neither a number nor made of signs alone, as "-" for a missing value is.
 */
export function isFormulaCell(bytes: Uint8Array, start: number, end: number): boolean {
  if (start >= end) return false;
  const first = bytes[start]!;
  // Nearly all cells begin otherwise.
  if (first > AT || (first > MINUS && first < EQUALS) || (first > CARRIAGE_RETURN && first < PLUS)) return false;
  if (first === PLUS || first === MINUS) return !isSigned(bytes, start, end);
  return first === EQUALS || first === AT || first === TAB || first === CARRIAGE_RETURN || first === LINE_FEED;
}

/** Whether the text is a sign before a number, with marks between its digits, or nothing but minus signs. */
function isSigned(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start + 1;
  let digits = 0;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= ZERO && byte <= NINE) digits++;
    else if (byte !== POINT && byte !== COMMA && byte !== SPACE && byte !== APOSTROPHE) break;
  }
  if (digits === 0) return bytes[start] === MINUS && bytes.subarray(start, end).every((byte) => byte === MINUS);
  if (at < end && bytes[at] === PERCENT) at++;
  else if (at + 1 < end && (bytes[at]! | SPACE) === 0x65) {
    at++;
    if (bytes[at] === PLUS || bytes[at] === MINUS) at++;
    const exponent = at;
    while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
    if (at === exponent) return false;
  }
  return at === end;
}
