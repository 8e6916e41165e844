import { sql } from 'drizzle-orm';
import { check, foreignKey, index, pgPolicy, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { bytesColumn, oneOf, timestampColumn } from '../../platform/postgres/columns.ts';
import { CURRENT_USER_ID } from '../../platform/postgres/row-level-security.ts';
import { users } from './user.table.ts';

export const MAIL_PURPOSES = ['RESET_PASSWORD', 'VERIFY_EMAIL'] as const;
export type MailPurpose = (typeof MAIL_PURPOSES)[number];

/** Tokens of links that were mailed to users, by their hashes. Each is used once, and removed then. */
export const mailTokens = pgTable(
  'mail_tokens',
  {
    /** SHA-256 of the token. */
    hash: bytesColumn('hash').primaryKey(),
    userId: uuid('user_id').notNull(),
    purpose: text('purpose', { enum: MAIL_PURPOSES }).notNull(),
    createdAt: timestampColumn('created_at').notNull(),
    expiresAt: timestampColumn('expires_at').notNull(),
  },
  (table) => [
    foreignKey({ columns: [table.userId], foreignColumns: [users.id], name: 'mail_tokens_user' }).onDelete('cascade'),
    index('mail_tokens_by_user').on(table.userId),
    check('mail_tokens_purpose', oneOf(table.purpose, MAIL_PURPOSES)),
    pgPolicy('mail_tokens_own', {
      for: 'all',
      using: sql`user_id = ${CURRENT_USER_ID}`,
      withCheck: sql`user_id = ${CURRENT_USER_ID}`,
    }),
  ],
);
