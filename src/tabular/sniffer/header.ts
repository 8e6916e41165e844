import { currentReading, isMissing, parseNumber, trimCell } from '../../runtime/values/cells.ts';
import { numberFormatOf } from '../types/number-format.ts';
import type { SampleRecord } from './record-sample.ts';

const READING = currentReading();

/** Rows that are compared with the first record. */
const ROWS_COMPARED = 200;

/**
 * Whether the first record names the columns. It does not where a column of numbers begins with a number, or
 * where most cells of the first record come again below them; else it does, as in nearly all files. Numbers
 * that count up by one, as the years of a wide table, are names all the same.
 */
export function looksLikeHeader(records: readonly SampleRecord[], decimal: string): boolean {
  const first = records[0]?.cells ?? [];
  const rows = records.slice(1, ROWS_COMPARED + 1);
  if (rows.length === 0) return true;
  const format = { decimal, thousands: '' };
  const numbersOnTop: number[] = [];
  let namesOnTop = 0;
  let repeated = 0;
  let comparable = 0;
  first.forEach((cell, column) => {
    if (isMissing(cell, READING)) return;
    const below = rows.map((row) => row.cells[column] ?? '').filter((value) => !isMissing(value, READING));
    if (below.length === 0) return;
    const found = numberFormatOf(below, format, '');
    const isNumeric = found !== null;
    const onTop = parseNumber(cell, found ?? format);
    if (isNumeric && !Number.isNaN(onTop)) numbersOnTop.push(onTop);
    else if (isNumeric) namesOnTop++;
    else {
      comparable++;
      if (below.includes(cell)) repeated++;
    }
  });
  if (namesOnTop > 0) return true;
  if (numbersOnTop.length > 0) return countsUp(numbersOnTop);
  return repeated * 2 <= comparable;
}

/** At least three whole numbers, each one more than the one before. */
function countsUp(numbers: readonly number[]): boolean {
  if (numbers.length < 3) return false;
  return numbers.every((value, index) => Number.isInteger(value) && value === numbers[0]! + index);
}

/** The names of the columns, and what had to be done to them. */
export interface HeaderNames {
  readonly names: readonly string[];
  /** Positions of columns that had no name. */
  readonly unnamed: readonly number[];
  /** Positions of columns whose name was taken. */
  readonly renamed: readonly number[];
}

/** Longer names are cut: they are shown in lists, messages and paths of models. */
const LONGEST_NAME = 200;

/**
 * Unique names for `count` columns. A column without a name becomes column_5 (its place, from 1); a name that
 * is taken gets _2, _3 … Names are data, never keys of plain objects, so that `__proto__` is a name like any other.
 *
 * @param cells the trimmed cells of the header; empty where the file has none
 */
export function columnNames(cells: readonly string[], count: number): HeaderNames {
  const given = Array.from({ length: count }, (_, index) => cleanName(cells[index] ?? ''));
  const taken = new Set(given);
  const used = new Set<string>();
  const nextSuffix = new Map<string, number>();
  const unnamed: number[] = [];
  const renamed: number[] = [];
  const names = given.map((name, index) => {
    if (name === '') unnamed.push(index);
    else if (!used.has(name)) {
      used.add(name);
      return name;
    } else renamed.push(index);
    const base = name === '' ? `column_${index + 1}` : name;
    let unique = name === '' ? base : `${base}_2`;
    // Remembered per name, or ten thousand equal names would try all suffixes ten thousand times.
    for (let suffix = nextSuffix.get(base) ?? 2; taken.has(unique) || used.has(unique); suffix++) {
      unique = `${base}_${suffix}`;
      nextSuffix.set(base, suffix + 1);
    }
    used.add(unique);
    return unique;
  });
  return { names, unnamed, renamed };
}

/** A name without byte order marks before it, which no one sees, and not too long. */
function cleanName(text: string): string {
  const name = trimCell(text.replace(/^\ufeff+/, ''));
  return name.length > LONGEST_NAME ? name.slice(0, LONGEST_NAME).toWellFormed() : name;
}
