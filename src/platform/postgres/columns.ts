import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, customType, timestamp } from 'drizzle-orm/pg-core';

/** Bytes as they are. */
export const bytesColumn = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' });

/**
 * A timestamp in UTC, with the milliseconds of a JavaScript Date: with PostgreSQL's microseconds a cursor made from a row would
 * not find that row again.
 */
export function timestampColumn(name: string) {
  return timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
}

/** A check constraint: the column holds one of these names, or null. */
export function oneOf(column: AnyPgColumn, names: readonly string[]): SQL {
  return sql`${column} in (${sql.raw(names.map((name) => `'${name}'`).join(', '))})`;
}
