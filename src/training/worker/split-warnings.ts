import type { ColumnOutline } from '../../datasets/dataset.store.ts';
import type { SplitRequest } from '../../ml/split/split.ts';
import { isOwnerName } from '../../tabular/types/column-names.ts';

/** Fewer owners than these are classes that new rows have too, as have owners of more rows than the last figure. */
const MIN_OWNERS = 10;
const MIN_ROWS_OF_ONE = 1.5;
const MAX_ROWS_OF_ONE = 100;
/** Columns are named up to so many. */
const COLUMNS_NAMED = 5;

/** Where the columns of a dataset say that its rows belong together in a way that the split takes no heed of. */
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
          `the rows have dates (${listed(dates)}), and test rows are drawn from all times (${strategy}). If the model is to predict what ` +
            'comes after, the figures are too good: choose the split TIME with that column, or LAST where the file is in the order of time',
        ]),
    ...(owners.length === 0
      ? []
      : [
          `several rows each are of one ${listed(owners)}, and ${strategy} puts rows of the same one among the training and the test rows. If ` +
            'new rows will be of others, the figures are too good: choose the split GROUP with that column',
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
