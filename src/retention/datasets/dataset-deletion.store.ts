import { and, asc, eq, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { datasetDeletions, deletionFiles } from './dataset-deletion.table.ts';

export type DeletionRow = typeof datasetDeletions.$inferSelect;
export type DeletionFileRow = typeof deletionFiles.$inferSelect;

/** What has been done of a deletion. */
export type DeletionCounts = Pick<
  DeletionRow,
  'filesRemoved' | 'filesMissing' | 'bytesReclaimed' | 'runsDeleted' | 'artifactsDeleted'
>;

/** A file that rows referred to which are removed. */
export type ReleasedFile = Pick<DeletionFileRow, 'sha256' | 'sizeBytes'>;

const isDeletion = (tx: Transaction, id: string) => and(ofWorkspace(tx, datasetDeletions), eq(datasetDeletions.id, id));

const isFile = (tx: Transaction, deletionId: string, sha256: string) =>
  and(ofWorkspace(tx, deletionFiles), eq(deletionFiles.deletionId, deletionId), eq(deletionFiles.sha256, sha256));

export async function insertDeletion(
  tx: Transaction,
  deletion: Omit<DeletionRow, keyof DeletionCounts | 'finishedAt'>,
): Promise<DeletionRow> {
  const [row] = await tx.insert(datasetDeletions).values(ownRow(tx, deletion)).returning();
  if (row === undefined) throw new Error('An insert gave no row.');
  return row;
}

export async function findDeletion(tx: Transaction, id: string): Promise<DeletionRow | null> {
  const [row] = await tx.select().from(datasetDeletions).where(isDeletion(tx, id));
  return row ?? null;
}

/** Reads a deletion and locks it until the transaction ends. */
export async function lockDeletion(tx: Transaction, id: string): Promise<DeletionRow | null> {
  const [row] = await tx.select().from(datasetDeletions).where(isDeletion(tx, id)).for('update');
  return row ?? null;
}

/** From now on the dataset cannot be restored; the job removes it. */
export async function beginDeleting(tx: Transaction, id: string, jobId: string): Promise<DeletionRow | null> {
  const [row] = await tx
    .update(datasetDeletions)
    .set({ status: 'DELETING', restorableUntil: null, jobId })
    .where(and(isDeletion(tx, id), eq(datasetDeletions.status, 'RESTORABLE')))
    .returning();
  return row ?? null;
}

/** Forgets a deletion that was taken back. */
export async function dropDeletion(tx: Transaction, id: string): Promise<void> {
  await tx.delete(datasetDeletions).where(isDeletion(tx, id));
}

/** Adds to what has been done. */
export async function countTowards(tx: Transaction, id: string, done: Partial<DeletionCounts>): Promise<void> {
  const { filesRemoved, filesMissing, bytesReclaimed, runsDeleted, artifactsDeleted } = datasetDeletions;
  await tx
    .update(datasetDeletions)
    .set({
      filesRemoved: sql`${filesRemoved} + ${done.filesRemoved ?? 0}::integer`,
      filesMissing: sql`${filesMissing} + ${done.filesMissing ?? 0}::integer`,
      bytesReclaimed: sql`${bytesReclaimed} + ${done.bytesReclaimed ?? 0}::bigint`,
      runsDeleted: sql`${runsDeleted} + ${done.runsDeleted ?? 0}::integer`,
      artifactsDeleted: sql`${artifactsDeleted} + ${done.artifactsDeleted ?? 0}::integer`,
    })
    .where(isDeletion(tx, id));
}

export async function finishDeletion(tx: Transaction, id: string, finishedAt: Date): Promise<void> {
  await tx.update(datasetDeletions).set({ status: 'DELETED', finishedAt, jobId: null }).where(isDeletion(tx, id));
}

/** The ids of the workspace's deletions whose datasets could be restored until now. */
export async function listDueDeletions(tx: Transaction, now: Date, limit: number): Promise<string[]> {
  const { status, restorableUntil } = datasetDeletions;
  return await listOldest(tx, and(eq(status, 'RESTORABLE'), lte(restorableUntil, now)), restorableUntil, limit);
}

/** The ids of the workspace's deletions that began before a moment and are not done. */
export async function listUnfinishedDeletions(tx: Transaction, before: Date, limit: number): Promise<string[]> {
  const { status, requestedAt } = datasetDeletions;
  return await listOldest(tx, and(eq(status, 'DELETING'), lt(requestedAt, before)), requestedAt, limit);
}

async function listOldest(tx: Transaction, condition: SQL | undefined, at: AnyPgColumn, limit: number) {
  const rows = await tx
    .select({ id: datasetDeletions.id })
    .from(datasetDeletions)
    .where(and(ofWorkspace(tx, datasetDeletions), condition))
    .orderBy(asc(at))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Forgets deletions that ended before a moment; gives how many. */
export async function forgetOldDeletions(tx: Transaction, before: Date): Promise<number> {
  const forgotten = await tx
    .delete(datasetDeletions)
    .where(and(ofWorkspace(tx, datasetDeletions), lt(datasetDeletions.finishedAt, before)))
    .returning({ id: datasetDeletions.id });
  return forgotten.length;
}

/** Keeps which files rows referred to that were removed, in the transaction that removes the rows. */
export async function addReleasedFiles(
  tx: Transaction,
  { id, workspaceId }: Pick<DeletionRow, 'id' | 'workspaceId'>,
  files: readonly ReleasedFile[],
): Promise<void> {
  const bySha256 = Map.groupBy(files, ({ sha256 }) => sha256);
  const rows = [...bySha256].map(([sha256, same]) =>
    ownRow(tx, {
      deletionId: id,
      workspaceId,
      sha256,
      sizeBytes: same[0]?.sizeBytes ?? 0,
      references: same.length,
      existed: null,
    }),
  );
  if (rows.length === 0) return;
  await tx
    .insert(deletionFiles)
    .values(rows)
    .onConflictDoUpdate({
      target: [deletionFiles.deletionId, deletionFiles.sha256],
      set: { references: sql`${deletionFiles.references} + excluded.reference_count` },
      setWhere: ofWorkspace(tx, deletionFiles),
    });
}

/** The files that a deletion has still to let go, the first of them. */
export async function listReleasedFiles(tx: Transaction, id: string, limit: number): Promise<DeletionFileRow[]> {
  return await tx
    .select()
    .from(deletionFiles)
    .where(and(ofWorkspace(tx, deletionFiles), eq(deletionFiles.deletionId, id)))
    .orderBy(asc(deletionFiles.sha256))
    .limit(limit);
}

/** Reads a file that a deletion has still to let go, and locks it until the transaction ends. */
export async function lockReleasedFile(tx: Transaction, id: string, sha256: string): Promise<DeletionFileRow | null> {
  const [row] = await tx
    .select()
    .from(deletionFiles)
    .where(isFile(tx, id, sha256))
    .for('update');
  return row ?? null;
}

/** Records that the references are released, and whether the file was there; the first answer to that stays. */
export async function recordRelease(tx: Transaction, id: string, sha256: string, existed: boolean): Promise<void> {
  await tx
    .update(deletionFiles)
    .set({ references: 0, existed: sql`coalesce(${deletionFiles.existed}, ${existed}::boolean)` })
    .where(isFile(tx, id, sha256));
}

/** The deletion is done with a file; false where it was already. */
export async function dropReleasedFile(tx: Transaction, id: string, sha256: string): Promise<boolean> {
  const dropped = await tx
    .delete(deletionFiles)
    .where(isFile(tx, id, sha256))
    .returning({ sha256: deletionFiles.sha256 });
  return dropped.length > 0;
}
