import { sql } from 'drizzle-orm';
import { foreignKey, index, pgPolicy, pgTable, uuid } from 'drizzle-orm/pg-core';
import { timestampColumn } from '../../platform/postgres/columns.ts';
import { CURRENT_USER_ID } from '../../platform/postgres/row-level-security.ts';
import { users } from '../users/user.table.ts';

/** Sessions. Every access token belongs to one, and is valid no longer than it. */
export const sessions = pgTable(
  'sessions',
  {
    id: uuid('id').primaryKey(),
    userId: uuid('user_id').notNull(),
    createdAt: timestampColumn('created_at').notNull(),
    endedAt: timestampColumn('ended_at'),
  },
  (table) => [
    foreignKey({ columns: [table.userId], foreignColumns: [users.id], name: 'sessions_user' }).onDelete('cascade'),
    index('sessions_by_user').on(table.userId),
    pgPolicy('sessions_own', {
      for: 'all',
      using: sql`user_id = ${CURRENT_USER_ID}`,
      withCheck: sql`user_id = ${CURRENT_USER_ID}`,
    }),
  ],
);
