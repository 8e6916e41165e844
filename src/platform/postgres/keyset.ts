import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

/** A page of a list: the `first` rows after a cursor; null: from the start. */
export interface PageOf<Cursor> {
  readonly first: number;
  readonly after: Cursor | null;
}

/** The cursor of a list ordered by (createdAt, id): stable when rows are inserted or deleted. */
export interface Position {
  readonly createdAt: Date;
  readonly id: string;
}

/** A page of such a list, newest first. */
export type PageOfRows = PageOf<Position>;

/** A table whose lists are paged. */
interface Listed {
  readonly createdAt: PgColumn;
  readonly id: PgColumn;
}

/** The condition for rows after a cursor; a row comparison, so that one index serves it. */
export function olderThan(table: Listed, after: PageOfRows['after']): SQL | undefined {
  if (after === null) return undefined;
  return sql`(${table.createdAt}, ${table.id}) < (${after.createdAt.toISOString()}::timestamptz, ${after.id}::uuid)`;
}

/** `nulls last`, although there are no nulls, because the indexes are defined that way. */
export function newerFirst(table: Listed): [SQL, SQL] {
  return [sql`${table.createdAt} desc nulls last`, sql`${table.id} desc nulls last`];
}
