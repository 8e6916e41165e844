import type { NumberFormat } from '../../runtime/values/cells.ts';
import { numberFromText } from '../../runtime/values/number-text.ts';
import { isCodeName, isVersionName } from './column-names.ts';
import { type DressedNumber, undress } from './dressed-number.ts';
import { areNearlyAll, isMostOf } from './nearly-all.ts';
import { areTelephones, isGroupedNumber, LONGEST_NUMBER, losesDigits, numberFormatOf } from './number-format.ts';
import type { ReadLabels } from './read-labels.ts';

/** A label of some, and the lines at which the first of them stand. */
interface FoundLabel {
  readonly text: string;
  readonly lines: readonly number[];
}

/** What the cells of a column of labels are, looked at as numbers. */
export type NumberFinding =
  /** Numbers, one for each label: NaN for the few that spell none, infinite for those beyond the range of a double. */
  | { readonly outcome: 'READ'; readonly format: NumberFormat; readonly values: Float64Array }
  /** Digits that count nothing: codes with zeros before them (01234), or with an E among their digits (896359e3). */
  | { readonly outcome: 'LEADING_ZEROS' | 'EXPONENT_CODES'; readonly example: FoundLabel }
  /** Versions such as 1.10, which as a number were 1.1. */
  | { readonly outcome: 'VERSIONS'; readonly example: FoundLabel }
  /** Numbers of a form that is not read, such as 52°31′N. */
  | { readonly outcome: 'OTHER_FORM'; readonly example: FoundLabel }
  /** Numbers that are written in more than one way, or whose marks may mean more than one thing. `example`: one that was not read. */
  | { readonly outcome: 'UNSURE'; readonly example: FoundLabel }
  /** So many rows hold numbers, and others hold texts such as `example`. */
  | { readonly outcome: 'MIXED'; readonly rows: number; readonly example: FoundLabel }
  | { readonly outcome: 'NONE' };

const NONE: NumberFinding = { outcome: 'NONE' };

/** Where fewer are, nobody needs to be told that some labels are numbers. */
const WORTH_TELLING = 0.5;
/** Fewer different numbers than this beside texts are as well classes: 0, 1 and "unsure". */
const MIN_NUMBERS = 10;
/** Codes are believed from this share of the cells on: one 05 among a thousand numbers is a slip. */
const CODES_SHARE = 0.01;
/** Digits that are all the same with a unit behind them are classes as well: fewer different numbers stay as they are written. */
const MIN_DRESSED = 3;

/** More different things around numbers than this are no units. */
const MAX_UNITS = 6;

/** So many labels are tried before all are. */
const LABELS_TRIED = 1000;

/**
 * Looks at the labels of a column as a person would: where nearly all are numbers it is one of numbers, whatever the share of
 * distinct ones, and what stands around all of them (a currency, a unit, parentheses) belongs to its format. Columns named
 * as codes are (zip, phone) hold none.
 *
 * @param preferred the way of the file
 */
export function findNumbers(read: ReadLabels, preferred: NumberFormat, name: string): NumberFinding {
  const { labels, counts } = read;
  const present = sumOf(counts);
  if (labels.length === 0) return NONE;
  if (!mayBeNumbers(labels)) return findOtherNumbers(read, present);
  const dressed = labels.map(undress);
  const rows = sumOf(counts, (code) => dressed[code] !== null);
  if (rows < present * WORTH_TELLING) return findOtherNumbers(read, present);
  const codes = findCodes(dressed, read, rows);
  if (codes !== null) return codes;
  const versions = isVersionName(name) ? findVersions(read) : null;
  if (versions !== null) return versions;
  // What comes in groups of three may be a number after all.
  if (areTelephones(labels)) {
    return labels.every(isGroupedNumber) ? { outcome: 'UNSURE', example: foundLabel(read, labels) } : NONE;
  }
  // Nobody measures so finely: these are account numbers and ids.
  if (dressed.some((number, code) => number !== null && losesDigits(number.core ?? labels[code] ?? ''))) return NONE;
  const texts = labels.filter((_, code) => dressed[code] === null);
  const format = isCodeName(name) && texts.length > 0 ? null : formatOf(dressed, read, rows, preferred, name);
  const values = format === null ? null : numbersIn(labels, format);
  const unread = values === null ? texts : labels.filter((_, code) => Number.isNaN(values[code]));
  if (format !== null && values !== null) {
    const isRead = (code: number) => !Number.isNaN(values[code]);
    if (areNearlyAll(read, isRead, MIN_NUMBERS)) return { outcome: 'READ', format, values };
  }
  if (texts.length > 0) {
    const [, alike] = usualSigns(dressed, counts);
    // 1st, 2nd, 3rd and "ground" are no numbers among texts.
    return alike < present * WORTH_TELLING ? NONE : { outcome: 'MIXED', rows: alike, example: foundLabel(read, texts) };
  }
  // Words behind numbers, one here and another there, are not units: 7 November, 7590-VHVEG.
  if (new Set(dressed.map((number) => number && signsOf(number))).size > MAX_UNITS) return NONE;
  return { outcome: 'UNSURE', example: foundLabel(read, unread.length > 0 ? unread : labels) };
}

/** Whether some of the labels, taken evenly, are numbers with or without something around them. */
function mayBeNumbers(labels: readonly string[]): boolean {
  const step = Math.ceil(labels.length / LABELS_TRIED);
  for (let code = 0; code < labels.length; code += step) if (undress(labels[code] ?? '') !== null) return true;
  return false;
}

/** The way in which nearly all numbers among labels are written, whatever else the column holds; null where there is none. */
export function writtenFormat(read: ReadLabels, preferred: NumberFormat): NumberFormat | null {
  const { labels, counts } = read;
  const dressed = labels.map(undress);
  const rows = sumOf(counts, (code) => dressed[code] !== null);
  return rows === 0 ? null : formatOf(dressed, read, 0, preferred, '');
}

function numbersIn(labels: readonly string[], format: NumberFormat): Float64Array {
  return Float64Array.from(labels, (label) => {
    return label.length > LONGEST_NUMBER ? Number.NaN : numberFromText(label, format);
  });
}

function foundLabel({ labels, firstLines }: ReadLabels, found: readonly string[]): FoundLabel {
  const lineOf = new Map(labels.map((label, code) => [label, firstLines[code] ?? 0]));
  return { text: found[0] ?? '', lines: found.slice(0, 10).map((label) => lineOf.get(label) ?? 0) };
}

/** Versions among decimals: the digits behind their points are not of one number, and some end with a zero that counts. */
function findVersions(read: ReadLabels): NumberFinding | null {
  const { labels } = read;
  const lengths = new Set(labels.flatMap((label) => /^\d+\.(\d+)$/.exec(label)?.[1]?.length ?? []));
  const withZero = labels.filter((label) => /^\d+\.\d+0$/.test(label));
  if (lengths.size < 2 || withZero.length === 0) return null;
  return { outcome: 'VERSIONS', example: foundLabel(read, withZero) };
}

/** Numbers that are not read: 0x1F, 1h 20m, PT5M40S, 6'2", 3/4, <5 beside ~7, 1.5×10^3, 52°31′N. */
const OTHER_NUMBERS = [
  /^0x[\da-f]+$/i,
  /^(?:\d+ ?(?:d|days?|h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)\.?,? ?){1,4}$/i,
  /^P(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?$/,
  /^\d+ ?(?:'|ft\.?|feet) ?(?:\d+(?:\.\d+)? ?(?:"|''|in\.?|inches)?)?$/,
  /^(?:\d+ )?\d+\/\d+$/,
  /^[+-]?\d+(?:[.,]\d+)? ?[×x*·] ?10 ?(?:(?:\^|\*\*) ?[+-]?\d+|⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/u,
  /^(?:[NSEWO] ?)?[+-]?\d{1,3} ?[°º] ?\d{1,2}(?:[.,]\d+)? ?['′’](?: ?\d{1,2}(?:[.,]\d+)? ?(?:["″”]|''|′′))? ?[NSEWO]?$/u,
];

/** Bounds and estimates: <5, ≥ 2.5 mg, ~7. A few of them are classes, such as <=50K and >50K. */
const BOUNDED = /^(?:[<>≤≥~≈±]=?|ca\.?|approx\.?|about)? ?[+-]?\d[\d.,]*(?: ?[^\d\s]{1,8})?$/iu;

/** What one of these begins with. */
const MAY_BE_NUMBER = /^(?:[\dP<>≤≥~≈±+-]|[NSEWO] ?\d|ca\b|approx|about)/iu;

function findOtherNumbers(read: ReadLabels, present: number): NumberFinding {
  const { labels, counts } = read;
  // Nearly all columns of labels end here.
  if (!labels.slice(0, LABELS_TRIED).some((label) => MAY_BE_NUMBER.test(label))) return NONE;
  for (const form of labels.length < MIN_NUMBERS ? OTHER_NUMBERS : [...OTHER_NUMBERS, BOUNDED]) {
    const rows = sumOf(counts, (code) => form.test(labels[code] ?? ''));
    if (isMostOf(rows, present)) return { outcome: 'OTHER_FORM', example: foundLabel(read, labels) };
  }
  return NONE;
}

/** The codes among labels whose digits count nothing; null where they are quantities. */
function findCodes(dressed: readonly (DressedNumber | null)[], read: ReadLabels, rows: number): NumberFinding | null {
  const { labels, counts } = read;
  const labelsAt = (codes: readonly number[]) => codes.map((code) => labels[code] ?? '');
  const codesOf = (form: RegExp) =>
    dressed.flatMap((number, code) => {
      return number?.prefix === '' && form.test(number.core ?? labels[code] ?? '') ? [code] : [];
    });
  const zeros = codesOf(/^0\d+$/);
  const whole = codesOf(/^\d+$/);
  const lengths = new Set(labels.map((label) => label.length));
  const areOfOneLength = whole.length === labels.length && lengths.size === 1 && !lengths.has(2);
  const zeroRows = zeros.reduce((sum, code) => sum + (counts[code] as number), 0);
  if (zeros.length > 0 && (zeroRows >= rows * CODES_SHARE || areOfOneLength)) {
    return { outcome: 'LEADING_ZEROS', example: foundLabel(read, labelsAt(zeros)) };
  }
  const withLetter = codesOf(/^\d+[eEdD]\d+$/);
  const letterRows = withLetter.reduce((sum, code) => sum + (counts[code] as number), 0);
  if (letterRows >= 2 && letterRows >= rows * CODES_SHARE) {
    return { outcome: 'EXPONENT_CODES', example: foundLabel(read, labelsAt(withLetter)) };
  }
  return null;
}

/** The one way in which nearly all of so many rows of numbers are written; null where there is none. */
function formatOf(
  dressed: readonly (DressedNumber | null)[],
  { labels, counts }: ReadLabels,
  ofRows: number,
  preferred: NumberFormat,
  name: string,
): NumberFormat | null {
  const [usual, usualRows] = usualSigns(dressed, counts);
  if (!isMostOf(usualRows, ofRows)) return null;
  const numbers = dressed.filter((number) => number !== null && signsOf(number) === usual);
  const alike = labels.flatMap((label, code) => {
    const number = dressed[code] ?? null;
    return number === null || signsOf(number) !== usual ? [] : [number.core ?? label];
  });
  const cores = [...new Set(alike)];
  const { prefix = '', suffix = '' } = numbers[0] ?? {};
  const isDressed = prefix !== '' || suffix !== '';
  if (isDressed && cores.length < MIN_DRESSED) return null;
  const format = numberFormatOf(cores, preferred, name) ?? indianFormat(cores) ?? mostlyFormat(cores, preferred, name);
  if (format === null || cores.some(losesDigits)) return null;
  const inParentheses = numbers.filter((number) => number?.isInParentheses).length;
  // All of them in parentheses are no debts among assets.
  if (inParentheses > 0 && inParentheses === numbers.length) return null;
  return {
    ...format,
    ...(prefix === '' ? {} : { prefix }),
    ...(suffix === '' ? {} : { suffix }),
    ...(inParentheses === 0 ? {} : { parentheses: true as const }),
  };
}

/** What stands around most numbers, and around how many rows of them. */
function usualSigns(dressed: readonly (DressedNumber | null)[], counts: Float64Array): readonly [string, number] {
  const rowsBySigns = new Map<string, number>();
  dressed.forEach((number, code) => {
    if (number === null) return;
    const signs = signsOf(number);
    rowsBySigns.set(signs, (rowsBySigns.get(signs) ?? 0) + (counts[code] as number));
  });
  return [...rowsBySigns].reduce((most, entry) => (entry[1] > most[1] ? entry : most), ['', -1]);
}

function signsOf({ prefix, suffix }: DressedNumber): string {
  return `${prefix}\n${suffix}`;
}

/** 21,58,430 and 9,99,999.50: groups of two, but for the last. */
const INDIAN = /^-?[1-9]\d?(?:,\d{2})*,\d{3}(?:\.\d+)?$/;

function indianFormat(cores: readonly string[]): NumberFormat | null {
  if (!cores.some((core) => INDIAN.test(core) && /,\d{2},/.test(core))) return null;
  const areAll = cores.every((core) => INDIAN.test(core) || /^-?\d+(?:\.\d+)?$/.test(core));
  return areAll ? { decimal: '.', thousands: ',', grouping: 'INDIAN' } : null;
}

/** The format of those cores that are numbers in it, where nearly all are: a slip such as 12.3.4 does not count. */
function mostlyFormat(cores: readonly string[], preferred: NumberFormat, name: string): NumberFormat | null {
  const plain = cores.filter((core) =>
    /^-?(?:\d+|\d*[.,]\d+|\d{1,3}(?:([,. '\u00a0\u202f’_])\d{3})+(?:[.,]\d+)?)(?:[eE][+-]?\d+)?$/.test(core),
  );
  if (!isMostOf(plain.length, cores.length) || plain.length === cores.length) return null;
  return numberFormatOf(plain, preferred, name);
}

/** The rows of the labels that a test chooses. */
function sumOf(counts: Float64Array, isOne: (code: number) => boolean = () => true): number {
  return counts.reduce((sum, count, code) => sum + (isOne(code) ? count : 0), 0);
}
