import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import { users } from '../../auth/users/user.table.ts';
import { blobs } from '../../blobs/blob.table.ts';
import { RUN_STAGES, RUN_STATUSES } from '../../jobs/job-status.ts';
import type { ColumnDrift } from '../../ml/drift/column-drift.ts';
import type { Evaluation } from '../../ml/evaluation/evaluation.ts';
import type { Metrics } from '../../ml/evaluation/metrics.ts';
import { oneOf, timestampColumn } from '../../platform/postgres/columns.ts';
import { workspacePolicies } from '../../platform/postgres/row-level-security.ts';
import type { PredictionWarning } from '../check-rows.ts';
import type { PreviewRow } from './rows/chunk-predictor.ts';

/** Requests to predict all rows of a dataset, and what came of them. */
export const batchPredictions = pgTable(
  'batch_predictions',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    createdBy: uuid('created_by'),
    /** The model; null once it is removed. The result stays. */
    artifactId: uuid('artifact_id'),
    /** The rows that are predicted. The result, which holds them, is removed with the dataset. */
    datasetId: uuid('dataset_id'),
    /** How many columns that moved a prediction most are named. */
    contributions: integer('contributions').notNull(),
    status: text('status', { enum: RUN_STATUSES }).notNull(),
    stage: text('stage', { enum: RUN_STAGES }).notNull(),
    progress: doublePrecision('progress').notNull(),
    etaSeconds: doublePrecision('eta_seconds'),
    attempt: integer('attempt').notNull(),
    /** How many attempts have lost their worker. */
    lostAttempts: integer('lost_attempts').notNull(),
    /** The count of changes. */
    lastSeq: integer('last_seq').notNull(),
    /** The job that may claim it, or has claimed it. */
    jobId: uuid('job_id'),
    cancelRequestedAt: timestampColumn('cancel_requested_at'),
    idempotencyKey: text('idempotency_key'),
    idempotencyFingerprint: text('idempotency_fingerprint'),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    errorHint: text('error_hint'),
    /** The file with the predictions. */
    sha256: text('sha256'),
    sizeBytes: bigint('size_bytes', { mode: 'number' }),
    rowCount: bigint('row_count', { mode: 'number' }),
    preview: jsonb('preview').$type<readonly PreviewRow[]>().notNull(),
    warnings: jsonb('warnings').$type<readonly PredictionWarning[]>().notNull(),
    metrics: jsonb('metrics').$type<Metrics>(),
    evaluation: jsonb('evaluation').$type<Evaluation>(),
    drift: jsonb('drift').$type<readonly ColumnDrift[]>(),
    createdAt: timestampColumn('created_at').notNull(),
    startedAt: timestampColumn('started_at'),
    finishedAt: timestampColumn('finished_at'),
    /** Marked as deleted, together with its dataset. */
    deletedAt: timestampColumn('deleted_at'),
  },
  (table) => [
    foreignKey({
      columns: [table.createdBy],
      foreignColumns: [users.id],
      name: 'batch_predictions_created_by',
    }).onDelete('set null'),
    foreignKey({
      columns: [table.workspaceId, table.sha256],
      foreignColumns: [blobs.workspaceId, blobs.sha256],
      name: 'batch_predictions_file',
    }),
    unique('batch_predictions_workspace_id').on(table.workspaceId, table.id),
    unique('batch_predictions_idempotency').on(table.workspaceId, table.idempotencyKey),
    index('batch_predictions_newest').on(table.workspaceId, table.createdAt.desc(), table.id.desc()),
    index('batch_predictions_by_dataset').on(table.workspaceId, table.datasetId),
    index('batch_predictions_by_artifact').on(table.workspaceId, table.artifactId),
    index('batch_predictions_unfinished').on(table.workspaceId, table.status).where(sql`${table.finishedAt} is null`),
    check('batch_predictions_status', oneOf(table.status, RUN_STATUSES)),
    check('batch_predictions_stage', oneOf(table.stage, RUN_STAGES)),
    check('batch_predictions_progress', sql`${table.progress} between 0 and 1`),
    check(
      'batch_predictions_counts',
      sql`${table.attempt} >= 0 and ${table.lostAttempts} >= 0 and ${table.lastSeq} >= 0 and ${table.contributions} >= 0`,
    ),
    check(
      'batch_predictions_idempotency_form',
      sql`(${table.idempotencyKey} is null) = (${table.idempotencyFingerprint} is null)`,
    ),
    check('batch_predictions_end', sql`(${table.status} in ('QUEUED', 'RUNNING')) = (${table.finishedAt} is null)`),
    check(
      'batch_predictions_success',
      sql`(${table.status} = 'SUCCEEDED') = (${table.sha256} is not null)
      and (${table.sha256} is null) = (${table.sizeBytes} is null)`,
    ),
    check(
      'batch_predictions_failure',
      sql`(${table.status} = 'FAILED') = (${table.errorCode} is not null)
      and (${table.errorCode} is null) = (${table.errorMessage} is null)`,
    ),
    ...workspacePolicies('batch_predictions'),
  ],
);
