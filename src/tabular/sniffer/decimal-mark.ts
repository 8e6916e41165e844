import type { SampleRecord } from './record-sample.ts';

/** The decimal mark of a file, and whether the cells left a doubt. */
export interface DecimalFinding {
  readonly mark: '.' | ',';
  readonly isUnsure: boolean;
}

const WITH_COMMA = /^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$/;
const WITH_POINT = /^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?$/;
/** 1,234 and 1.234: either a fraction with three digits or thousands. A leading zero settles it. */
const AMBIGUOUS = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;

/** Longer cells are no numbers anyone wrote. */
const LONGEST = 60;

/** Whether a cell is a number with a point or a comma as its decimal mark. */
export function isNumberOfEitherMark(cell: string): boolean {
  return cell.length <= LONGEST && (WITH_COMMA.test(cell) || WITH_POINT.test(cell));
}

/**
 * Whether cells settle that their decimal mark is `mark`: at least one has it where it cannot divide thousands.
 */
export function isUnambiguousDecimal(cell: string, mark: '.' | ','): boolean {
  if (cell.length > LONGEST || AMBIGUOUS.test(cell)) return false;
  return (mark === ',' ? WITH_COMMA : WITH_POINT).test(cell);
}

/** 1,234.5 and 1.234,5: the last mark is the decimal one. */
const TWO_MARKS = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+\.\d+$|^[+-]?[1-9]\d{0,2}(?:\.\d{3})+,\d+$/;
/** 1,234,567 and 1.234.567: the mark divides groups in all of the column. */
const TWO_GROUPS = /^[+-]?[1-9]\d{0,2}(?:(?:,\d{3}){2,}|(?:\.\d{3}){2,})$/;

/**
 * Finds the decimal mark of a file. Cells such as 2,6, 0.757 or 1.234,5 settle it, by majority where both marks occur.
 * Where only cells such as 1,234 occur, commas mean fractions in a file whose delimiter is no comma, and the point
 * means fractions everywhere else; both are unsure, unless the column has cells such as 1,234,567 as well.
 */
export function detectDecimal(records: readonly SampleRecord[], delimiter: string): DecimalFinding {
  const votes = { ',': 0, '.': 0 };
  /** By column. */
  const ambiguous = { ',': new Map<number, number>(), '.': new Map<number, number>() };
  const grouped = new Set<number>();
  for (const { cells } of records) {
    cells.forEach((cell, column) => {
      if (cell.length > LONGEST) return;
      const hasTwoMarks = TWO_MARKS.test(cell);
      if (hasTwoMarks) votes[cell.lastIndexOf(',') > cell.lastIndexOf('.') ? ',' : '.']++;
      if (hasTwoMarks || TWO_GROUPS.test(cell)) grouped.add(column);
      if (!isNumberOfEitherMark(cell)) return;
      const mark = cell.includes(',') ? ',' : '.';
      if (AMBIGUOUS.test(cell)) ambiguous[mark].set(column, (ambiguous[mark].get(column) ?? 0) + 1);
      else votes[mark]++;
    });
  }
  if (votes[','] > votes['.']) return { mark: ',', isUnsure: false };
  if (votes['.'] > 0) return { mark: '.', isUnsure: false };
  const unsure = (mark: ',' | '.') =>
    [...ambiguous[mark]].reduce((sum, [column, count]) => sum + (grouped.has(column) ? 0 : count), 0);
  if (unsure(',') > unsure('.') && delimiter !== ',') return { mark: ',', isUnsure: true };
  return { mark: '.', isUnsure: delimiter !== ',' && unsure('.') > 0 };
}
