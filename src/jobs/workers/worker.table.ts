import { bigint, boolean, check, doublePrecision, integer, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { oneOf, timestampColumn } from '../../platform/postgres/columns.ts';
import { maintenancePolicy } from '../../platform/postgres/row-level-security.ts';

/** What a process works on: TRAINING and PREDICTING of datasets in worker processes, READING of uploads in API processes. */
export const WORKER_KINDS = ['TRAINING', 'READING', 'PREDICTING'] as const;

/**
 * The live worker processes. Each holds an advisory lock by its number while it is connected, and writes heartbeats; a worker
 * without both is considered dead, and its row is removed.
 */
export const workers = pgTable(
  'workers',
  {
    id: uuid('id').primaryKey(),
    number: integer('number').notNull().generatedByDefaultAsIdentity(),
    kind: text('kind', { enum: WORKER_KINDS }).notNull().default('TRAINING'),
    host: text('host').notNull(),
    processId: integer('process_id').notNull(),
    version: text('version').notNull(),
    startedAt: timestampColumn('started_at').notNull(),
    /** By the clock of the database. */
    heartbeatAt: timestampColumn('heartbeat_at').notNull(),
    /** The job that it works on. */
    jobId: uuid('job_id'),
    /** It was told to end: a job that it leaves undone was not lost. */
    isLeaving: boolean('is_leaving').notNull().default(false),
    memoryBytes: bigint('memory_bytes', { mode: 'number' }).notNull(),
    /** The longest wait for its event loop since the heartbeat before. */
    eventLoopSeconds: doublePrecision('event_loop_seconds').notNull(),
  },
  (table) => [
    unique('workers_number').on(table.number),
    check('workers_kind', oneOf(table.kind, WORKER_KINDS)),
    maintenancePolicy('workers'),
  ],
);
