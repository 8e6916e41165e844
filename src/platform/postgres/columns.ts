import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, customType, pgPolicy, timestamp } from 'drizzle-orm/pg-core';

/** The workspace of the transaction, for policies; null (so: no row) where none is set. An ended local setting is ''. */
export const CURRENT_WORKSPACE_ID: SQL = sql.raw(`nullif(current_setting('app.workspace_id', true), '')::uuid`);

/** The user of the transaction, for policies. */
export const CURRENT_USER_ID: SQL = sql.raw(`nullif(current_setting('app.user_id', true), '')::uuid`);

/**
 * Whether the transaction is one of the server's own maintenance, for policies of what that may see of all workspaces. The
 * setting keeps the name that the policies of earlier migrations know.
 */
export const IS_MAINTENANCE: SQL = sql.raw(`nullif(current_setting('app.upkeep', true), '') is not null`);

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

/** Tenant isolation: a row is visible and writable only in a transaction of its own workspace. */
export function workspacePolicy(tableName: string) {
  const sameWorkspace = sql`workspace_id = ${CURRENT_WORKSPACE_ID}`;
  return pgPolicy(`${tableName}_workspace`, { for: 'all', using: sameWorkspace, withCheck: sameWorkspace });
}

/** Rows of the server itself: visible and writable only in maintenance transactions. */
export function maintenancePolicy(tableName: string) {
  return pgPolicy(`${tableName}_upkeep`, { for: 'all', using: IS_MAINTENANCE, withCheck: IS_MAINTENANCE });
}
