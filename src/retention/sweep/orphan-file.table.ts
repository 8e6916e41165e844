import { pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { timestampColumn } from '../../platform/postgres/columns.ts';
import { workspacePolicies } from '../../platform/postgres/row-level-security.ts';

/**
 * Files of the store that no row counts, and since when that is known: they are removed a time after that, so that a database
 * which was restored from an older backup does not cost the files that it does not know of.
 */
export const orphanFiles = pgTable(
  'orphan_files',
  {
    workspaceId: uuid('workspace_id').notNull(),
    sha256: text('sha256').notNull(),
    seenAt: timestampColumn('seen_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.sha256], name: 'orphan_files_key' }),
    ...workspacePolicies('orphan_files'),
  ],
);
