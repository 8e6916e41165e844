import { sql } from 'drizzle-orm';
import { check, foreignKey, index, pgTable, uuid } from 'drizzle-orm/pg-core';
import { workspaces } from '../../auth/workspaces/workspace.table.ts';
import { timestampColumn } from '../../platform/postgres/columns.ts';
import { workspacePolicies } from '../../platform/postgres/row-level-security.ts';

/** When runs have worked whose rows were removed since: whoever deletes a run gets no time back. Kept for a day. */
export const removedTrainingTime = pgTable(
  'removed_training_time',
  {
    /** Of a run that is gone. */
    runId: uuid('run_id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    startedAt: timestampColumn('started_at').notNull(),
    finishedAt: timestampColumn('finished_at').notNull(),
  },
  (table) => [
    foreignKey({
      columns: [table.workspaceId],
      foreignColumns: [workspaces.id],
      name: 'removed_training_time_workspace',
    }).onDelete('cascade'),
    index('removed_training_time_by_end').on(table.workspaceId, table.finishedAt),
    check('removed_training_time_order', sql`${table.finishedAt} >= ${table.startedAt}`),
    ...workspacePolicies('removed_training_time'),
  ],
);
