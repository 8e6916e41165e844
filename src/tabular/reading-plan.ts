import { isMissing, type NumberFormat, parseNumber } from '../runtime/cells.ts';
import type { ColumnKind } from './column.ts';
import { isIdentifierName } from './column-names.ts';
import type { CsvOptions } from './csv-options.ts';
import { settlesDecimal } from './decimal-mark.ts';
import type { CsvDialect } from './dialect.ts';
import type { SampleRecord } from './record-sample.ts';

/** How the cells of one column are to be read. */
export interface ColumnPlan {
  readonly storage: 'number' | 'label';
  readonly format: NumberFormat;
  /** The kind the caller asked for, or null. */
  readonly kind: ColumnKind | null;
  /** Whether some of the first cells are numbers such as 01234. */
  readonly hasLeadingZeros: boolean;
}

/**
 * Guesses from the first rows how each column is best read, so that hardly any has to be read twice: numbers
 * where all cells are numbers or missing, else labels. Whole numbers that may turn out to be identifiers are
 * read as labels, which keep them as they are written and can still become numbers later.
 *
 * @param rows the first data rows; a column without values there is tried as numbers
 */
export function planColumns(
  names: readonly string[],
  rows: readonly SampleRecord[],
  dialect: CsvDialect,
  options: CsvOptions,
): readonly ColumnPlan[] {
  const kinds = new Map((options.columnKinds ?? []).map(({ column, kind }) => [column, kind]));
  const format = { decimal: dialect.decimal, thousands: options.thousands ?? '' };
  return names.map((name, index) => {
    const kind = kinds.get(name) ?? null;
    const cells: string[] = [];
    for (const row of rows) {
      const cell = row.cells[index] ?? '';
      if (!isMissing(cell, options.missingTokens)) cells.push(cell);
    }
    const columnFormat = formatOfColumn(cells, format);
    const hasLeadingZeros = cells.some((cell) => /^[+-]?0\d/.test(cell));
    if (kind !== null)
      return { storage: kind === 'NUMERIC' ? 'number' : 'label', format: columnFormat, kind, hasLeadingZeros };
    const isNumeric = cells.every((cell) => !Number.isNaN(parseNumber(cell, columnFormat)));
    const storage = isNumeric && !mayIdentify(name, cells) ? 'number' : 'label';
    return { storage, format: columnFormat, kind, hasLeadingZeros };
  });
}

/**
 * The file's number format, or the one with the other decimal mark where all cells of the column are numbers in
 * that one only and at least one of them leaves no doubt: exports that write some columns with a point and
 * others with a comma do occur.
 */
function formatOfColumn(cells: readonly string[], format: NumberFormat): NumberFormat {
  if (format.thousands !== '') return format;
  const mark = format.decimal === '.' ? ',' : '.';
  if (!cells.some((cell) => settlesDecimal(cell, mark))) return format;
  const other = { decimal: mark, thousands: '' };
  return cells.every((cell) => !Number.isNaN(parseNumber(cell, other))) ? other : format;
}

/** Whether whole numbers may be identifiers: all distinct, and named like one or counting the rows from 0 or 1. */
function mayIdentify(name: string, cells: readonly string[]): boolean {
  if (cells.length === 0 || !cells.every((cell) => /^[+-]?\d+$/.test(cell))) return false;
  if (isIdentifierName(name)) return new Set(cells).size === cells.length;
  const first = Number(cells[0]);
  return (first === 0 || first === 1) && cells.every((cell, index) => Number(cell) === first + index);
}
