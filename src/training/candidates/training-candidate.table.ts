import { sql } from 'drizzle-orm';
import { check, foreignKey, integer, jsonb, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';
import type { CandidateReport } from '../../ml/auto/candidate.ts';
import { workspacePolicies } from '../../platform/postgres/row-level-security.ts';
import { trainingRuns } from '../runs/training-run.table.ts';

/** What an AUTO run tries, each as it is now: apart from the run's own row, which is read with every change. */
export const trainingCandidates = pgTable(
  'training_candidates',
  {
    runId: uuid('run_id').notNull(),
    /** Its place in the order in which they are tried, from 1. */
    number: integer('number').notNull(),
    workspaceId: uuid('workspace_id').notNull(),
    report: jsonb('report').$type<CandidateReport>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.runId, table.number], name: 'training_candidates_key' }),
    foreignKey({
      columns: [table.workspaceId, table.runId],
      foreignColumns: [trainingRuns.workspaceId, trainingRuns.id],
      name: 'training_candidates_run',
    }).onDelete('cascade'),
    check('training_candidates_number', sql`${table.number} >= 1`),
    ...workspacePolicies('training_candidates'),
  ],
);
