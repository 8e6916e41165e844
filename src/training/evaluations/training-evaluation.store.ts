import { and } from 'drizzle-orm';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { truncateLabels } from '../runs/truncate-labels.ts';
import { trainingEvaluations } from './training-evaluation.table.ts';

export type EvaluationRow = typeof trainingEvaluations.$inferSelect;

/**
 * Stores a run's evaluation within the transaction that then ends the run. If another attempt has already stored one, that one
 * stays, and ending the run is refused. Labels are truncated to what is displayed.
 */
export async function saveEvaluation(tx: Transaction, row: EvaluationRow): Promise<void> {
  const evaluation = truncateLabels(row.evaluation);
  await tx
    .insert(trainingEvaluations)
    .values(ownRow(tx, { ...row, evaluation }))
    .onConflictDoNothing();
}

/** The evaluations of these runs, in any order, with the versions that trained them; without predictions. */
export async function findEvaluations(
  tx: Transaction,
  runIds: readonly string[],
): Promise<Pick<EvaluationRow, 'runId' | 'evaluation' | 'trainedBy'>[]> {
  const { runId, evaluation, trainedBy } = trainingEvaluations;
  return await tx.select({ runId, evaluation, trainedBy }).from(trainingEvaluations).where(isOfRuns(tx, runIds));
}

/** The test row hashes of these runs, in any order. */
export async function findTestRows(
  tx: Transaction,
  runIds: readonly string[],
): Promise<Pick<EvaluationRow, 'runId' | 'testRowsSha256'>[]> {
  const { runId, testRowsSha256 } = trainingEvaluations;
  return await tx.select({ runId, testRowsSha256 }).from(trainingEvaluations).where(isOfRuns(tx, runIds));
}

/** The packed predictions of these runs, in any order; megabytes each for many rows. */
export async function findPredictions(
  tx: Transaction,
  runIds: readonly string[],
): Promise<Pick<EvaluationRow, 'runId' | 'testRowsSha256' | 'predictions'>[]> {
  const { runId, testRowsSha256, predictions } = trainingEvaluations;
  return await tx.select({ runId, testRowsSha256, predictions }).from(trainingEvaluations).where(isOfRuns(tx, runIds));
}

/** The packed predictions of the folds of a run; null for a run without folds. */
export async function findOutOfFold(tx: Transaction, runId: string): Promise<Uint8Array | null> {
  const { outOfFold } = trainingEvaluations;
  const [row] = await tx
    .select({ outOfFold })
    .from(trainingEvaluations)
    .where(isOfRuns(tx, [runId]));
  return row?.outOfFold ?? null;
}

/** What a batch prediction needs of the test of a run: megabytes for many rows. */
export async function findTestedRun(
  tx: Transaction,
  runId: string,
): Promise<Pick<EvaluationRow, 'predictions' | 'knownRows'> | null> {
  const { predictions, knownRows } = trainingEvaluations;
  const [row] = await tx
    .select({ predictions, knownRows })
    .from(trainingEvaluations)
    .where(isOfRuns(tx, [runId]));
  return row ?? null;
}

function isOfRuns(tx: Transaction, runIds: readonly string[]) {
  return and(ofWorkspace(tx, trainingEvaluations), isAmong(trainingEvaluations.runId, runIds));
}
