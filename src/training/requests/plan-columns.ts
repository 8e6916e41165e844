import type { ColumnOutline } from '../../datasets/dataset.store.ts';
import { TrainyardError } from '../../errors.ts';

/** The columns of a dataset, by name. */
export type Columns = ReadonlyMap<string, ColumnOutline>;

/** The column of that name. Throws BAD_USER_INPUT. */
export function requireColumn(argument: string, name: string, columns: Columns): ColumnOutline {
  requireColumns(argument, [name], columns);
  // It was just required.
  return columns.get(name)!;
}

/** Throws BAD_USER_INPUT, which names the first missing columns. */
export function requireColumns(argument: string, names: readonly string[], columns: Columns): void {
  const unknown = names.filter((name) => !columns.has(name));
  if (unknown.length === 0) return;
  const named = unknown.slice(0, 5).map((name) => `"${name.slice(0, 100)}"`);
  const more = unknown.length > named.length ? ` and ${unknown.length - named.length} more` : '';
  const known = [...columns.keys()].slice(0, 20).join(', ');
  throw new TrainyardError(
    'BAD_USER_INPUT',
    `The dataset has no ${unknown.length === 1 ? 'column' : 'columns'} ${named.join(', ')}${more}.`,
    { argument, hint: `Its columns: ${known}${columns.size > 20 ? ', …' : ''}` },
  );
}
