import type { ColumnOutline } from '../../datasets/dataset.store.ts';
import type { ColumnKind } from '../../tabular/types/column.ts';

/** Maximum number of columns named per reason; the dataset lists the kinds of all. */
const COLUMNS_NAMED = 50;

/** Why columns of a kind are not features by default; null for kinds that are. */
const EXCLUSION_REASONS: Readonly<Record<ColumnKind, string | null>> = {
  NUMERIC: null,
  CATEGORICAL: null,
  BOOLEAN: null,
  DATETIME: null,
  TEXT: 'free text (TEXT) takes part only where it is named',
  IDENTIFIER: 'identifiers (IDENTIFIER) carry no information about new rows',
  CONSTANT: 'constant columns (CONSTANT) carry no information',
};

/** Why a column is not a default feature; null if it is one. */
export function exclusionReason(
  { kind, missing }: Pick<ColumnOutline, 'kind' | 'missing'>,
  rowCount: number,
  maxEmptyRatio: number,
): string | null {
  const reason = EXCLUSION_REASONS[kind];
  if (reason !== null || missing <= rowCount * maxEmptyRatio) return reason;
  return `more than ${Math.round(maxEmptyRatio * 1000) / 10} % of their values are missing`;
}

/**
 * Warnings about the columns that are excluded by default, by reason. None if the features differ from the default ones: then
 * the caller has chosen them.
 *
 * @param reserved the target, and the column that splits the rows
 */
export function excludedColumnWarnings(
  features: readonly string[],
  columns: readonly ColumnOutline[],
  reserved: readonly string[],
  rowCount: number,
  maxEmptyRatio: number,
): string[] {
  const byReason = new Map<string, string[]>();
  const used = new Set(features);
  for (const column of columns) {
    if (reserved.includes(column.name)) continue;
    const reason = exclusionReason(column, rowCount, maxEmptyRatio);
    if ((reason === null) !== used.has(column.name)) return [];
    if (reason !== null) byReason.set(reason, [...(byReason.get(reason) ?? []), column.name]);
  }
  return [...byReason].map(([reason, names]) => {
    const more = names.length > COLUMNS_NAMED ? ` and ${names.length - COLUMNS_NAMED} more` : '';
    const named = names.slice(0, COLUMNS_NAMED).join(', ');
    return `excluded columns, because ${reason}: ${named}${more}. To use them, name them in features, or set another kind at the upload`;
  });
}
