import { and, eq } from 'drizzle-orm';
import { artifacts } from '../../artifacts/artifact.table.ts';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, ofWorkspaceWithDeleted, type Transaction } from '../../platform/postgres/database.ts';
import { trainingRuns } from '../../training/runs/training-run.table.ts';
import { forgetModelsOfBatches } from '../batches/batch-removal.store.ts';

/** What a deletion has to know of a run. */
export type RemovableRun = Pick<typeof trainingRuns.$inferSelect, 'id' | 'datasetId' | 'status'>;

/** What was removed of runs. */
export interface RemovedRuns {
  readonly runs: number;
  /** The files of their models. */
  readonly models: readonly { readonly sha256: string; readonly sizeBytes: number }[];
}

/** Reads a run and locks it until the transaction ends, also against rows that refer to it. */
export async function lockRemovableRun(tx: Transaction, id: string): Promise<RemovableRun | null> {
  const { datasetId, status } = trainingRuns;
  const [run] = await tx
    .select({ id: trainingRuns.id, datasetId, status })
    .from(trainingRuns)
    .where(and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.id, id)))
    .for('update');
  return run ?? null;
}

/** Removes runs, with all that belongs to them: models, events, evaluations, checkpoints. */
export async function removeRuns(tx: Transaction, ids: readonly string[]): Promise<RemovedRuns> {
  const { sha256, sizeBytes } = artifacts;
  const models = await tx
    .delete(artifacts)
    .where(and(ofWorkspaceWithDeleted(tx, artifacts), isAmong(artifacts.runId, ids)))
    .returning({ id: artifacts.id, sha256, sizeBytes });
  await forgetModelsOfBatches(
    tx,
    models.map(({ id }) => id),
  );
  await tx
    .update(trainingRuns)
    .set({ retryOf: null })
    .where(and(ofWorkspaceWithDeleted(tx, trainingRuns), isAmong(trainingRuns.retryOf, ids)));
  const runs = await tx
    .delete(trainingRuns)
    .where(and(ofWorkspaceWithDeleted(tx, trainingRuns), isAmong(trainingRuns.id, ids)))
    .returning({ id: trainingRuns.id });
  return { runs: runs.length, models };
}
