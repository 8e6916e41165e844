import type { ColumnOutline } from '../../datasets/dataset.store.ts';
import type { ColumnKind } from '../../tabular/types/column.ts';

/** A warning names so many columns of one reason; the dataset tells the kinds of all. */
const COLUMNS_NAMED = 50;

/** Why columns of a kind are no features unless they are named; null for kinds that carry what a new row will have too. */
const WHY_NOT: Readonly<Record<ColumnKind, string | null>> = {
  NUMERIC: null,
  CATEGORICAL: null,
  BOOLEAN: null,
  DATETIME: null,
  TEXT: 'they hold free text (TEXT), which models here do not read',
  IDENTIFIER: 'they tell the rows apart (IDENTIFIER), which says nothing of new rows',
  CONSTANT: 'they have one value or none (CONSTANT), which tells no rows apart',
};

/** Why a column is no feature of a run whose caller names none; null where it is one. */
export function whyLeftOut(
  { kind, missing }: Pick<ColumnOutline, 'kind' | 'missing'>,
  rowCount: number,
  maxEmptyRatio: number,
): string | null {
  const reason = WHY_NOT[kind];
  if (reason !== null || missing <= rowCount * maxEmptyRatio) return reason;
  return `more than ${Math.round(maxEmptyRatio * 1000) / 10} % of their values are missing`;
}

/**
 * Says which columns a run leaves out though nobody asked for that, by their reasons. Nothing where its features are others
 * than the default ones: then the caller has chosen.
 *
 * @param taken the target, and the column that divides the rows
 */
export function leftOutWarnings(
  features: readonly string[],
  columns: readonly ColumnOutline[],
  taken: readonly string[],
  rowCount: number,
  maxEmptyRatio: number,
): string[] {
  const byReason = new Map<string, string[]>();
  const used = new Set(features);
  for (const column of columns) {
    if (taken.includes(column.name)) continue;
    const reason = whyLeftOut(column, rowCount, maxEmptyRatio);
    if ((reason === null) !== used.has(column.name)) return [];
    if (reason !== null) byReason.set(reason, [...(byReason.get(reason) ?? []), column.name]);
  }
  return [...byReason].map(([reason, names]) => {
    const more = names.length > COLUMNS_NAMED ? ` and ${names.length - COLUMNS_NAMED} more` : '';
    const named = names.slice(0, COLUMNS_NAMED).join(', ');
    return `left out, as ${reason}: ${named}${more}. Name them in features to use them, or give them another kind at the upload`;
  });
}
