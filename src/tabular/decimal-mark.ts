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
export function settlesDecimal(cell: string, mark: '.' | ','): boolean {
  if (cell.length > LONGEST || AMBIGUOUS.test(cell)) return false;
  return (mark === ',' ? WITH_COMMA : WITH_POINT).test(cell);
}

/**
 * Finds the decimal mark of a file. Cells such as 2,6 or 0.757 settle it, by majority where both occur. Where
 * only cells such as 1,234 occur, commas mean fractions in a file whose delimiter is no comma, and the point
 * means fractions everywhere else; both are unsure.
 */
export function detectDecimal(records: readonly SampleRecord[], delimiter: string): DecimalFinding {
  let commas = 0;
  let points = 0;
  let ambiguousCommas = 0;
  let ambiguousPoints = 0;
  for (const { cells } of records) {
    for (const cell of cells) {
      if (!isNumberOfEitherMark(cell)) continue;
      const isComma = cell.includes(',');
      if (AMBIGUOUS.test(cell)) {
        if (isComma) ambiguousCommas++;
        else ambiguousPoints++;
      } else if (isComma) commas++;
      else points++;
    }
  }
  if (commas > points) return { mark: ',', isUnsure: false };
  if (points > 0) return { mark: '.', isUnsure: false };
  if (ambiguousCommas > ambiguousPoints && delimiter !== ',') return { mark: ',', isUnsure: true };
  return { mark: '.', isUnsure: delimiter !== ',' && ambiguousPoints > 0 };
}
