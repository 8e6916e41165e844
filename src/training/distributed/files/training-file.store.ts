import { and, eq, isNull, notExists, notInArray } from 'drizzle-orm';
import { ofWorkspace, ownRow, type Transaction } from '../../../platform/postgres/database.ts';
import { trainingRuns } from '../../runs/training-run.table.ts';
import { trainingFiles } from './training-file.table.ts';

type TrainingFileRow = typeof trainingFiles.$inferSelect;

/** True if the run had no such file before. */
export async function insertTrainingFile(tx: Transaction, file: TrainingFileRow): Promise<boolean> {
  const inserted = await tx
    .insert(trainingFiles)
    .values(ownRow(tx, file))
    .onConflictDoNothing()
    .returning({ sha256: trainingFiles.sha256 });
  return inserted.length > 0;
}

/** Takes the files of a run off, but those to keep; gives their hashes. */
export async function deleteTrainingFiles(tx: Transaction, runId: string, kept: readonly string[]): Promise<string[]> {
  const isOther = kept.length === 0 ? undefined : notInArray(trainingFiles.sha256, [...kept]);
  const deleted = await tx
    .delete(trainingFiles)
    .where(and(ofWorkspace(tx, trainingFiles), eq(trainingFiles.runId, runId), isOther))
    .returning({ sha256: trainingFiles.sha256 });
  return deleted.map(({ sha256 }) => sha256);
}

/** Takes one file of a run off; false if the run has no such file. */
export async function deleteTrainingFile(tx: Transaction, runId: string, sha256: string): Promise<boolean> {
  const deleted = await tx
    .delete(trainingFiles)
    .where(and(ofWorkspace(tx, trainingFiles), eq(trainingFiles.runId, runId), eq(trainingFiles.sha256, sha256)))
    .returning({ sha256: trainingFiles.sha256 });
  return deleted.length > 0;
}

/** The runs that have files although they have ended, or are gone; at most `limit`. */
export async function listEndedRunsWithFiles(tx: Transaction, limit: number): Promise<string[]> {
  const active = tx
    .select({ id: trainingRuns.id })
    .from(trainingRuns)
    .where(
      and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.id, trainingFiles.runId), isNull(trainingRuns.finishedAt)),
    );
  const rows = await tx
    .selectDistinct({ runId: trainingFiles.runId })
    .from(trainingFiles)
    .where(and(ofWorkspace(tx, trainingFiles), notExists(active)))
    .limit(limit);
  return rows.map(({ runId }) => runId);
}
