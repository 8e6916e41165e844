import { sql } from 'drizzle-orm';
import { check, foreignKey, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { timestampColumn } from '../../platform/postgres/columns.ts';
import { workspacePolicies } from '../../platform/postgres/row-level-security.ts';
import { artifacts } from '../artifact.table.ts';

/** Names that applications ask, whichever model they stand for now. An alias goes with its model. */
export const modelAliases = pgTable(
  'model_aliases',
  {
    workspaceId: uuid('workspace_id').notNull(),
    name: text('name').notNull(),
    artifactId: uuid('artifact_id').notNull(),
    updatedAt: timestampColumn('updated_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.name] }),
    foreignKey({
      columns: [table.workspaceId, table.artifactId],
      foreignColumns: [artifacts.workspaceId, artifacts.id],
      name: 'model_aliases_artifact',
    }).onDelete('cascade'),
    check('model_aliases_name_length', sql`length(${table.name}) between 1 and 100`),
    ...workspacePolicies('model_aliases'),
  ],
);
