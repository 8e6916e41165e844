import { foreignKey, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { Evaluation } from '../../ml/evaluation/evaluation.ts';
import { bytesColumn } from '../../platform/postgres/columns.ts';
import { workspacePolicies } from '../../platform/postgres/row-level-security.ts';
import { trainingRuns } from '../runs/training-run.table.ts';

/** The evaluation of a run, apart from the run's own row, which is read with every change. */
export const trainingEvaluations = pgTable(
  'training_evaluations',
  {
    runId: uuid('run_id').primaryKey(),
    workspaceId: uuid('workspace_id').notNull(),
    evaluation: jsonb('evaluation').$type<Evaluation>().notNull(),
    /** Runs with equal hashes were tested on the same rows, with the same labels in the same order. */
    testRowsSha256: text('test_rows_sha256').notNull(),
    /** Packed by test-predictions-bytes. */
    predictions: bytesColumn('predictions').notNull(),
    /** Of the training rows that folds have predicted, packed alike; null without folds. */
    outOfFold: bytesColumn('out_of_fold'),
    /** What the training rows are known by, packed by known-rows-bytes; null for more than two million, and earlier versions. */
    knownRows: bytesColumn('known_rows'),
    /** The versions that trained the model: other versions may train a different model from the same request. */
    trainedBy: text('trained_by').notNull(),
  },
  (table) => [
    foreignKey({
      columns: [table.workspaceId, table.runId],
      foreignColumns: [trainingRuns.workspaceId, trainingRuns.id],
      name: 'training_evaluations_run',
    }).onDelete('cascade'),
    ...workspacePolicies('training_evaluations'),
  ],
);
