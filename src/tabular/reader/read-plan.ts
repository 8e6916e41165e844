import { currentReading, isMissing, type NumberFormat } from '../../runtime/values/cells.ts';
import type { CsvOptions } from '../csv-options.ts';
import type { CsvDialect } from '../sniffer/dialect.ts';
import type { SampleRecord } from '../sniffer/record-sample.ts';
import type { ColumnKind } from '../types/column.ts';
import { mayBeNumberedDates } from '../types/column-kind-rules.ts';
import { isIdentifierName, isVersionName } from '../types/column-names.ts';
import { losesDigits, mayBeCode, numberFormatOf } from '../types/number-format.ts';

/** How to read the cells of one column. */
export interface ColumnPlan {
  readonly storage: 'number' | 'label';
  readonly format: NumberFormat;
  /** The kind the caller asked for, or null. */
  readonly kind: ColumnKind | null;
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
  const reading = currentReading(options.missingTokens, options.keepDefaultMissingTokens);
  return names.map((name, index) => {
    const kind = kinds.get(name) ?? null;
    const cells: string[] = [];
    for (const row of rows) {
      const cell = row.cells[index] ?? '';
      if (!isMissing(cell, reading)) cells.push(cell);
    }
    const found = numberFormatOf(cells, format, name);
    return { storage: storageFor(name, cells, kind, found), format: found ?? format, kind };
  });
}

/** How a column is read that holds numbers of the format found, or not only numbers where that is null. */
function storageFor(
  name: string,
  cells: readonly string[],
  kind: ColumnKind | null,
  format: NumberFormat | null,
): 'number' | 'label' {
  if (format === null) return 'label';
  if (kind === null) {
    const areSure = !mayIdentify(name, cells) && !cells.some(losesDigits) && !cells.some(mayBeCode);
    const mayBeVersions = isVersionName(name) && cells.some((cell) => /^\d+\.\d+$/.test(cell));
    return areSure && !mayBeVersions && !mayBeNumberedDates(cells, name) ? 'number' : 'label';
  }
  // Numbers are read from bytes, and some marks between groups are several; labels are read as text in the end.
  return kind === 'NUMERIC' && !cells.some(isBeyondAscii) ? 'number' : 'label';
}

function isBeyondAscii(cell: string): boolean {
  return /[\u0080-\u{10ffff}]/u.test(cell);
}

/** Whether whole numbers may be identifiers: all distinct, and named like one or counting the rows from 0 or 1. */
function mayIdentify(name: string, cells: readonly string[]): boolean {
  if (cells.length === 0 || !cells.every((cell) => /^[+-]?\d+$/.test(cell))) return false;
  if (isIdentifierName(name)) return new Set(cells).size === cells.length;
  const first = Number(cells[0]);
  return (first === 0 || first === 1) && cells.every((cell, index) => Number(cell) === first + index);
}
