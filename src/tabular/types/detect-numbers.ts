import type { NumberFormat } from '../../runtime/values/cells.ts';
import { numberFromText } from '../../runtime/values/number-text.ts';
import { type AffixedNumber, stripAffixes } from './affixed-number.ts';
import { isCodeName, isVersionName } from './column-names.ts';
import { type Labels, numbersOfLabels } from './labels.ts';
import { areMostlyParsed, isParsedMajority } from './mostly-parsed.ts';
import { areTelephones, isGroupedNumber, LONGEST_NUMBER, losesDigits, numberFormatOf } from './number-format.ts';
import type { ReadLabels } from './read-labels.ts';

/** A label of some, and the lines at which the first of them stand. */
interface FoundLabel {
  readonly text: string;
  readonly lines: readonly number[];
}

/** Whether the cells of a label column are numbers. */
export type NumberDetection =
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
  /** This many rows contain numbers, and others texts such as `example`. */
  | { readonly outcome: 'MIXED'; readonly rows: number; readonly example: FoundLabel }
  | { readonly outcome: 'NONE' };

const NONE: NumberDetection = { outcome: 'NONE' };

/** With fewer numbers among labels, there is no issue. */
const MIN_REPORTED_FRACTION = 0.5;
/** Fewer different numbers than this beside texts are as well classes: 0, 1 and "unsure". */
const MIN_NUMBERS = 10;
/** Codes are believed from this share of the cells on: one 05 among a thousand numbers is a typo. */
const CODES_FRACTION = 0.01;
/** Digits that are all the same with a unit behind them are classes as well: fewer different numbers stay as they are written. */
const MIN_AFFIXED = 3;

/** As many labels as an issue points at. */
const LABELS_NAMED = 10;

/** More different things around numbers than this are no units. */
const MAX_UNITS = 6;

/** Labels that are tried before all of them are. */
const SAMPLED_LABELS = 1000;

/**
 * Detects whether a column of labels is numeric: it is where nearly all labels are numbers, whatever the share of
 * distinct ones, and what stands around all of them (a currency, a unit, parentheses) belongs to its format. Columns named
 * like codes (zip, phone) are not.
 *
 * @param preferred the way of the file
 */
export function detectNumbers(read: ReadLabels, preferred: NumberFormat, name: string): NumberDetection {
  const { labels, counts } = read;
  const present = sumOf(counts);
  if (labels.length === 0) return NONE;
  if (!mayBeNumbers(labels)) return detectOtherNumbers(read, present);
  const whole = readWholeNumbers(labels, preferred);
  if (whole !== null) return whole;
  const affixed = labels.map(stripAffixes);
  const rows = sumOf(counts, (code) => affixed[code] !== null);
  if (rows < present * MIN_REPORTED_FRACTION) return detectOtherNumbers(read, present);
  const codes = findCodes(affixed, read, rows);
  if (codes !== null) return codes;
  const versions = isVersionName(name) ? findVersions(read) : null;
  if (versions !== null) return versions;
  // What comes in groups of three may be a number after all.
  if (areTelephones(labels)) {
    return labels.every(isGroupedNumber) ? { outcome: 'UNSURE', example: foundLabel(read, labels) } : NONE;
  }
  // Nobody measures so finely: these are account numbers and ids.
  if (affixed.some((number, code) => number !== null && losesDigits(number.core ?? labels.at(code) ?? ''))) return NONE;
  const texts = labels.filter((_, code) => affixed[code] === null);
  const format = isCodeName(name) && texts.length > 0 ? null : formatOf(affixed, read, rows, preferred, name);
  const values = format === null ? null : numbersIn(labels, format);
  const unread = values === null ? texts : labels.filter((_, code) => Number.isNaN(values[code]));
  if (format !== null && values !== null) {
    const isRead = (code: number) => !Number.isNaN(values[code]);
    if (areMostlyParsed(read, isRead, MIN_NUMBERS)) return { outcome: 'READ', format, values };
  }
  if (texts.length > 0) {
    const [, alike] = commonAffixes(affixed, counts);
    // 1st, 2nd, 3rd and "ground" are no numbers among texts.
    return alike < present * MIN_REPORTED_FRACTION
      ? NONE
      : { outcome: 'MIXED', rows: alike, example: foundLabel(read, texts) };
  }
  // Words behind numbers, one here and another there, are not units: 7 November, 7590-VHVEG.
  if (new Set(affixed.map((number) => number && affixesOf(number))).size > MAX_UNITS) return NONE;
  return { outcome: 'UNSURE', example: foundLabel(read, unread.length > 0 ? unread : labels) };
}

/** Whether some of the labels, taken evenly, are numbers with or without something around them. */
function mayBeNumbers(labels: Labels): boolean {
  const step = Math.ceil(labels.length / SAMPLED_LABELS);
  for (let code = 0; code < labels.length; code += step) if (stripAffixes(labels.at(code) ?? '') !== null) return true;
  return false;
}

/** A whole number without zeros before it, of few enough digits for a double. */
const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,14})$/;

/**
 * Labels that are all whole numbers: nothing stands around them, and no two of them are of different forms, so that none has to be
 * taken apart. Most columns with millions of distinct labels are of this sort; what the general way keeps of each would be
 * hundreds of megabytes. Null for all other labels.
 */
function readWholeNumbers(labels: Labels, format: NumberFormat): NumberDetection | null {
  if (!labels.every((label) => WHOLE_NUMBER.test(label))) return null;
  const values = numbersIn(labels, format);
  return values.some(Number.isNaN) ? null : { outcome: 'READ', format: { ...format }, values };
}

/** The common format of nearly all numbers among the labels, whatever else the column contains; null for none. */
export function detectNumberFormat(read: ReadLabels, preferred: NumberFormat): NumberFormat | null {
  const { labels, counts } = read;
  const affixed = labels.map(stripAffixes);
  const rows = sumOf(counts, (code) => affixed[code] !== null);
  return rows === 0 ? null : formatOf(affixed, read, 0, preferred, '');
}

function numbersIn(labels: Labels, format: NumberFormat): Float64Array {
  return numbersOfLabels(labels, (label) => {
    return label.length > LONGEST_NUMBER ? Number.NaN : numberFromText(label, format);
  });
}

function foundLabel({ labels, firstLines }: ReadLabels, found: Labels): FoundLabel {
  const named = found.slice(0, LABELS_NAMED);
  const lineOf = new Map<string, number>();
  labels.some((label, code) => {
    if (named.includes(label)) lineOf.set(label, firstLines[code] ?? 0);
    return lineOf.size === named.length;
  });
  return { text: named[0] ?? '', lines: named.map((label) => lineOf.get(label) ?? 0) };
}

/** Versions among decimals: the digits behind their points are not of one number, and some end with a zero that counts. */
function findVersions(read: ReadLabels): NumberDetection | null {
  const { labels } = read;
  const lengths = new Set<number>();
  labels.forEach((label) => {
    const decimals = /^\d+\.(\d+)$/.exec(label)?.[1];
    if (decimals !== undefined) lengths.add(decimals.length);
  });
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

function detectOtherNumbers(read: ReadLabels, present: number): NumberDetection {
  const { labels, counts } = read;
  // Nearly all columns of labels end here.
  if (!labels.slice(0, SAMPLED_LABELS).some((label) => MAY_BE_NUMBER.test(label))) return NONE;
  for (const form of labels.length < MIN_NUMBERS ? OTHER_NUMBERS : [...OTHER_NUMBERS, BOUNDED]) {
    const rows = sumOf(counts, (code) => form.test(labels.at(code) ?? ''));
    if (isParsedMajority(rows, present)) return { outcome: 'OTHER_FORM', example: foundLabel(read, labels) };
  }
  return NONE;
}

/** The codes among labels whose digits count nothing; null where they are quantities. */
function findCodes(affixed: readonly (AffixedNumber | null)[], read: ReadLabels, rows: number): NumberDetection | null {
  const { labels, counts } = read;
  const labelsAt = (codes: readonly number[]) => codes.slice(0, LABELS_NAMED).map((code) => labels.at(code) ?? '');
  const codesOf = (form: RegExp) => {
    const codes: number[] = [];
    affixed.forEach((number, code) => {
      if (number?.prefix === '' && form.test(number.core ?? labels.at(code) ?? '')) codes.push(code);
    });
    return codes;
  };
  const zeros = codesOf(/^0\d+$/);
  const whole = codesOf(/^\d+$/);
  const lengths = new Set<number>();
  labels.forEach((label) => {
    lengths.add(label.length);
  });
  const areOfOneLength = whole.length === labels.length && lengths.size === 1 && !lengths.has(2);
  const zeroRows = zeros.reduce((sum, code) => sum + counts[code]!, 0);
  if (zeros.length > 0 && (zeroRows >= rows * CODES_FRACTION || areOfOneLength)) {
    return { outcome: 'LEADING_ZEROS', example: foundLabel(read, labelsAt(zeros)) };
  }
  const withLetter = codesOf(/^\d+[eEdD]\d+$/);
  const letterRows = withLetter.reduce((sum, code) => sum + counts[code]!, 0);
  if (letterRows >= 2 && letterRows >= rows * CODES_FRACTION) {
    return { outcome: 'EXPONENT_CODES', example: foundLabel(read, labelsAt(withLetter)) };
  }
  return null;
}

/** The common format of nearly all rows with numbers; null for none. */
function formatOf(
  affixed: readonly (AffixedNumber | null)[],
  { labels, counts }: ReadLabels,
  ofRows: number,
  preferred: NumberFormat,
  name: string,
): NumberFormat | null {
  const [usual, usualRows] = commonAffixes(affixed, counts);
  if (!isParsedMajority(usualRows, ofRows)) return null;
  const numbers = affixed.filter((number) => number !== null && affixesOf(number) === usual);
  const alike = new Set<string>();
  labels.forEach((label, code) => {
    const number = affixed[code] ?? null;
    if (number !== null && affixesOf(number) === usual) alike.add(number.core ?? label);
  });
  const cores = [...alike];
  const { prefix = '', suffix = '' } = numbers[0] ?? {};
  const hasAffix = prefix !== '' || suffix !== '';
  if (hasAffix && cores.length < MIN_AFFIXED) return null;
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

/** The most common affixes, and the number of rows that have them. */
function commonAffixes(affixed: readonly (AffixedNumber | null)[], counts: Uint32Array): readonly [string, number] {
  const rowsByAffixes = new Map<string, number>();
  affixed.forEach((number, code) => {
    if (number === null) return;
    const signs = affixesOf(number);
    rowsByAffixes.set(signs, (rowsByAffixes.get(signs) ?? 0) + counts[code]!);
  });
  return [...rowsByAffixes].reduce((top, entry) => (entry[1] > top[1] ? entry : top), ['', -1]);
}

function affixesOf({ prefix, suffix }: AffixedNumber): string {
  return `${prefix}\n${suffix}`;
}

/** 21,58,430 and 9,99,999.50: groups of two, but for the last. */
const INDIAN = /^-?[1-9]\d?(?:,\d{2})*,\d{3}(?:\.\d+)?$/;

function indianFormat(cores: readonly string[]): NumberFormat | null {
  if (!cores.some((core) => INDIAN.test(core) && /,\d{2},/.test(core))) return null;
  const areAll = cores.every((core) => INDIAN.test(core) || /^-?\d+(?:\.\d+)?$/.test(core));
  return areAll ? { decimal: '.', thousands: ',', grouping: 'INDIAN' } : null;
}

/** The format of those cores that are numbers in it, where nearly all are: a typo such as 12.3.4 does not count. */
function mostlyFormat(cores: readonly string[], preferred: NumberFormat, name: string): NumberFormat | null {
  const plain = cores.filter((core) =>
    /^-?(?:\d+|\d*[.,]\d+|\d{1,3}(?:([,. '\u00a0\u202f’_])\d{3})+(?:[.,]\d+)?)(?:[eE][+-]?\d+)?$/.test(core),
  );
  if (!isParsedMajority(plain.length, cores.length) || plain.length === cores.length) return null;
  return numberFormatOf(plain, preferred, name);
}

/** The rows of the labels that a test chooses. */
function sumOf(counts: Uint32Array, isOne: (code: number) => boolean = () => true): number {
  return counts.reduce((sum, count, code) => sum + (isOne(code) ? count : 0), 0);
}
