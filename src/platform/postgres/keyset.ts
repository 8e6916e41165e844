import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

/** A page of a list: `first` rows after a place in it; null: from its beginning. */
export interface PageOf<Place> {
  readonly first: number;
  readonly after: Place | null;
}

/** A place in a list that is ordered by (createdAt, id): stable however many rows come or go meanwhile. */
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

/** The condition for the rows after a place; one comparison of pairs, so that one index serves it. */
export function olderThan(table: Listed, after: PageOfRows['after']): SQL | undefined {
  if (after === null) return undefined;
  return sql`(${table.createdAt}, ${table.id}) < (${after.createdAt.toISOString()}::timestamptz, ${after.id}::uuid)`;
}

/** Nulls last, which there are none of, because the indexes say so too: of another order they would not serve. */
export function newerFirst(table: Listed): [SQL, SQL] {
  return [sql`${table.createdAt} desc nulls last`, sql`${table.id} desc nulls last`];
}
