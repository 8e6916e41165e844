import { type SQL, sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  bigint,
  boolean,
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
  uuid,
} from 'drizzle-orm/pg-core';
import { users } from '../../auth/users/user.table.ts';
import { RUN_STAGES, RUN_STATUSES } from '../../jobs/job-status.ts';
import type { CandidateReport } from '../../ml/auto/candidate.ts';
import type { SearchPlan } from '../../ml/auto/plan/executed-plan.ts';
import type { Metrics } from '../../ml/evaluation/metrics.ts';
import type { MonotoneConstraint } from '../../ml/monotone/monotone-constraint.ts';
import type { Parameters } from '../../ml/parameters/parameters.ts';
import { ALGORITHM_NAMES } from '../../ml/registry.ts';
import type { SplitRequest } from '../../ml/split/split.ts';
import { TASKS } from '../../ml/task.ts';
import type { CurvePoint } from '../../ml/train-model.ts';
import { bytesColumn, oneOf, timestampColumn } from '../../platform/postgres/columns.ts';
import { IS_MAINTENANCE, maintenancePolicy, workspacePolicies } from '../../platform/postgres/row-level-security.ts';
import { TRAINING_ENGINES } from '../distributed/engine.ts';
import type { ImportedModel } from '../imports/imported-model.ts';
import { END_REASONS } from './end-reason.ts';
import type { StoredImportance } from './stored-importances.ts';

export const TRAINING_EVENT_KINDS = ['STATUS', 'STAGE', 'PROGRESS', 'METRIC', 'LOG', 'CANDIDATE'] as const;

/** Steps of a training, not its states: what may be forgotten of an old run, and never of the last 30 days. */
const OLD_STEPS = sql`kind in ('PROGRESS', 'METRIC', 'CANDIDATE') and at < now() - interval '30 days' and ${IS_MAINTENANCE}`;

type HistoryColumns = Record<'status' | 'metrics' | 'archivedAt' | 'deletedAt', AnyPgColumn>;

/** Of which runs trends and summaries are: an imported model may have succeeded without metrics. */
function isInHistory({ status, metrics, archivedAt, deletedAt }: HistoryColumns): SQL {
  return sql`${status} = 'SUCCEEDED' and ${metrics} is not null and ${archivedAt} is null and ${deletedAt} is null`;
}

/** One request to train, from QUEUED to its end. The settings are copied in whole: they never change afterwards. */
export const trainingRuns = pgTable(
  'training_runs',
  {
    id: uuid('id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    /** No foreign key: a run may stay when its dataset expires, and keeps its id, name and version. NO_DATASET: it has none. */
    datasetId: uuid('dataset_id').notNull(),
    datasetName: text('dataset_name').notNull(),
    datasetVersion: integer('dataset_version').notNull(),
    /** What its users call it. */
    name: text('name'),
    tags: jsonb('tags').$type<readonly string[]>().notNull().default([]),
    /** When its name or tags were changed last; null: never. */
    labelledAt: timestampColumn('labelled_at'),
    target: text('target').notNull(),
    task: text('task', { enum: TASKS }).notNull(),
    algorithm: text('algorithm', { enum: ALGORITHM_NAMES }).notNull(),
    features: jsonb('features').$type<readonly string[]>().notNull(),
    parameters: jsonb('parameters').$type<Parameters>().notNull(),
    split: jsonb('split').$type<SplitRequest>().notNull(),
    /** The label that was asked for; null: none, and the evaluation names the one that came of it. */
    positiveClass: text('positive_class'),
    monotone: jsonb('monotone').$type<readonly MonotoneConstraint[]>().notNull().default([]),
    /** The column by which rows count in fitting; null: all alike. */
    weightColumn: text('weight_column'),
    engine: text('engine', { enum: TRAINING_ENGINES }).notNull().default('LOCAL'),
    /** Of DISTRIBUTED: on how many hosts its current attempt trains; null until it does. */
    hosts: integer('hosts'),
    /** Whether the model that is delivered is to learn the test rows too. */
    refit: boolean('refit').notNull().default(false),
    /** Where a model comes from that was not trained here; null: it was. */
    imported: jsonb('imported').$type<ImportedModel>(),
    createdBy: uuid('created_by'),
    status: text('status', { enum: RUN_STATUSES }).notNull(),
    stage: text('stage', { enum: RUN_STAGES }).notNull(),
    progress: doublePrecision('progress').notNull(),
    etaSeconds: doublePrecision('eta_seconds'),
    /** Which try of which worker may write; 0 before the first. */
    attempt: integer('attempt').notNull(),
    /** How many attempts neither ended the run nor handed it back: their worker died, or lost the database. */
    lostAttempts: integer('lost_attempts').notNull(),
    /** The attempt that was counted last; null where its own worker has contradicted, or none was. */
    lastLostAttempt: integer('last_lost_attempt'),
    /** The number of the run's last event, and so the count of changes. */
    lastSeq: integer('last_seq').notNull(),
    /** The job that may claim the run, or has claimed it; earlier jobs of the run are void. */
    jobId: uuid('job_id'),
    cancelRequestedAt: timestampColumn('cancel_requested_at'),
    stopRequestedAt: timestampColumn('stop_requested_at'),
    /** The run that this one repeats. */
    retryOf: uuid('retry_of'),
    /** The idempotency key of the request, and a hash of the request. */
    idempotencyKey: text('idempotency_key'),
    idempotencyFingerprint: text('idempotency_fingerprint'),
    /** How long it was expected to train when it was queued, by what other runs took; null: nothing was known. */
    expectedSeconds: doublePrecision('expected_seconds'),
    endReason: text('end_reason', { enum: END_REASONS }),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    errorHint: text('error_hint'),
    trainRows: integer('train_rows'),
    testRows: integer('test_rows'),
    /** Whether the model has learned the test rows too; null until there is one, and for runs of versions that knew no refit. */
    refitted: boolean('refitted'),
    metrics: jsonb('metrics').$type<Metrics>(),
    baseline: jsonb('baseline').$type<Metrics>(),
    /** The primary metric, by which runs are ordered; runs without one come after all others. */
    score: doublePrecision('score')
      .notNull()
      .generatedAlwaysAs(
        sql`coalesce(((case when task = 'CLASSIFICATION' then metrics->'accuracy' else metrics->'r2' end)#>>'{}')::double precision, '-infinity'::double precision)`,
      ),
    /** Of AUTO: the plan that was asked for, and the one that was carried out; null: none. */
    requestedPlan: jsonb('requested_plan').$type<SearchPlan>(),
    executedPlan: jsonb('executed_plan').$type<SearchPlan>(),
    curve: jsonb('curve').$type<readonly CurvePoint[]>().notNull(),
    featureImportances: jsonb('feature_importances').$type<readonly StoredImportance[]>().notNull(),
    warnings: jsonb('warnings').$type<readonly string[]>().notNull(),
    /** What the run cost, over all of its attempts that came to an end in order. */
    cpuSeconds: doublePrecision('cpu_seconds'),
    peakMemoryBytes: bigint('peak_memory_bytes', { mode: 'number' }),
    rowsPerSecond: doublePrecision('rows_per_second'),
    createdAt: timestampColumn('created_at').notNull(),
    startedAt: timestampColumn('started_at'),
    finishedAt: timestampColumn('finished_at'),
    artifactRemovedAt: timestampColumn('artifact_removed_at'),
    /** When its user put it away: it is left out of lists and of the history, and nothing else changes. */
    archivedAt: timestampColumn('archived_at'),
    /** Marked as deleted, together with its dataset: gone for every reader, until retention/ has removed the row. */
    deletedAt: timestampColumn('deleted_at'),
  },
  (table) => [
    foreignKey({ columns: [table.createdBy], foreignColumns: [users.id], name: 'training_runs_created_by' }).onDelete(
      'set null',
    ),
    unique('training_runs_workspace_id').on(table.workspaceId, table.id),
    foreignKey({
      columns: [table.workspaceId, table.retryOf],
      foreignColumns: [table.workspaceId, table.id],
      name: 'training_runs_retry_of',
    }),
    unique('training_runs_retry_once').on(table.workspaceId, table.retryOf),
    unique('training_runs_idempotency').on(table.workspaceId, table.idempotencyKey),
    index('training_runs_unfinished')
      .on(table.workspaceId, table.status)
      .where(sql`${table.finishedAt} is null and ${table.deletedAt} is null`),
    index('training_runs_finished').on(table.workspaceId, table.finishedAt.desc()),
    // Covers all columns of lists and statistics, so that they read only the index until they know which rows to show:
    // a filter that matches hardly any of a million runs then takes a fiftieth of the time.
    index('training_runs_listed')
      .on(
        ...[table.workspaceId, table.createdAt.desc(), table.id.desc(), table.status],
        ...[table.archivedAt, table.task, table.algorithm, table.datasetName],
      )
      .where(sql`${table.deletedAt} is null`),
    // The best runs; those of a task and target are looked for among them.
    index('training_runs_best')
      .on(
        ...[table.workspaceId, table.score.desc(), table.createdAt.desc(), table.id.desc(), table.status],
        ...[table.archivedAt, table.task, table.algorithm, table.datasetName],
      )
      .where(sql`${table.deletedAt} is null`),
    index('training_runs_by_dataset').on(table.workspaceId, table.datasetId, table.createdAt.desc(), table.id.desc()),
    // Trends and summaries read the newest runs of each task and algorithm, of all datasets or of one name.
    index('training_runs_history')
      .on(table.workspaceId, table.task, table.algorithm, table.createdAt.desc(), table.id.desc())
      .where(isInHistory(table)),
    index('training_runs_history_by_name')
      .on(table.workspaceId, table.datasetName, table.task, table.algorithm, table.createdAt.desc(), table.id.desc())
      .where(isInHistory(table)),
    check('training_runs_status', oneOf(table.status, RUN_STATUSES)),
    check('training_runs_stage', oneOf(table.stage, RUN_STAGES)),
    check('training_runs_task', oneOf(table.task, TASKS)),
    check('training_runs_algorithm', oneOf(table.algorithm, ALGORITHM_NAMES)),
    check('training_runs_engine', oneOf(table.engine, TRAINING_ENGINES)),
    check('training_runs_end_reason', oneOf(table.endReason, END_REASONS)),
    check('training_runs_progress', sql`${table.progress} between 0 and 1`),
    check('training_runs_counts', sql`${table.attempt} >= 0 and ${table.lostAttempts} >= 0 and ${table.lastSeq} >= 0`),
    check(
      'training_runs_idempotency_form',
      sql`(${table.idempotencyKey} is null) = (${table.idempotencyFingerprint} is null)`,
    ),
    check(
      'training_runs_end',
      sql`(${table.status} in ('QUEUED', 'RUNNING')) = (${table.finishedAt} is null)
      and (${table.finishedAt} is null) = (${table.endReason} is null)`,
    ),
    check('training_runs_archived', sql`${table.archivedAt} is null or ${table.finishedAt} is not null`),
    check(
      'training_runs_success',
      // An import without a dataset has succeeded without metrics.
      sql`((${table.status} = 'SUCCEEDED') = (${table.metrics} is not null)
        or (${table.status} = 'SUCCEEDED' and ${table.imported} is not null))
      and (${table.metrics} is null) = (${table.baseline} is null)`,
    ),
    check(
      'training_runs_failure',
      sql`(${table.status} = 'FAILED') = (${table.errorCode} is not null)
      and (${table.errorCode} is null) = (${table.errorMessage} is null)`,
    ),
    ...workspacePolicies('training_runs'),
  ],
);

/** The events of a run, in order: seq is 1, 2, 3 … per run, without gaps, written together with the change. */
export const trainingEvents = pgTable(
  'training_events',
  {
    runId: uuid('run_id').notNull(),
    seq: integer('seq').notNull(),
    workspaceId: uuid('workspace_id').notNull(),
    at: timestampColumn('at').notNull(),
    kind: text('kind', { enum: TRAINING_EVENT_KINDS }).notNull(),
    attempt: integer('attempt').notNull(),
    status: text('status', { enum: RUN_STATUSES }).notNull(),
    stage: text('stage', { enum: RUN_STAGES }).notNull(),
    progress: doublePrecision('progress').notNull(),
    etaSeconds: doublePrecision('eta_seconds'),
    queuePosition: integer('queue_position'),
    point: jsonb('point').$type<CurvePoint>(),
    /** Of CANDIDATE. */
    candidate: jsonb('candidate').$type<CandidateReport>(),
    message: text('message'),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    errorHint: text('error_hint'),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.seq], name: 'training_events_key' }),
    foreignKey({
      columns: [table.workspaceId, table.runId],
      foreignColumns: [trainingRuns.workspaceId, trainingRuns.id],
      name: 'training_events_run',
    }).onDelete('cascade'),
    check('training_events_seq', sql`${table.seq} >= 1`),
    check('training_events_kind', oneOf(table.kind, TRAINING_EVENT_KINDS)),
    check('training_events_status', oneOf(table.status, RUN_STATUSES)),
    check('training_events_stage', oneOf(table.stage, RUN_STAGES)),
    // Events come in the order of time: a few bytes tell where the old ones end.
    index('training_events_at').using('brin', table.at),
    ...workspacePolicies('training_events'),
    // What maintenance may see and delete of all workspaces: old step events.
    pgPolicy('training_events_old_select', { for: 'select', using: OLD_STEPS }),
    pgPolicy('training_events_old_delete', { for: 'delete', using: OLD_STEPS }),
  ],
);

/** How far a run got, to go on from by another worker; gone with the end of the run. Its bytes are the parts of its save. */
export const trainingCheckpoints = pgTable(
  'training_checkpoints',
  {
    runId: uuid('run_id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    attempt: integer('attempt').notNull(),
    savedAt: timestampColumn('saved_at').notNull(),
    /** Of the run, 0 to 1. */
    progress: doublePrecision('progress').notNull(),
    /** Seconds of training, over all attempts, that are in it. */
    trainedSeconds: doublePrecision('trained_seconds').notNull(),
    saveId: uuid('save_id').notNull(),
    partCount: integer('part_count').notNull(),
  },
  (table) => [
    foreignKey({
      columns: [table.workspaceId, table.runId],
      foreignColumns: [trainingRuns.workspaceId, trainingRuns.id],
      name: 'training_checkpoints_run',
    }).onDelete('cascade'),
    check('training_checkpoints_progress', sql`${table.progress} between 0 and 1 and ${table.trainedSeconds} >= 0`),
    ...workspacePolicies('training_checkpoints'),
  ],
);

/** The bytes of checkpoints: of the current one of each run, and of one that is being saved or was never finished. */
export const trainingCheckpointParts = pgTable(
  'training_checkpoint_parts',
  {
    runId: uuid('run_id').notNull(),
    saveId: uuid('save_id').notNull(),
    /** From 0. */
    part: integer('part').notNull(),
    workspaceId: uuid('workspace_id').notNull(),
    attempt: integer('attempt').notNull(),
    bytes: bytesColumn('bytes').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.saveId, table.part], name: 'training_checkpoint_parts_key' }),
    foreignKey({
      columns: [table.workspaceId, table.runId],
      foreignColumns: [trainingRuns.workspaceId, trainingRuns.id],
      name: 'training_checkpoint_parts_run',
    }).onDelete('cascade'),
    check('training_checkpoint_parts_part', sql`${table.part} >= 0`),
    ...workspacePolicies('training_checkpoint_parts'),
  ],
);

/** What trainings of this server took, of whichever workspace: what the next ones are expected to take. */
export const trainingDurations = pgTable(
  'training_paces',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
    algorithm: text('algorithm', { enum: ALGORITHM_NAMES }).notNull(),
    /** How much there was to do, as ml/ estimates it. */
    work: doublePrecision('work').notNull(),
    seconds: doublePrecision('seconds').notNull(),
    endedAt: timestampColumn('ended_at').notNull(),
  },
  (table) => [
    index('training_paces_newest').on(table.algorithm, table.id.desc()),
    check('training_paces_algorithm', oneOf(table.algorithm, ALGORITHM_NAMES)),
    check('training_paces_positive', sql`${table.work} > 0 and ${table.seconds} > 0`),
    maintenancePolicy('training_paces'),
  ],
);
