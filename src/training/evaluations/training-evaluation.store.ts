import { and } from 'drizzle-orm';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { cutLabels } from '../runs/cut-labels.ts';
import { trainingEvaluations } from './training-evaluation.table.ts';

export type EvaluationRow = typeof trainingEvaluations.$inferSelect;

/**
 * Keeps what a run's test showed, within the transaction that then ends the run: where another attempt has done so, that one's
 * stays, and the end is refused. Of labels, what is ever shown is kept.
 */
export async function saveEvaluation(tx: Transaction, row: EvaluationRow): Promise<void> {
  const evaluation = cutLabels(row.evaluation);
  await tx
    .insert(trainingEvaluations)
    .values(ownRow(tx, { ...row, evaluation }))
    .onConflictDoNothing();
}

/** The evaluations of these runs, in any order, with the versions that made them; without their predictions. */
export async function findEvaluations(
  tx: Transaction,
  runIds: readonly string[],
): Promise<Pick<EvaluationRow, 'runId' | 'evaluation' | 'trainedBy'>[]> {
  const { runId, evaluation, trainedBy } = trainingEvaluations;
  return await tx.select({ runId, evaluation, trainedBy }).from(trainingEvaluations).where(isOfRuns(tx, runIds));
}

/** What these runs were tested on, in any order. */
export async function findTestRows(
  tx: Transaction,
  runIds: readonly string[],
): Promise<Pick<EvaluationRow, 'runId' | 'testRowsSha256'>[]> {
  const { runId, testRowsSha256 } = trainingEvaluations;
  return await tx.select({ runId, testRowsSha256 }).from(trainingEvaluations).where(isOfRuns(tx, runIds));
}

/** What these runs said of their test rows, in any order; megabytes each where there are many rows. */
export async function findPredictions(
  tx: Transaction,
  runIds: readonly string[],
): Promise<Pick<EvaluationRow, 'runId' | 'testRowsSha256' | 'predictions'>[]> {
  const { runId, testRowsSha256, predictions } = trainingEvaluations;
  return await tx.select({ runId, testRowsSha256, predictions }).from(trainingEvaluations).where(isOfRuns(tx, runIds));
}

function isOfRuns(tx: Transaction, runIds: readonly string[]) {
  return and(ofWorkspace(tx, trainingEvaluations), isAmong(trainingEvaluations.runId, runIds));
}
