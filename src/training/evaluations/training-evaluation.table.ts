import { foreignKey, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { Evaluation } from '../../ml/evaluation/evaluation.ts';
import { bytesColumn, workspacePolicy } from '../../platform/postgres/columns.ts';
import { trainingRuns } from '../runs/training-run.table.ts';

/** What a run's test showed beside its metrics: apart from the run, whose row is read with every change. */
export const trainingEvaluations = pgTable(
  'training_evaluations',
  {
    runId: uuid('run_id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    evaluation: jsonb('evaluation').$type<Evaluation>().notNull(),
    /** Two runs with the same hash were tested on the very same rows, with the same labels in the same order. */
    testRowsSha256: text('test_rows_sha256').notNull(),
    /** As test-predictions-bytes packs them. */
    predictions: bytesColumn('predictions').notNull(),
    /** The versions of the programs that trained the model: other ones may make another of the same request. */
    trainedBy: text('trained_by').notNull(),
  },
  (table) => [
    foreignKey({
      columns: [table.workspaceId, table.runId],
      foreignColumns: [trainingRuns.workspaceId, trainingRuns.id],
      name: 'training_evaluations_run',
    }).onDelete('cascade'),
    workspacePolicy('training_evaluations'),
  ],
);
