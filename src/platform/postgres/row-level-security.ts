import { type SQL, sql } from 'drizzle-orm';
import { pgPolicy } from 'drizzle-orm/pg-core';

/** The workspace of the transaction; null, which matches no row, if none is set. A local setting that has ended is ''. */
export const CURRENT_WORKSPACE_ID: SQL = sql.raw(`nullif(current_setting('app.workspace_id', true), '')::uuid`);

/** The user of the transaction. */
export const CURRENT_USER_ID: SQL = sql.raw(`nullif(current_setting('app.user_id', true), '')::uuid`);

/** The caller's role in the workspace of the transaction; null where the server acts by itself. */
export const CURRENT_ROLE: SQL = sql.raw(`nullif(current_setting('app.role', true), '')`);

/** Whether the transaction is one of the server's own maintenance, which sees certain rows of all workspaces. */
export const IS_MAINTENANCE: SQL = sql.raw(`nullif(current_setting('app.maintenance', true), '') is not null`);

/** False in transactions of callers who may only read. */
const MAY_WRITE: SQL = sql.raw(`current_setting('app.role', true) is distinct from 'READER'`);

/** Whether the transaction acts for an owner, or for the server itself. */
export const IS_OWNER_OR_SERVER: SQL = sql.raw(
  `coalesce(nullif(current_setting('app.role', true), ''), 'OWNER') = 'OWNER'`,
);

/**
 * Tenant isolation: a row is visible and writable only in a transaction of its own workspace, and not writable for a READER,
 * also where the code forgets to ask.
 */
export function workspacePolicies(tableName: string) {
  const sameWorkspace = sql`workspace_id = ${CURRENT_WORKSPACE_ID}`;
  const isWriter = sql`${sameWorkspace} and ${MAY_WRITE}`;
  return [
    pgPolicy(`${tableName}_workspace`, { for: 'select', using: sameWorkspace }),
    pgPolicy(`${tableName}_write`, { for: 'all', using: isWriter, withCheck: isWriter }),
  ];
}

/** Rows of the server itself: visible and writable only in maintenance transactions. */
export function maintenancePolicy(tableName: string) {
  return pgPolicy(`${tableName}_maintenance`, { for: 'all', using: IS_MAINTENANCE, withCheck: IS_MAINTENANCE });
}
