import { hourOf, type NumberFormat, POINT_NUMBERS, parseNumber } from './cells.ts';
import { plainDigits, unwrapExcelText } from './plain-text.ts';

/**
 * The number that a cell spells, or NaN where it spells none, as people and programs write numbers:
 *
 * - as parseNumber, with any Unicode minus, the digits of any script, invisible spaces around it, in ="6.52" or after an
 *   apostrophe, as spreadsheets keep text;
 * - with its sign behind it (50.00-), as accounting software writes it; with an exponent of Fortran (1.5D+03);
 * - with the prefix, the suffix, the parentheses of `format`, or without them;
 * - durations in seconds, where `format` says that they are such.
 *
 * @example numberFromText('($1,234.50)', { decimal: '.', thousands: ',', prefix: '$', parentheses: true }) // => -1234.5
 */
export function numberFromText(text: string, format: NumberFormat = POINT_NUMBERS): number {
  const value = parseNumber(text, format);
  // Nearly all texts end here.
  if (!Number.isNaN(value)) return value;
  const plain = plainDigits(unwrapExcelText(text));
  const { thousands } = format;
  return plainNumber(plain, /^\s$/.test(thousands) ? { ...format, thousands: ' ' } : format);
}

/** The number of a text of ASCII digits and plain spaces. */
function plainNumber(plain: string, format: NumberFormat): number {
  if (format.duration !== undefined) {
    const seconds = secondsOf(plain, format.duration);
    if (!Number.isNaN(seconds)) return seconds;
  }
  return signedNumber(plain.replace(/^'(?=\S)/, ''), format);
}

function signedNumber(text: string, format: NumberFormat): number {
  if (format.parentheses && text.startsWith('(') && text.endsWith(')')) {
    // A sign within, too, would leave open which counts.
    const inner = text.slice(1, -1).trim();
    return /^[+-]/.test(inner) ? Number.NaN : -barNumber(inner, format);
  }
  return barNumber(text, format);
}

/** A number with what stands around it, and its sign before, between or behind. */
function barNumber(text: string, format: NumberFormat): number {
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  let rest = text.slice(sign.length).trimStart();
  const { prefix = '', suffix = '' } = format;
  if (prefix !== '' && rest.startsWith(prefix)) rest = rest.slice(prefix.length).trimStart();
  if (suffix !== '' && rest.endsWith(suffix)) rest = rest.slice(0, -suffix.length).trimEnd();
  if (rest.endsWith('-') && sign === '' && !/^[+-]/.test(rest)) {
    return -parseNumber(withPlainExponent(rest.slice(0, -1)), format);
  }
  if (sign !== '' && /^[+-]/.test(rest)) return Number.NaN;
  return parseNumber(`${sign}${withPlainExponent(rest)}`, format);
}

/** 1.5D+03, a double of Fortran, as 1.5e+03. It has a fraction or a sign: 12D3 may be a code. */
export function withPlainExponent(text: string): string {
  return text.replace(/^([+-]?(?:\d*[.,]\d*(?=[dD][+-]?\d)|\d+(?=[dD][+-])))[dD]([+-]?\d{1,4})$/, '$1e$2');
}

const CLOCK =
  /^([+-]?)(?:(\d{1,6}) days?,? )?(\d{1,6}):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,9}))?)?(?: ?([AaPp])\.?[Mm]\.?)?$/;

/** The seconds of 1:23:45, 05:40, 2 days 03:04:05 or 5:40 PM; NaN for any other text. */
export function secondsOf(text: string, twoParts: 'HOURS' | 'MINUTES'): number {
  const match = CLOCK.exec(text);
  if (match === null) return Number.NaN;
  const [, sign, days, first, second, third, fraction, half] = match;
  const isLong = third !== undefined || days !== undefined || half !== undefined || twoParts === 'HOURS';
  const hours = isLong ? hourOf(Number(first), half) : 0;
  const minutes = isLong ? Number(second) : Number(first);
  const seconds = third === undefined ? (isLong ? 0 : Number(second)) : Number(third);
  const all = ((Number(days ?? 0) * 24 + hours) * 60 + minutes) * 60 + seconds + Number(`0.${fraction ?? 0}`);
  return sign === '-' ? -all : all;
}
