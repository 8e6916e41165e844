import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgPolicy,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { users } from '../../auth/users/user.table.ts';
import { workspaces } from '../../auth/workspaces/workspace.table.ts';
import { bytesColumn, oneOf, timestampColumn } from '../../platform/postgres/columns.ts';
import { IS_MAINTENANCE, workspacePolicies } from '../../platform/postgres/row-level-security.ts';
import type { DatasetReport, UploadOptions } from '../uploads/file-intake.ts';
import { UPLOAD_STATUSES } from './upload-session-status.ts';

/** What is kept of the report on a refused file; its columns are rows of their own. */
export type RefusedReport = Omit<DatasetReport, 'columns' | 'filename' | 'sizeBytes'>;

/** Sessions that maintenance may delete of all workspaces: those that ended long ago. */
const FORGOTTEN = sql`${IS_MAINTENANCE} and finished_at < now() - interval '7 days'`;

/** Sessions that it may see: these too, and those that nobody completed in time. */
const OVERDUE = sql`${IS_MAINTENANCE} and
  ((status = 'RECEIVING' and expires_at < now()) or finished_at < now() - interval '7 days')`;

/** The constraint that makes a retried createUpload one session. */
export const SESSION_KEY_ONCE = 'upload_sessions_idempotency_key_once';

/** A file that arrives in parts, from the first of them until it was read. */
export const uploadSessions = pgTable(
  'upload_sessions',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    createdBy: uuid('created_by'),
    filename: text('filename').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    partSizeBytes: bigint('part_size_bytes', { mode: 'number' }).notNull(),
    /** What the part store calls the upload. */
    storeId: text('store_id'),
    /** What its owner said of the file. */
    options: jsonb('options').$type<UploadOptions>().notNull(),
    idempotencyKey: text('idempotency_key'),
    status: text('status', { enum: UPLOAD_STATUSES }).notNull(),
    /** Of the reading, 0 to 1. */
    progress: doublePrecision('progress').notNull(),
    etaSeconds: doublePrecision('eta_seconds'),
    /** Which try of which process may write; 0 before the first. */
    attempt: integer('attempt').notNull(),
    lostAttempts: integer('lost_attempts').notNull(),
    /** The count of changes. */
    lastSeq: integer('last_seq').notNull(),
    /** The job that may claim the session, or has claimed it. */
    jobId: uuid('job_id'),
    /** Of the version that was made; deleting the dataset leaves it. */
    datasetId: uuid('dataset_id'),
    report: jsonb('report').$type<RefusedReport>(),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    errorHint: text('error_hint'),
    createdAt: timestampColumn('created_at').notNull(),
    expiresAt: timestampColumn('expires_at').notNull(),
    finishedAt: timestampColumn('finished_at'),
  },
  (table) => [
    foreignKey({ columns: [table.workspaceId], foreignColumns: [workspaces.id], name: 'upload_sessions_workspace' }),
    foreignKey({ columns: [table.createdBy], foreignColumns: [users.id], name: 'upload_sessions_created_by' }).onDelete(
      'set null',
    ),
    unique('upload_sessions_workspace_id').on(table.workspaceId, table.id),
    index('upload_sessions_open').on(table.workspaceId, table.createdAt.desc()).where(sql`${table.finishedAt} is null`),
    index('upload_sessions_overdue').on(table.expiresAt).where(sql`${table.status} = 'RECEIVING'`),
    index('upload_sessions_finished').on(table.finishedAt).where(sql`${table.finishedAt} is not null`),
    uniqueIndex(SESSION_KEY_ONCE).on(table.workspaceId, table.idempotencyKey).where(sql`${table.finishedAt} is null`),
    check('upload_sessions_status', oneOf(table.status, UPLOAD_STATUSES)),
    check('upload_sessions_progress', sql`${table.progress} between 0 and 1`),
    check('upload_sessions_sizes', sql`${table.sizeBytes} >= 1 and ${table.partSizeBytes} >= 1`),
    check(
      'upload_sessions_counts',
      sql`${table.attempt} >= 0 and ${table.lostAttempts} >= 0 and ${table.lastSeq} >= 0`,
    ),
    check(
      'upload_sessions_end',
      sql`(${table.status} in ('RECEIVING', 'QUEUED', 'READING')) = (${table.finishedAt} is null)`,
    ),
    check(
      'upload_sessions_result',
      sql`(${table.status} = 'DONE') = (${table.datasetId} is not null)
      and (${table.status} = 'REFUSED') = (${table.report} is not null)`,
    ),
    check(
      'upload_sessions_failure',
      sql`(${table.errorCode} is null) = (${table.errorMessage} is null)
      and (${table.status} <> 'FAILED' or ${table.errorCode} is not null)`,
    ),
    ...workspacePolicies('upload_sessions'),
    pgPolicy('upload_sessions_overdue_select', { for: 'select', using: OVERDUE }),
    pgPolicy('upload_sessions_forgotten_delete', { for: 'delete', using: FORGOTTEN }),
  ],
);

/** The columns of the reports on refused files: deflated JSON in pieces, as the reading thread packs them. */
export const uploadReportPieces = pgTable(
  'upload_report_pieces',
  {
    sessionId: uuid('session_id').notNull(),
    workspaceId: uuid('workspace_id').notNull(),
    /** From 0; the names of all columns are piece -1. */
    piece: integer('piece').notNull(),
    /** The position of its first column, and how many it has. */
    first: integer('first').notNull(),
    count: integer('column_count').notNull(),
    bytes: bytesColumn('bytes').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.piece], name: 'upload_report_pieces_key' }),
    foreignKey({
      columns: [table.workspaceId, table.sessionId],
      foreignColumns: [uploadSessions.workspaceId, uploadSessions.id],
      name: 'upload_report_pieces_session',
    }).onDelete('cascade'),
    check('upload_report_pieces_order', sql`${table.piece} >= -1`),
    ...workspacePolicies('upload_report_pieces'),
  ],
);
