import { sql } from 'drizzle-orm';
import { check, foreignKey, index, pgPolicy, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { oneOf, timestampColumn } from '../../platform/postgres/columns.ts';
import {
  CURRENT_ROLE,
  CURRENT_USER_ID,
  CURRENT_WORKSPACE_ID,
  IS_OWNER_OR_SERVER,
} from '../../platform/postgres/row-level-security.ts';
import { users } from '../users/user.table.ts';
import { ROLES, workspaces } from '../workspaces/workspace.table.ts';

const IS_OWN = sql`workspace_id = ${CURRENT_WORKSPACE_ID}`;
const IS_OWNER = sql`${IS_OWN} and ${IS_OWNER_OR_SERVER}`;
const IS_CREATOR = sql`created_by = ${CURRENT_USER_ID}`;
/** The server in the name of a user, who acts in no workspace. */
const IS_SERVER_OF_CREATOR = sql`${IS_CREATOR} and ${CURRENT_ROLE} is null`;

/**
 * Keys of programs, of which only hashes are stored. A revoked key stays, for the audit log. A key never gives more than its
 * creator has, and ends with their membership.
 */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    createdBy: uuid('created_by').notNull(),
    name: text('name').notNull(),
    /** The beginning of the key, by which people tell keys apart. */
    prefix: text('prefix').notNull(),
    keyHash: text('key_hash').notNull(),
    role: text('role', { enum: ROLES }).notNull(),
    createdAt: timestampColumn('created_at').notNull(),
    lastUsedAt: timestampColumn('last_used_at'),
    expiresAt: timestampColumn('expires_at'),
    revokedAt: timestampColumn('revoked_at'),
  },
  (table) => [
    foreignKey({
      columns: [table.workspaceId],
      foreignColumns: [workspaces.id],
      name: 'api_keys_workspace',
    }).onDelete('cascade'),
    foreignKey({ columns: [table.createdBy], foreignColumns: [users.id], name: 'api_keys_created_by' }).onDelete(
      'cascade',
    ),
    unique('api_keys_hash_once').on(table.workspaceId, table.keyHash),
    index('api_keys_by_creator').on(table.createdBy),
    check('api_keys_role', oneOf(table.role, ROLES)),
    check('api_keys_hash', sql`${table.keyHash} ~ '^[0-9a-f]{64}$'`),
    pgPolicy('api_keys_visible', { for: 'select', using: sql`(${IS_OWNER}) or ${IS_CREATOR}` }),
    pgPolicy('api_keys_by_owner', { for: 'insert', withCheck: IS_OWNER }),
    // A password reset ends the keys of a user in all workspaces.
    pgPolicy('api_keys_change', {
      for: 'update',
      using: sql`(${IS_OWNER}) or (${IS_SERVER_OF_CREATOR})`,
      withCheck: sql`(${IS_OWNER}) or (${IS_SERVER_OF_CREATOR})`,
    }),
  ],
);
