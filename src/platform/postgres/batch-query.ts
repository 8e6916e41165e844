import { inArray, type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

/**
 * A batch of requests as a table of the query: `requested`, with the ordinal of each request and the given columns. One JSON
 * parameter holds them all, so that the statement is the same for any number of requests, and is parsed and planned once.
 *
 * @example requestedRows([{ run_id: id, first: 20 }], 'run_id uuid, first integer')
 */
export function requestedRows<Request extends object>(requests: readonly Request[], columns: string): SQL {
  const rows = requests.map((request, ordinal) => ({ ...request, ordinal }));
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as requested (ordinal integer, ${sql.raw(columns)})`;
}

/** The ordinal of the request that a row belongs to. */
export const REQUESTED_ORDINAL = sql<number>`requested.ordinal`;

/** A limit from a column. The query builder's types only allow numbers and placeholders, but it passes SQL through. */
export function limitOf(limit: SQL): Placeholder {
  return limit as unknown as Placeholder;
}

/** The rows of each request, in order. */
export function byOrdinal<Row extends { readonly ordinal: number }>(
  rows: readonly Row[],
  requests: readonly unknown[],
): Row[][] {
  const found = Map.groupBy(rows, ({ ordinal }) => ordinal);
  return requests.map((_, ordinal) => found.get(ordinal) ?? []);
}

/** The rows with these ids, in that order; null for an unknown id. */
export function byIds<Row extends { readonly id: string }>(
  rows: readonly Row[],
  ids: readonly string[],
): (Row | null)[] {
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
}

/** The condition that an id is one of these; one parameter, however many they are. */
export function isAmong(column: PgColumn, ids: readonly string[]): SQL {
  return inArray(column, sql`(select value::uuid from json_array_elements_text(${JSON.stringify(ids)}::json))`);
}
