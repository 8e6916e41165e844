import { pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { workspacePolicies } from '../../../platform/postgres/row-level-security.ts';

/**
 * Files that a training on several hosts has in the store until it ends: shards, models of its checkpoints. Each row is a reference to its
 * blob. No foreign key: the rows of a run that is gone are what the sweep finds its files by.
 */
export const trainingFiles = pgTable(
  'training_files',
  {
    workspaceId: uuid('workspace_id').notNull(),
    runId: uuid('run_id').notNull(),
    sha256: text('sha256').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.runId, table.sha256], name: 'training_files_key' }),
    ...workspacePolicies('training_files'),
  ],
);
