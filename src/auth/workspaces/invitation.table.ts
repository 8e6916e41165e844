import { sql } from 'drizzle-orm';
import { check, foreignKey, pgPolicy, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { oneOf, timestampColumn } from '../../platform/postgres/columns.ts';
import { CURRENT_ROLE, CURRENT_WORKSPACE_ID, IS_OWNER_OR_SERVER } from '../../platform/postgres/row-level-security.ts';
import { ROLES, workspaces } from './workspace.table.ts';

const IS_OWN = sql`workspace_id = ${CURRENT_WORKSPACE_ID}`;
const IS_OWNER = sql`${IS_OWN} and ${CURRENT_ROLE} = 'OWNER'`;

/**
 * Open invitations: one for an address and workspace. An accepted or revoked one is gone. Only the hash of its token is stored.
 * Who accepts has no role in the workspace yet.
 */
export const invitations = pgTable(
  'invitations',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    email: text('email').notNull(),
    role: text('role', { enum: ROLES }).notNull(),
    tokenHash: text('token_hash').notNull(),
    createdAt: timestampColumn('created_at').notNull(),
    expiresAt: timestampColumn('expires_at').notNull(),
  },
  (table) => [
    foreignKey({
      columns: [table.workspaceId],
      foreignColumns: [workspaces.id],
      name: 'invitations_workspace',
    }).onDelete('cascade'),
    unique('invitations_once').on(table.workspaceId, table.email),
    check('invitations_role', oneOf(table.role, ROLES)),
    check('invitations_hash', sql`${table.tokenHash} ~ '^[0-9a-f]{64}$'`),
    pgPolicy('invitations_visible', { for: 'select', using: sql`${IS_OWN} and ${IS_OWNER_OR_SERVER}` }),
    pgPolicy('invitations_by_owner', { for: 'insert', withCheck: IS_OWNER }),
    pgPolicy('invitations_renewed', { for: 'update', using: IS_OWNER, withCheck: IS_OWNER }),
    pgPolicy('invitations_over', {
      for: 'delete',
      using: sql`${IS_OWN} and ${IS_OWNER_OR_SERVER}`,
    }),
  ],
);
