import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { users } from '../auth/users/user.table.ts';
import { workspaces } from '../auth/workspaces/workspace.table.ts';
import { blobs } from '../blobs/blob.table.ts';
import { TASKS } from '../ml/task.ts';
import { oneOf, timestampColumn } from '../platform/postgres/columns.ts';
import { workspacePolicies } from '../platform/postgres/row-level-security.ts';
import { DATE_ORDERS, type NumberFormat } from '../runtime/values/cells.ts';
import type { PreviewRow } from '../tabular/inspect-csv.ts';
import type { DatasetIssue } from '../tabular/issues/issues.ts';
import type { NumericProfile, ValueCount } from '../tabular/profile/profile.ts';
import type { CsvDialect } from '../tabular/sniffer/dialect.ts';
import { COLUMN_KINDS } from '../tabular/types/column.ts';

/** The latest version number of each name. It never decreases, so a number is never used twice. */
export const datasetNames = pgTable(
  'dataset_names',
  {
    workspaceId: uuid('workspace_id').notNull(),
    name: text('name').notNull(),
    lastVersion: integer('last_version').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspaceId, table.name], name: 'dataset_names_key' }),
    foreignKey({ columns: [table.workspaceId], foreignColumns: [workspaces.id], name: 'dataset_names_workspace' }),
    check('dataset_names_version', sql`${table.lastVersion} >= 1`),
    ...workspacePolicies('dataset_names'),
  ],
);

/** The constraint that keeps a retried upload from creating a second version. */
export const IDEMPOTENCY_KEY_ONCE = 'datasets_idempotency_key_once';

/** One uploaded version of a name: its file (`sha256`), the typed table made from it, and the findings. */
export const datasets = pgTable(
  'datasets',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    name: text('name').notNull(),
    version: integer('version').notNull(),
    filename: text('filename').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    sha256: text('sha256').notNull(),
    tableSha256: text('table_sha256').notNull(),
    rowCount: bigint('row_count', { mode: 'number' }).notNull(),
    columnCount: integer('column_count').notNull(),
    dialect: jsonb('dialect').$type<CsvDialect>().notNull(),
    /** The uploader's additional texts for "no value"; predictions use the same ones. */
    missingTokens: jsonb('missing_tokens').$type<readonly string[]>().notNull().default([]),
    /** Whether the default texts for "no value" apply as well. */
    keepDefaultMissingTokens: boolean('keep_default_missing_tokens').notNull().default(true),
    preview: jsonb('preview').$type<readonly PreviewRow[]>().notNull(),
    issues: jsonb('issues').$type<readonly DatasetIssue[]>().notNull(),
    suggestedTarget: text('suggested_target'),
    suggestedTask: text('suggested_task', { enum: TASKS }),
    pinned: boolean('pinned').notNull(),
    createdBy: uuid('created_by'),
    createdAt: timestampColumn('created_at').notNull(),
    expiresAt: timestampColumn('expires_at'),
    /** Marked as deleted: hidden from every reader, until retention/ has removed the row. */
    deletedAt: timestampColumn('deleted_at'),
    /** Until when it can be restored; null if it cannot. */
    restorableUntil: timestampColumn('restorable_until'),
    /** The uploader's idempotency key, and a hash of the upload it belongs to. */
    idempotencyKey: text('idempotency_key'),
    idempotencyFingerprint: text('idempotency_fingerprint'),
  },
  (table) => [
    foreignKey({
      columns: [table.workspaceId, table.name],
      foreignColumns: [datasetNames.workspaceId, datasetNames.name],
      name: 'datasets_name',
    }),
    foreignKey({
      columns: [table.workspaceId, table.sha256],
      foreignColumns: [blobs.workspaceId, blobs.sha256],
      name: 'datasets_file',
    }),
    foreignKey({
      columns: [table.workspaceId, table.tableSha256],
      foreignColumns: [blobs.workspaceId, blobs.sha256],
      name: 'datasets_table',
    }),
    foreignKey({ columns: [table.createdBy], foreignColumns: [users.id], name: 'datasets_created_by' }).onDelete(
      'set null',
    ),
    unique('datasets_version_once').on(table.workspaceId, table.name, table.version),
    unique(IDEMPOTENCY_KEY_ONCE).on(table.workspaceId, table.idempotencyKey),
    unique('datasets_workspace_id').on(table.workspaceId, table.id),
    index('datasets_newest').on(table.workspaceId, table.createdAt.desc(), table.id.desc()),
    index('datasets_expiring')
      .on(table.workspaceId, table.expiresAt)
      .where(sql`${table.expiresAt} is not null and ${table.deletedAt} is null`),
    index('datasets_deleted').on(table.workspaceId, table.restorableUntil).where(sql`${table.deletedAt} is not null`),
    check(
      'datasets_counts',
      sql`${table.version} >= 1 and ${table.sizeBytes} >= 0 and ${table.rowCount} >= 0 and ${table.columnCount} >= 0`,
    ),
    check('datasets_suggested_task', oneOf(table.suggestedTask, TASKS)),
    check('datasets_pinned_never_expires', sql`not ${table.pinned} or ${table.expiresAt} is null`),
    check('datasets_restorable', sql`${table.restorableUntil} is null or ${table.deletedAt} is not null`),
    check(
      'datasets_idempotency',
      sql`(${table.idempotencyKey} is null) = (${table.idempotencyFingerprint} is null)
      and ${table.idempotencyKey} ~ '^[!-~]{1,255}$' and ${table.idempotencyFingerprint} ~ '^[0-9a-f]{64}$'`,
    ),
    ...workspacePolicies('datasets'),
  ],
);

/** The columns with their profiles, one row each, so that they can be paged. */
export const datasetColumns = pgTable(
  'dataset_columns',
  {
    datasetId: uuid('dataset_id').notNull(),
    workspaceId: uuid('workspace_id').notNull(),
    index: integer('index').notNull(),
    name: text('name').notNull(),
    kind: text('kind', { enum: COLUMN_KINDS }).notNull(),
    missing: bigint('missing', { mode: 'number' }).notNull(),
    distinct: bigint('distinct_count', { mode: 'number' }).notNull(),
    approximate: boolean('approximate').notNull(),
    numeric: jsonb('numeric_profile').$type<NumericProfile>(),
    topValues: jsonb('top_values').$type<readonly ValueCount[]>().notNull(),
    /** The formats in which numbers and dates were written; a model must read new cells the same way. */
    dateOrder: text('date_order', { enum: DATE_ORDERS }),
    numberFormat: jsonb('number_format').$type<NumberFormat>(),
  },
  (table) => [
    primaryKey({ columns: [table.datasetId, table.index], name: 'dataset_columns_key' }),
    foreignKey({
      columns: [table.workspaceId, table.datasetId],
      foreignColumns: [datasets.workspaceId, datasets.id],
      name: 'dataset_columns_dataset',
    }).onDelete('cascade'),
    // On the hash: an index entry is limited to 2,704 bytes, and a name may be longer.
    uniqueIndex('dataset_columns_name_once').on(table.datasetId, sql`md5(${table.name})`),
    check('dataset_columns_counts', sql`${table.index} >= 0 and ${table.missing} >= 0 and ${table.distinct} >= 0`),
    check('dataset_columns_kind', oneOf(table.kind, COLUMN_KINDS)),
    check('dataset_columns_date_order', oneOf(table.dateOrder, DATE_ORDERS)),
    ...workspacePolicies('dataset_columns'),
  ],
);
