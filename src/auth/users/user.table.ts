import { sql } from 'drizzle-orm';
import { check, foreignKey, index, pgPolicy, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { oneOf, timestampColumn } from '../../platform/postgres/columns.ts';
import { CURRENT_USER_ID, CURRENT_WORKSPACE_ID, IS_MAINTENANCE } from '../../platform/postgres/row-level-security.ts';

export const ROLES = ['OWNER', 'EDITOR', 'READER'] as const;
export type Role = (typeof ROLES)[number];

/** Users. E-mail addresses are stored in lower case. */
export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey(),
    email: text('email').notNull(),
    name: text('name'),
    passwordHash: text('password_hash').notNull(),
    createdAt: timestampColumn('created_at').notNull(),
  },
  (table) => [
    unique('users_email_unique').on(table.email),
    check('users_email_form', sql`${table.email} = lower(${table.email}) and length(${table.email}) between 3 and 320`),
    pgPolicy('users_visible', {
      for: 'select',
      using: sql`id = ${CURRENT_USER_ID} or email = nullif(current_setting('app.email', true), '')
        or exists (select from memberships where memberships.user_id = users.id and memberships.workspace_id = ${CURRENT_WORKSPACE_ID})`,
    }),
    pgPolicy('users_sign_up', { for: 'insert', withCheck: sql`id = ${CURRENT_USER_ID}` }),
  ],
);

/** Workspaces: the tenants. */
export const workspaces = pgTable(
  'workspaces',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    createdAt: timestampColumn('created_at').notNull(),
  },
  (table) => [
    check('workspaces_name_length', sql`length(${table.name}) between 1 and 200`),
    pgPolicy('workspaces_own', {
      for: 'all',
      using: sql`id = ${CURRENT_WORKSPACE_ID}
        or exists (select from memberships where memberships.workspace_id = workspaces.id and memberships.user_id = ${CURRENT_USER_ID})`,
      withCheck: sql`id = ${CURRENT_WORKSPACE_ID}`,
    }),
    // What expires or is left behind is looked for in each of them.
    pgPolicy('workspaces_maintenance', { for: 'select', using: IS_MAINTENANCE }),
  ],
);

/** Memberships of users in workspaces, with their roles. */
export const memberships = pgTable(
  'memberships',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    userId: uuid('user_id').notNull(),
    role: text('role', { enum: ROLES }).notNull(),
    createdAt: timestampColumn('created_at').notNull(),
  },
  (table) => [
    foreignKey({
      columns: [table.workspaceId],
      foreignColumns: [workspaces.id],
      name: 'memberships_workspace',
    }).onDelete('cascade'),
    foreignKey({ columns: [table.userId], foreignColumns: [users.id], name: 'memberships_user' }).onDelete('cascade'),
    unique('memberships_once').on(table.workspaceId, table.userId),
    index('memberships_by_user').on(table.userId),
    check('memberships_role', oneOf(table.role, ROLES)),
    pgPolicy('memberships_visible', {
      for: 'all',
      using: sql`workspace_id = ${CURRENT_WORKSPACE_ID} or user_id = ${CURRENT_USER_ID}`,
      withCheck: sql`workspace_id = ${CURRENT_WORKSPACE_ID}`,
    }),
  ],
);

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
