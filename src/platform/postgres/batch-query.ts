import { inArray, type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';

/**
 * What is asked of many rows at once, as a table of the query: `wanted`, with the place of each question among them and with
 * the columns that are named. One parameter holds them all, so that the statement is the same for any number of them: it
 * is parsed and planned once.
 *
 * @example requestedRows([{ run_id: id, first: 20 }], 'run_id uuid, first integer')
 */
export function requestedRows<Question extends object>(questions: readonly Question[], columns: string): SQL {
  const rows = questions.map((question, place) => ({ ...question, place }));
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as wanted (place integer, ${sql.raw(columns)})`;
}

/** The place of the question that a row answers. */
export const REQUESTED_ORDINAL = sql<number>`wanted.place`;

/** A limit that each question brings along. The query builder knows numbers and placeholders, and passes this on as it is. */
export function limitOf(limit: SQL): Placeholder {
  return limit as unknown as Placeholder;
}

/** The rows that answer each question, in its place and in their order. */
export function byOrdinal<Row extends { readonly place: number }>(
  rows: readonly Row[],
  questions: readonly unknown[],
): Row[][] {
  const found = Map.groupBy(rows, ({ place }) => place);
  return questions.map((_, place) => found.get(place) ?? []);
}

/** The rows with these ids, in their order; null where there is none. */
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
