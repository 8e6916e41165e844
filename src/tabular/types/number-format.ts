import { type NumberFormat, parseNumber } from '../../runtime/values/cells.ts';
import { isUnambiguousDecimal } from '../sniffer/decimal-mark.ts';
import { isCodeName } from './column-names.ts';
import type { Labels } from './labels.ts';

/** What people put between groups of three digits: comma, point, spaces of three sorts, apostrophes of two. */
const GROUP_MARKS = [',', '.', ' ', '\u00a0', '\u2009', '\u202f', "'", '\u2019', '_'];

/** A number of at least two groups, and perhaps decimals. Nobody groups what begins with a zero. */
const GROUPED = /^[+-]?[1-9]\d{0,2}([,. _\u00a0\u2009\u202f'\u2019])\d{3}((?:\1\d{3})*)([.,]\d+)?$/;

/** Longer cells are no numbers that a person grouped. */
const LONGEST = 40;

/** Longer cells spell no number that anyone wrote; this keeps hostile ones away from the number parser. */
export const LONGEST_NUMBER = 400;

/** Whether a cell is a number whose digits are grouped, by any mark. */
export function isGroupedNumber(cell: string): boolean {
  return cell.length <= LONGEST && GROUPED.test(cell);
}

/**
 * How the cells of a column are numbers, or null where they are not all numbers in one way that leaves no doubt:
 *
 * 1. `preferred`, the way of the file;
 * 2. with the other decimal mark, where some cell settles it: exports that write some columns with a point and others
 *    with a comma do occur;
 * 3. grouped, where some cell has two groups or more (1,234,567) or decimals after its groups (1.234,5). Cells such as
 *    1,234 and 1.234 alone may be fractions. No fraction has a space or an apostrophe: there, numbers of different
 *    lengths are enough. Addresses such as 192.168.100.200 are no numbers, nor are digits that come in blocks of one
 *    shape (612 345 678, as telephone numbers do), nor is anything in a column that is named as a code is.
 *
 * @param preferred with a mark between thousands where the caller has named one, which then is taken as said
 */
export function numberFormatOf(cells: Labels, preferred: NumberFormat, name: string): NumberFormat | null {
  if (areNumbers(cells, preferred)) return preferred;
  if (preferred.thousands !== '') return null;
  const other = preferred.decimal === '.' ? ',' : '.';
  if (cells.some((cell) => isUnambiguousDecimal(cell, other))) {
    const format = { decimal: other, thousands: '' };
    if (areNumbers(cells, format)) return format;
  }
  return groupedFormatOf(cells, preferred, name);
}

function groupedFormatOf(cells: Labels, preferred: NumberFormat, name: string): NumberFormat | null {
  // Nearly all columns of labels end here.
  if (!cells.some(isGroupedNumber) || isCodeName(name) || areTelephones(cells)) return null;
  const found: NumberFormat[] = [];
  for (const thousands of GROUP_MARKS) {
    for (const decimal of ['.', ',']) {
      if (decimal === thousands) continue;
      const format = { decimal, thousands };
      if (areNumbers(cells, format) && isUnambiguous(cells, format)) found.push(format);
    }
  }
  // Without any decimals both decimal marks fit; then the file's is as good as the other.
  return found.length < 2 ? (found[0] ?? null) : sameBut(found, preferred.decimal);
}

/** The one of two formats that differ in the decimal mark only that has the given one; null where they differ in more. */
function sameBut(formats: readonly NumberFormat[], decimal: string): NumberFormat | null {
  const marks = new Set(formats.map(({ thousands }) => thousands));
  return marks.size === 1 ? (formats.find((format) => format.decimal === decimal) ?? null) : null;
}

function areNumbers(cells: Labels, format: NumberFormat): boolean {
  return cells.every((cell) => cell.length <= LONGEST_NUMBER && !Number.isNaN(parseNumber(cell, format)));
}

/** Whether grouped cells leave no doubt that their mark divides groups, and that they are quantities. */
function isUnambiguous(cells: Labels, { decimal, thousands }: NumberFormat): boolean {
  const mayBeDecimal = thousands === ',' || thousands === '.';
  const lengths = new Set<number>();
  let isProven = false;
  let hasSignOrFraction = false;
  let areAddresses = thousands === '.';
  let beginsShort = false;
  for (const cell of cells) {
    if (cell.includes(decimal) || cell.startsWith('-') || cell.startsWith('+')) hasSignOrFraction = true;
    const match = cell.length <= LONGEST ? GROUPED.exec(cell) : null;
    lengths.add(cell.length);
    if (match === null || match[1] !== thousands) {
      areAddresses = false;
      continue;
    }
    if (match[2] !== '' || match[3] !== undefined) isProven = true;
    if (!isAddress(cell)) areAddresses = false;
    if (/^[+-]?\d\D/.test(cell)) beginsShort = true;
  }
  if (areAddresses) return false;
  if (mayBeDecimal && !isProven) return false;
  const isOneShape = lengths.size === 1 && !hasSignOrFraction;
  // Commas divide no telephone numbers; and where the first block is a single digit, so is it in few of those.
  return !isOneShape || thousands === ',' || (beginsShort && isProven);
}

/** A number of a telephone with the code of its country: +49 30 123456, +1 (555) 010-9999. */
const TELEPHONE = /^\+[1-9]\d{0,2}[ .\u00a0(/-](?:[ .\u00a0()/-]{0,2}\d){5,14}$/;

/** Whether cells are numbers of telephones, all with the code of a country and none with a minus. */
export function areTelephones(cells: Labels): boolean {
  return cells.length > 0 && cells.every((cell) => TELEPHONE.test(cell) && cell.replace(/\D/g, '').length >= 8);
}

/** Whether a cell may be an address of the internet: four numbers up to 255. */
function isAddress(cell: string): boolean {
  const parts = cell.split('.');
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

/**
 * Whether a cell is a whole number of which a double would lose digits: beyond 2^53 neighbours become the same. Nobody
 * measures so finely; such cells are account numbers and ids.
 */
export function losesDigits(cell: string): boolean {
  return cell.length > 15 && /^[+-]?\d+$/.test(cell) && !Number.isSafeInteger(Number(cell));
}

/** Whether digits may count nothing: zeros stand before them (01234), or an E without a sign among them (896359e3). */
export function mayBeCode(cell: string): boolean {
  return /^[+-]?0\d+$/.test(cell) || /^[+-]?\d+[eE]\d+$/.test(cell);
}
