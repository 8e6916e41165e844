import { and, eq, inArray, isNotNull, isNull, notExists } from 'drizzle-orm';
import { artifacts } from '../../artifacts/artifact.table.ts';
import { blobs } from '../../blobs/blob.table.ts';
import { datasets } from '../../datasets/dataset.table.ts';
import { isAmong } from '../../platform/postgres/batch-query.ts';
import { ofWorkspace, ofWorkspaceWithDeleted, type Transaction } from '../../platform/postgres/database.ts';
import { trainingRuns } from '../../training/runs/training-run.table.ts';
import { isKept } from '../models/kept-models.store.ts';
import type { ReleasedFile } from './dataset-deletion.store.ts';

/** What a deletion has to know of a dataset. */
export type MarkedDataset = Pick<
  typeof datasets.$inferSelect,
  'id' | 'workspaceId' | 'name' | 'pinned' | 'expiresAt' | 'deletedAt' | 'restorableUntil'
>;

const isDataset = (tx: Transaction, id: string) => and(ofWorkspaceWithDeleted(tx, datasets), eq(datasets.id, id));

/** Reads a dataset, one that is marked as deleted too, and locks it until the transaction ends. */
export async function lockDataset(tx: Transaction, id: string): Promise<MarkedDataset | null> {
  const { workspaceId, name, pinned, expiresAt, deletedAt, restorableUntil } = datasets;
  const [row] = await tx
    .select({ id: datasets.id, workspaceId, name, pinned, expiresAt, deletedAt, restorableUntil })
    .from(datasets)
    .where(isDataset(tx, id))
    .for('update');
  return row ?? null;
}

/** Marks a dataset as deleted. Its idempotency key is free again. */
export async function markDataset(
  tx: Transaction,
  id: string,
  deletedAt: Date,
  restorableUntil: Date | null,
): Promise<void> {
  await tx
    .update(datasets)
    .set({ deletedAt, restorableUntil, idempotencyKey: null, idempotencyFingerprint: null })
    .where(isDataset(tx, id));
}

/** Nothing of the dataset can be restored from now on. */
export async function endRestorability(tx: Transaction, id: string): Promise<void> {
  await tx.update(datasets).set({ restorableUntil: null }).where(isDataset(tx, id));
}

/**
 * Marks the runs of a dataset as deleted, and their models; of those whose model is pinned or has an alias only where these are
 * not to be kept. Gives the ids of the runs, and how many models they have.
 */
export async function markRuns(
  tx: Transaction,
  datasetId: string,
  deletedAt: Date,
  keepsUsed: boolean,
): Promise<{ readonly runIds: string[]; readonly artifacts: number }> {
  const { id } = trainingRuns;
  // From here on nobody can pin one or give it an alias: the statements below see who has.
  if (keepsUsed) await lockModelsOfRuns(tx, datasetId);
  const used = tx
    .select({ id: artifacts.id })
    .from(artifacts)
    .where(and(ofWorkspace(tx, artifacts), eq(artifacts.runId, id), isKept(tx)));
  const marked = await tx
    .update(trainingRuns)
    .set({ deletedAt, idempotencyKey: null, idempotencyFingerprint: null })
    .where(
      and(
        ofWorkspace(tx, trainingRuns),
        eq(trainingRuns.datasetId, datasetId),
        isNotNull(trainingRuns.finishedAt),
        keepsUsed ? notExists(used) : undefined,
      ),
    )
    .returning({ id });
  const runIds = marked.map((run) => run.id);
  const models = await tx
    .update(artifacts)
    .set({ deletedAt })
    .where(and(ofWorkspace(tx, artifacts), isAmong(artifacts.runId, runIds)))
    .returning({ id: artifacts.id });
  return { runIds, artifacts: models.length };
}

async function lockModelsOfRuns(tx: Transaction, datasetId: string): Promise<void> {
  const runs = tx
    .select({ id: trainingRuns.id })
    .from(trainingRuns)
    .where(and(ofWorkspace(tx, trainingRuns), eq(trainingRuns.datasetId, datasetId)));
  await tx
    .select({ id: artifacts.id })
    .from(artifacts)
    .where(and(ofWorkspace(tx, artifacts), inArray(artifacts.runId, runs)))
    .orderBy(artifacts.id)
    .for('update');
}

/** Takes the mark from a dataset, which expires then. */
export async function unmarkDataset(tx: Transaction, id: string, expiresAt: Date | null): Promise<void> {
  await tx.update(datasets).set({ deletedAt: null, restorableUntil: null, expiresAt }).where(isDataset(tx, id));
}

/** Takes the mark from the runs of a dataset, and from their models; gives the ids of the runs. */
export async function unmarkRuns(tx: Transaction, datasetId: string): Promise<string[]> {
  const unmarked = await tx
    .update(trainingRuns)
    .set({ deletedAt: null })
    .where(
      and(
        ofWorkspaceWithDeleted(tx, trainingRuns),
        eq(trainingRuns.datasetId, datasetId),
        isNotNull(trainingRuns.deletedAt),
      ),
    )
    .returning({ id: trainingRuns.id });
  const ids = unmarked.map(({ id }) => id);
  await tx
    .update(artifacts)
    .set({ deletedAt: null })
    .where(and(ofWorkspaceWithDeleted(tx, artifacts), isAmong(artifacts.runId, ids)));
  return ids;
}

/** The ids of some of a dataset's runs that are marked as deleted. */
export async function listMarkedRuns(tx: Transaction, datasetId: string, limit: number): Promise<string[]> {
  const rows = await tx
    .select({ id: trainingRuns.id })
    .from(trainingRuns)
    .where(
      and(
        ofWorkspaceWithDeleted(tx, trainingRuns),
        eq(trainingRuns.datasetId, datasetId),
        isNotNull(trainingRuns.deletedAt),
      ),
    )
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Removes the row of a dataset that is marked as deleted, with its columns; gives its files. */
export async function removeDataset(tx: Transaction, id: string): Promise<ReleasedFile[]> {
  const { sha256, tableSha256 } = datasets;
  const [row] = await tx
    .delete(datasets)
    .where(and(isDataset(tx, id), isNotNull(datasets.deletedAt), isNull(datasets.restorableUntil)))
    .returning({ sha256, tableSha256 });
  if (row === undefined) return [];
  return await tx
    .select({ sha256: blobs.sha256, sizeBytes: blobs.sizeBytes })
    .from(blobs)
    .where(and(ofWorkspace(tx, blobs), inArray(blobs.sha256, [row.sha256, row.tableSha256])));
}
