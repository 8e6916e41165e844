import { sql } from 'drizzle-orm';
import { bigint, boolean, check, foreignKey, index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { blobs } from '../blobs/blob.table.ts';
import { timestampColumn } from '../platform/postgres/columns.ts';
import { workspacePolicies } from '../platform/postgres/row-level-security.ts';
import { trainingRuns } from '../training/runs/training-run.table.ts';

/** Model files: one per successful run, until it is deleted. */
export const artifacts = pgTable(
  'artifacts',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    runId: uuid('run_id').notNull(),
    format: text('format').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    sha256: text('sha256').notNull(),
    pinned: boolean('pinned').notNull(),
    createdAt: timestampColumn('created_at').notNull(),
    /** Marked as deleted, together with its run. */
    deletedAt: timestampColumn('deleted_at'),
  },
  (table) => [
    foreignKey({
      columns: [table.workspaceId, table.runId],
      foreignColumns: [trainingRuns.workspaceId, trainingRuns.id],
      name: 'artifacts_run',
    }),
    foreignKey({
      columns: [table.workspaceId, table.sha256],
      foreignColumns: [blobs.workspaceId, blobs.sha256],
      name: 'artifacts_file',
    }),
    unique('artifacts_run_once').on(table.runId),
    unique('artifacts_in_workspace').on(table.workspaceId, table.id),
    index('artifacts_newest').on(table.workspaceId, table.createdAt.desc(), table.id.desc()),
    check('artifacts_size', sql`${table.sizeBytes} >= 0`),
    ...workspacePolicies('artifacts'),
  ],
);
