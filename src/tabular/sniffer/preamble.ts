import { currentReading, isMissing, parseNumber } from '../../runtime/values/cells.ts';
import { isGroupedNumber } from '../types/number-format.ts';
import { isNumberOfEitherMark } from './decimal-mark.ts';
import { looksLikeHeader } from './header.ts';
import type { SampleRecord } from './record-sample.ts';

const READING = currentReading();

/** Maximum number of records of a preamble. */
const MAX_PREAMBLE_RECORDS = 20;
/** Rows that are compared with what may be the header. */
const ROWS_COMPARED = 200;
/** Fewer rows with the same number of cells show no table. */
const MIN_ROWS = 2;
/** Share of numeric cells from which a column counts as numeric. */
const NUMERIC_FRACTION = 0.9;
/** Minimum rows for which it means something that the values of a column repeat and the name does not. */
const ROWS_THAT_REPEAT = 10;

/**
 * How many records before the header are a title, a date, a comment or the like; 0 unless that is certain.
 *
 * A title has fewer cells than the table, or empty ones at its end. The first record after it must be full, with a name for
 * each column, and stand out from the rows below: no name is a number where its column has numbers. Without a column of
 * numbers its names must not come again in at least two columns whose values do.
 */
export function countPreamble(records: readonly SampleRecord[]): number {
  const width = commonWidth(records);
  if (width < 2) return 0;
  // A line that begins with # is a comment, unless nothing else names the columns.
  return preambleLength(records, width, false) || preambleLength(records, width, true);
}

function preambleLength(records: readonly SampleRecord[], width: number, isCommentHeader: boolean): number {
  for (let at = 0; at <= MAX_PREAMBLE_RECORDS && at < records.length; at++) {
    const rows = records.slice(at + 1, at + 1 + ROWS_COMPARED);
    if (rows.length < MIN_ROWS) return 0;
    const cells = records[at]?.cells ?? [];
    const mayBeHeader = isCommentHeader || !isComment(cells);
    if (mayBeHeader && isHeader(cells, width, rows, records.slice(0, at))) return at;
    if (!isComment(cells) && !mayBeTitle(cells, width)) return 0;
  }
  return 0;
}

/** The number of cells that most records have. */
export function commonWidth(records: readonly SampleRecord[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of records) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  return [...counts].reduce((top, entry) => (entry[1] > top[1] ? entry : top), [0, 0])[0];
}

/** Whether a cell reads as a number or a date, in any way of writing one. */
export function looksLikeNumberOrDate(cell: string): boolean {
  if (cell.length > 40) return false;
  return (
    !Number.isNaN(parseNumber(cell)) ||
    isNumberOfEitherMark(cell) ||
    isGroupedNumber(cell) ||
    /^[+-]?\d[\d.,:/' T-]*(?:[Zz%]|[AaPp][Mm])?$/.test(cell)
  );
}

/** A lone # is a name, of the column that numbers the rows. */
function isComment(cells: readonly string[]): boolean {
  return cells[0] !== '#' && (cells[0] ?? '').startsWith('#');
}

function mayBeTitle(cells: readonly string[], width: number): boolean {
  if (cells.length < width) return isShort(cells, width);
  return cells.length === width && cells.at(-1) === '';
}

/** Half of the cells at most: a header that merely lacks a name is no title. */
function isShort(cells: readonly string[], width: number): boolean {
  return cells.length * 2 <= width;
}

function isHeader(
  cells: readonly string[],
  width: number,
  rows: readonly SampleRecord[],
  preamble: readonly SampleRecord[],
): boolean {
  if (cells.length !== width) return false;
  // A delimiter at the end of every line.
  const isLastEmpty = [{ cells }, ...rows].every((record) => (record.cells[width - 1] ?? '') === '');
  const names = isLastEmpty ? cells.slice(0, -1) : cells;
  const isNamed = names.every((name) => name !== '') && new Set(names).size === names.length;
  if (!isNamed) return false;
  // A first record that is a full header ends the search.
  if (preamble.length === 0) return true;
  if (standsOut(names, rows)) return true;
  const areShort = width > 2 && preamble.every((title) => title.cells.length < width);
  if (areShort) return haveYears(names) || looksLikeHeader([{ line: 0, cells: names }, ...rows], '.');
  return preamble.every((title) => title.cells.filter((cell) => cell !== '').length * 2 <= width) && isNew(names, rows);
}

/** Whether names are words first, and then numbers that grow, as the years of a wide table do. */
function haveYears(names: readonly string[]): boolean {
  const first = names.findIndex((name) => looksLikeNumberOrDate(name));
  if (first < 1) return false;
  const numbers = names.slice(first).map(Number);
  return numbers.length > 1 && numbers.every((value, at) => Number.isInteger(value) && value > (numbers[at - 1] ?? 0));
}

/** Whether a column has numbers below a name that is not a number. */
function standsOut(names: readonly string[], rows: readonly SampleRecord[]): boolean {
  if (names.some((name) => looksLikeNumberOrDate(name))) return false;
  return names.some((name, column) => {
    const below = valuesBelow(rows, column);
    return !isMissing(name, READING) && below.length >= 2 && share(below, looksLikeNumberOrDate) >= NUMERIC_FRACTION;
  });
}

/** Whether two columns at least have values that repeat, the name never among them. */
function isNew(names: readonly string[], rows: readonly SampleRecord[]): boolean {
  if (rows.length < ROWS_THAT_REPEAT) return false;
  const repeating = names.filter((name, column) => {
    const below = valuesBelow(rows, column);
    return new Set(below).size * 2 <= below.length && !below.includes(name);
  });
  return repeating.length >= 2;
}

function valuesBelow(rows: readonly SampleRecord[], column: number): readonly string[] {
  return rows.map(({ cells }) => cells[column] ?? '').filter((cell) => !isMissing(cell, READING));
}

function share(cells: readonly string[], holds: (cell: string) => boolean): number {
  return cells.filter(holds).length / cells.length;
}
