import { sql } from 'drizzle-orm';
import { check, foreignKey, index, pgPolicy, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { oneOf, timestampColumn } from '../../platform/postgres/columns.ts';
import {
  CURRENT_USER_ID,
  CURRENT_WORKSPACE_ID,
  IS_MAINTENANCE,
  IS_OWNER_OR_SERVER,
} from '../../platform/postgres/row-level-security.ts';
import { users } from '../users/user.table.ts';

export const ROLES = ['OWNER', 'EDITOR', 'READER'] as const;
export type Role = (typeof ROLES)[number];

/** Workspaces: the tenants. */
export const workspaces = pgTable(
  'workspaces',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    createdAt: timestampColumn('created_at').notNull(),
    /** The outside issuer that it is of, and what that calls it; null for this server's own. */
    issuer: text('issuer'),
    issuerName: text('issuer_name'),
  },
  (table) => [
    unique('workspaces_of_issuer').on(table.issuer, table.issuerName),
    check('workspaces_kind', sql`num_nonnulls(${table.issuer}, ${table.issuerName}) in (0, 2)`),
    check('workspaces_name_length', sql`length(${table.name}) between 1 and 200`),
    pgPolicy('workspaces_own', {
      for: 'select',
      using: sql`id = ${CURRENT_WORKSPACE_ID}
        or exists (select from memberships where memberships.workspace_id = workspaces.id and memberships.user_id = ${CURRENT_USER_ID})`,
    }),
    pgPolicy('workspaces_write', {
      for: 'all',
      using: sql`id = ${CURRENT_WORKSPACE_ID} and ${IS_OWNER_OR_SERVER}`,
      withCheck: sql`id = ${CURRENT_WORKSPACE_ID} and ${IS_OWNER_OR_SERVER}`,
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
    /** Of an outside issuer's: when the newest token was issued that was seen, which has said the role. */
    claimedAt: timestampColumn('claimed_at'),
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
      for: 'select',
      using: sql`workspace_id = ${CURRENT_WORKSPACE_ID} or user_id = ${CURRENT_USER_ID}`,
    }),
    pgPolicy('memberships_write', {
      for: 'all',
      using: sql`workspace_id = ${CURRENT_WORKSPACE_ID} and ${IS_OWNER_OR_SERVER}`,
      withCheck: sql`workspace_id = ${CURRENT_WORKSPACE_ID} and ${IS_OWNER_OR_SERVER}`,
    }),
    // Everybody may leave.
    pgPolicy('memberships_leave', { for: 'delete', using: sql`user_id = ${CURRENT_USER_ID}` }),
  ],
);
