import { foreignKey, index, pgTable, uuid } from 'drizzle-orm/pg-core';
import { workspaces } from '../../../auth/workspaces/workspace.table.ts';
import { timestampColumn } from '../../../platform/postgres/columns.ts';
import { workspacePolicies } from '../../../platform/postgres/row-level-security.ts';

/** Files that are being uploaded or inspected in one request each. A row that is not renewed is of a process that has ended. */
export const uploadSlots = pgTable(
  'upload_slots',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    expiresAt: timestampColumn('expires_at').notNull(),
  },
  (table) => [
    foreignKey({
      columns: [table.workspaceId],
      foreignColumns: [workspaces.id],
      name: 'upload_slots_workspace',
    }).onDelete('cascade'),
    index('upload_slots_by_workspace').on(table.workspaceId),
    ...workspacePolicies('upload_slots'),
  ],
);
