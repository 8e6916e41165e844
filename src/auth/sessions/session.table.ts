import { sql } from 'drizzle-orm';
import { foreignKey, index, pgPolicy, pgTable, unique, uuid } from 'drizzle-orm/pg-core';
import { bytesColumn, timestampColumn } from '../../platform/postgres/columns.ts';
import { CURRENT_USER_ID, IS_MAINTENANCE } from '../../platform/postgres/row-level-security.ts';
import { users } from '../users/user.table.ts';
import { workspaces } from '../workspaces/workspace.table.ts';

/** Sessions. Every access token belongs to one, and is valid no longer than it. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id').notNull(),
    /** What its next access token is for. Null, as of sessions from before there were refresh tokens: the user's oldest. */
    workspaceId: uuid('workspace_id'),
    createdAt: timestampColumn('created_at').notNull(),
    /** When it ends, unless it is refreshed before. Null for sessions from before there were refresh tokens. */
    expiresAt: timestampColumn('expires_at'),
    endedAt: timestampColumn('ended_at'),
  },
  (table) => [
    foreignKey({ columns: [table.userId], foreignColumns: [users.id], name: 'sessions_user' }).onDelete('cascade'),
    foreignKey({
      columns: [table.workspaceId],
      foreignColumns: [workspaces.id],
      name: 'sessions_workspace',
    }).onDelete('set null'),
    unique('sessions_of_user').on(table.userId, table.id),
    index('sessions_by_workspace').on(table.workspaceId),
    pgPolicy('sessions_own', {
      for: 'all',
      using: sql`user_id = ${CURRENT_USER_ID}`,
      withCheck: sql`user_id = ${CURRENT_USER_ID}`,
    }),
    // After a database was restored, all sessions are ended.
    pgPolicy('sessions_maintenance_select', { for: 'select', using: IS_MAINTENANCE }),
    pgPolicy('sessions_maintenance_update', { for: 'update', using: IS_MAINTENANCE, withCheck: IS_MAINTENANCE }),
  ],
);

/** Refresh tokens, by their hashes. All of a session are one family, of which one is unused: its newest. */
export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    /** SHA-256 of the token. */
    hash: bytesColumn('hash').primaryKey(),
    userId: uuid('user_id').notNull(),
    sessionId: uuid('session_id').notNull(),
    createdAt: timestampColumn('created_at').notNull(),
    usedAt: timestampColumn('used_at'),
    /** With the token itself it gives the next one. Null for a token that is unused, or was replaced without being sent. */
    successorSalt: bytesColumn('successor_salt'),
  },
  (table) => [
    foreignKey({
      columns: [table.userId, table.sessionId],
      foreignColumns: [sessions.userId, sessions.id],
      name: 'refresh_tokens_session',
    }).onDelete('cascade'),
    index('refresh_tokens_by_session').on(table.userId, table.sessionId),
    pgPolicy('refresh_tokens_own', {
      for: 'all',
      using: sql`user_id = ${CURRENT_USER_ID}`,
      withCheck: sql`user_id = ${CURRENT_USER_ID}`,
    }),
  ],
);
