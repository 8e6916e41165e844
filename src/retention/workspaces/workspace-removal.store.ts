import { eq } from 'drizzle-orm';
import { auditEntries } from '../../auth/audit/audit.table.ts';
import { memberships, workspaces } from '../../auth/workspaces/workspace.table.ts';
import { blobs } from '../../blobs/blob.table.ts';
import { datasetNames, datasets } from '../../datasets/dataset.table.ts';
import { uploadSessions } from '../../datasets/upload-sessions/upload-session.table.ts';
import {
  ofWorkspace,
  ofWorkspaceWithDeleted,
  type Transaction,
  workspaceOf,
} from '../../platform/postgres/database.ts';
import { trainingFiles } from '../../training/distributed/files/training-file.table.ts';
import { trainingRuns } from '../../training/runs/training-run.table.ts';
import { removeAllBatches } from '../batches/batch-removal.store.ts';
import { datasetDeletions } from '../datasets/dataset-deletion.table.ts';

export async function hasMembers(tx: Transaction): Promise<boolean> {
  const rows = await tx.select({ id: memberships.id }).from(memberships).where(ofWorkspace(tx, memberships)).limit(1);
  return rows.length > 0;
}

/** Some of the runs of the workspace, those that are marked as deleted among them. */
export async function listAnyRuns(tx: Transaction, limit: number): Promise<string[]> {
  const rows = await tx
    .select({ id: trainingRuns.id })
    .from(trainingRuns)
    .where(ofWorkspaceWithDeleted(tx, trainingRuns))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Removes all rows of a workspace that has no runs any more, and its own row at last. */
export async function removeWorkspaceRows(tx: Transaction): Promise<void> {
  await tx.delete(uploadSessions).where(ofWorkspaceWithDeleted(tx, uploadSessions));
  await removeAllBatches(tx);
  await tx.delete(datasets).where(ofWorkspaceWithDeleted(tx, datasets));
  await tx.delete(datasetNames).where(ofWorkspaceWithDeleted(tx, datasetNames));
  await tx.delete(datasetDeletions).where(ofWorkspaceWithDeleted(tx, datasetDeletions));
  await tx.delete(trainingFiles).where(ofWorkspaceWithDeleted(tx, trainingFiles));
  await tx.delete(blobs).where(ofWorkspaceWithDeleted(tx, blobs));
  await tx.delete(auditEntries).where(ofWorkspaceWithDeleted(tx, auditEntries));
  await tx.delete(workspaces).where(eq(workspaces.id, workspaceOf(tx)));
}
