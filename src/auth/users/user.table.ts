import { sql } from 'drizzle-orm';
import { check, pgPolicy, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { timestampColumn } from '../../platform/postgres/columns.ts';
import { CURRENT_USER_ID, CURRENT_WORKSPACE_ID } from '../../platform/postgres/row-level-security.ts';

/** Users. E-mail addresses are stored in lower case. */
export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey(),
    email: text('email').notNull(),
    name: text('name'),
    passwordHash: text('password_hash').notNull(),
    /** When a link in a mail to the address was followed first. */
    emailVerifiedAt: timestampColumn('email_verified_at'),
    createdAt: timestampColumn('created_at').notNull(),
  },
  (table) => [
    unique('users_email_unique').on(table.email),
    check('users_email_form', sql`${table.email} = lower(${table.email}) and length(${table.email}) between 3 and 320`),
    pgPolicy('users_visible', {
      for: 'select',
      using: sql`id = ${CURRENT_USER_ID} or email = nullif(current_setting('app.email', true), '')
        or exists (select from memberships where memberships.user_id = users.id and memberships.workspace_id = ${CURRENT_WORKSPACE_ID})
        or exists (select from audit_entries where audit_entries.actor_id = users.id and audit_entries.workspace_id = ${CURRENT_WORKSPACE_ID})`,
    }),
    pgPolicy('users_sign_up', { for: 'insert', withCheck: sql`id = ${CURRENT_USER_ID}` }),
    pgPolicy('users_change', {
      for: 'update',
      using: sql`id = ${CURRENT_USER_ID}`,
      withCheck: sql`id = ${CURRENT_USER_ID}`,
    }),
    pgPolicy('users_leave', { for: 'delete', using: sql`id = ${CURRENT_USER_ID}` }),
  ],
);
