import { sql } from 'drizzle-orm';
import { check, foreignKey, index, jsonb, pgPolicy, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { timestampColumn } from '../../platform/postgres/columns.ts';
import {
  CURRENT_ROLE,
  CURRENT_USER_ID,
  CURRENT_WORKSPACE_ID,
  IS_MAINTENANCE,
} from '../../platform/postgres/row-level-security.ts';
import { workspaces } from '../workspaces/workspace.table.ts';

/** Small facts beside an entry; never a secret, and nothing of the contents of files. */
export type AuditDetails = Readonly<Record<string, string | number | boolean | null>>;

const IS_OLD = sql`${IS_MAINTENANCE} and created_at < now() - interval '30 days'`;

/** Nobody belongs to the workspace of the transaction any more. */
const IS_LEFT = sql`workspace_id = ${CURRENT_WORKSPACE_ID} and ${CURRENT_ROLE} is null
  and not exists (select from memberships where memberships.workspace_id = audit_entries.workspace_id)`;

/**
 * Who did what, entry after entry. The app's role may not change an entry, may not remove one that is younger than 30 days,
 * and cannot record one in the name of anybody but the user of its transaction. Who acted stays, also when the account goes:
 * so there is no foreign key to users.
 */
export const auditEntries = pgTable(
  'audit_entries',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    createdAt: timestampColumn('created_at').notNull(),
    action: text('action').notNull(),
    /** Null for an API key, and for the server itself. */
    actorId: uuid('actor_id'),
    apiKeyId: uuid('api_key_id'),
    /** What it was done to: an id, or an address. */
    subject: text('subject'),
    details: jsonb('details').$type<AuditDetails>(),
  },
  (table) => [
    foreignKey({ columns: [table.workspaceId], foreignColumns: [workspaces.id], name: 'audit_entries_workspace' }),
    index('audit_entries_newest').on(table.workspaceId, table.createdAt.desc(), table.id.desc()),
    index('audit_entries_by_age').on(table.createdAt),
    // The names of those who acted are looked up by their policy.
    index('audit_entries_by_actor').on(table.workspaceId, table.actorId, table.createdAt.desc()),
    check('audit_entries_sizes', sql`length(${table.action}) <= 100 and length(${table.subject}) <= 400`),
    pgPolicy('audit_entries_owner', {
      for: 'select',
      using: sql`workspace_id = ${CURRENT_WORKSPACE_ID} and ${CURRENT_ROLE} = 'OWNER'`,
    }),
    pgPolicy('audit_entries_record', {
      for: 'insert',
      withCheck: sql`(actor_id is null or actor_id = ${CURRENT_USER_ID}) and (workspace_id = ${CURRENT_WORKSPACE_ID}
        or exists (select from memberships where memberships.workspace_id = audit_entries.workspace_id and memberships.user_id = ${CURRENT_USER_ID}))`,
    }),
    // The log goes with its workspace, once nobody belongs to that any more.
    pgPolicy('audit_entries_left_delete', { for: 'delete', using: IS_LEFT }),
    pgPolicy('audit_entries_left_select', { for: 'select', using: IS_LEFT }),
    pgPolicy('audit_entries_old_select', { for: 'select', using: IS_OLD }),
    pgPolicy('audit_entries_old_delete', { for: 'delete', using: IS_OLD }),
  ],
);
