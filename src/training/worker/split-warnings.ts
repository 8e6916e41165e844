import type { ColumnOutline } from '../../datasets/dataset.store.ts';
import type { SplitRequest } from '../../ml/split/split.ts';
import { isOwnerName } from '../../tabular/types/column-names.ts';

/** Fewer owners than these are classes that new rows have too, as have owners of more rows than the last figure. */
const MIN_OWNERS = 10;
const MIN_ROWS_OF_ONE = 1.5;
const MAX_ROWS_OF_ONE = 100;
/** Maximum number of columns named in a warning. */
const COLUMNS_NAMED = 5;

/** Warnings about columns that suggest another split: dates, or ids shared by several rows. */
export function splitWarnings(
  { strategy }: Pick<SplitRequest, 'strategy'>,
  target: string,
  columns: readonly ColumnOutline[],
  rowCount: number,
): string[] {
  const others = columns.filter(({ name }) => name !== target);
  const isDrawn = strategy === 'RANDOM' || strategy === 'INTERLEAVED';
  const dates = isDrawn ? others.filter(({ kind, distinct }) => kind === 'DATETIME' && distinct > 1) : [];
  const owners = isDrawn || strategy === 'LAST' ? others.filter((column) => hasOwners(column, rowCount)) : [];
  return [
    ...(dates.length === 0
      ? []
      : [
          `the rows have dates (${listed(dates)}), but test rows are drawn at random over time (${strategy}). If the model is to predict the ` +
            'future, the metrics are too optimistic: use the split TIME with that column, or LAST if the file is in time order',
        ]),
    ...(owners.length === 0
      ? []
      : [
          `several rows share the same ${listed(owners)}, and ${strategy} puts such rows into both the training and the test set. If ` +
            'new rows have other values, the metrics are too optimistic: use the split GROUP with that column',
        ]),
  ];
}

function hasOwners({ name, kind, missing, distinct }: ColumnOutline, rowCount: number): boolean {
  if (kind === 'DATETIME' || kind === 'CONSTANT' || distinct < MIN_OWNERS || !isOwnerName(name)) return false;
  const rowsOfOne = (rowCount - missing) / distinct;
  return rowsOfOne >= MIN_ROWS_OF_ONE && rowsOfOne <= MAX_ROWS_OF_ONE;
}

function listed(columns: readonly ColumnOutline[]): string {
  const more = columns.length > COLUMNS_NAMED ? ', …' : '';
  return `${columns
    .slice(0, COLUMNS_NAMED)
    .map(({ name }) => name)
    .join(', ')}${more}`;
}
