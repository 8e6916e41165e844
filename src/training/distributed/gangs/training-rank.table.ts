import { boolean, check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { oneOf, timestampColumn } from '../../../platform/postgres/columns.ts';
import { maintenancePolicy } from '../../../platform/postgres/row-level-security.ts';
import type { GangOrder, TrackerAddress } from './gang-order.ts';
import type { RankFailure, RankReport } from './rank-report.ts';

/** ASSIGNED: its host has not begun. DONE and FAILED are the ends of its process. */
export const RANK_STATES = ['ASSIGNED', 'RUNNING', 'DONE', 'FAILED'] as const;

/**
 * The parts of trainings on several hosts: one row for each rank of an attempt, from its start to its end. They are the server's
 * own: hosts take part in the trainings of all workspaces.
 */
export const trainingRanks = pgTable(
  'training_ranks',
  {
    runId: uuid('run_id').notNull(),
    attempt: integer('attempt').notNull(),
    /** From 0. */
    rank: integer('rank').notNull(),
    hostId: uuid('host_id').notNull(),
    order: jsonb('order').$type<GangOrder>().notNull(),
    state: text('state', { enum: RANK_STATES }).notNull(),
    /** Of rank 0: where the others find its tracker; null until it listens. */
    tracker: jsonb('tracker').$type<TrackerAddress>(),
    /** It is to end with the best rounds so far. */
    isStopped: boolean('is_stopped').notNull().default(false),
    /** Of FAILED. */
    failure: jsonb('failure').$type<RankFailure>(),
    /** When its process gave the last sign of life, by the clock of the database. */
    heartbeatAt: timestampColumn('heartbeat_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.attempt, table.rank], name: 'training_ranks_key' }),
    index('training_ranks_of_host').on(table.hostId),
    check('training_ranks_state', oneOf(table.state, RANK_STATES)),
    maintenancePolicy('training_ranks'),
  ],
);

/** What ranks tell their run's worker, in its order, until that has read it. */
export const trainingRankReports = pgTable(
  'training_rank_reports',
  {
    runId: uuid('run_id').notNull(),
    attempt: integer('attempt').notNull(),
    rank: integer('rank').notNull(),
    /** 1, 2, 3 … of the rank. */
    seq: integer('seq').notNull(),
    reports: jsonb('reports').$type<readonly RankReport[]>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.attempt, table.rank, table.seq], name: 'training_rank_reports_key' }),
    maintenancePolicy('training_rank_reports'),
  ],
);
