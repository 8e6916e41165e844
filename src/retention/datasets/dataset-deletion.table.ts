import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import { workspaces } from '../../auth/workspaces/workspace.table.ts';
import { oneOf, timestampColumn } from '../../platform/postgres/columns.ts';
import { workspacePolicies } from '../../platform/postgres/row-level-security.ts';

export const DELETION_STATUSES = ['RESTORABLE', 'DELETING', 'DELETED'] as const;

export type DeletionStatus = (typeof DELETION_STATUSES)[number];

/** What becomes of a dataset that was deleted, for 30 days after its end. Gone when the dataset is restored. */
export const datasetDeletions = pgTable(
  'dataset_deletions',
  {
    /** The dataset's. */
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    status: text('status', { enum: DELETION_STATUSES }).notNull(),
    requestedAt: timestampColumn('requested_at').notNull(),
    restorableUntil: timestampColumn('restorable_until'),
    /** The job that does what a process that has ended left undone; null while it is restorable. */
    jobId: uuid('job_id'),
    finishedAt: timestampColumn('finished_at'),
    /** What has been done so far: shown once all is done. */
    filesRemoved: integer('files_removed').notNull().default(0),
    filesMissing: integer('files_missing').notNull().default(0),
    bytesReclaimed: bigint('bytes_reclaimed', { mode: 'number' }).notNull().default(0),
    runsDeleted: integer('runs_deleted').notNull().default(0),
    artifactsDeleted: integer('artifacts_deleted').notNull().default(0),
  },
  (table) => [
    foreignKey({ columns: [table.workspaceId], foreignColumns: [workspaces.id], name: 'dataset_deletions_workspace' }),
    unique('dataset_deletions_workspace_id').on(table.workspaceId, table.id),
    index('dataset_deletions_restorable')
      .on(table.workspaceId, table.restorableUntil)
      .where(sql`${table.status} = 'RESTORABLE'`),
    index('dataset_deletions_finished').on(table.workspaceId, table.finishedAt),
    check('dataset_deletions_status', oneOf(table.status, DELETION_STATUSES)),
    check('dataset_deletions_end', sql`(${table.status} = 'DELETED') = (${table.finishedAt} is not null)`),
    check(
      'dataset_deletions_counts',
      sql`${table.filesRemoved} >= 0 and ${table.filesMissing} >= 0 and ${table.bytesReclaimed} >= 0
      and ${table.runsDeleted} >= 0 and ${table.artifactsDeleted} >= 0`,
    ),
    ...workspacePolicies('dataset_deletions'),
  ],
);

/** The files that a deletion has to let go: their rows are removed already, and what these referred to is counted here. */
export const deletionFiles = pgTable(
  'deletion_files',
  {
    deletionId: uuid('deletion_id').notNull(),
    workspaceId: uuid('workspace_id').notNull(),
    sha256: text('sha256').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    /** The references of removed rows that the file's count still has; 0 once they are released. */
    references: integer('reference_count').notNull(),
    /** Whether the file was there before its removal began, so that a repetition counts what it removed; null: not looked yet. */
    existed: boolean('existed'),
  },
  (table) => [
    primaryKey({ columns: [table.deletionId, table.sha256], name: 'deletion_files_key' }),
    foreignKey({
      columns: [table.workspaceId, table.deletionId],
      foreignColumns: [datasetDeletions.workspaceId, datasetDeletions.id],
      name: 'deletion_files_deletion',
    }).onDelete('cascade'),
    index('deletion_files_by_file').on(table.workspaceId, table.sha256),
    check('deletion_files_counts', sql`${table.references} >= 0 and ${table.sizeBytes} >= 0`),
    ...workspacePolicies('deletion_files'),
  ],
);
