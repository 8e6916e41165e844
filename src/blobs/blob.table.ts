import { sql } from 'drizzle-orm';
import { bigint, check, foreignKey, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { workspaces } from '../auth/workspaces/workspace.table.ts';
import { timestampColumn } from '../platform/postgres/columns.ts';
import { workspacePolicies } from '../platform/postgres/row-level-security.ts';

/** Stored files, once per workspace and SHA-256, with the number of references. */
export const blobs = pgTable(
  'blobs',
  {
    workspaceId: uuid('workspace_id').notNull(),
    sha256: text('sha256').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    referenceCount: integer('reference_count').notNull(),
    createdAt: timestampColumn('created_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.sha256], name: 'blobs_key' }),
    foreignKey({ columns: [table.workspaceId], foreignColumns: [workspaces.id], name: 'blobs_workspace' }),
    check('blobs_sha256_form', sql`${table.sha256} ~ '^[0-9a-f]{64}$'`),
    check('blobs_counts', sql`${table.referenceCount} >= 0 and ${table.sizeBytes} >= 0`),
    ...workspacePolicies('blobs'),
  ],
);
