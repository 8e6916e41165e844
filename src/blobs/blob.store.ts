import { and, eq, sql } from 'drizzle-orm';
import { ofWorkspace, ownRow, type Transaction } from '../platform/postgres/database.ts';
import { blobs } from './blob.table.ts';

export type BlobKey = Pick<typeof blobs.$inferSelect, 'workspaceId' | 'sha256'>;

function isKey(tx: Transaction, key: BlobKey) {
  return and(ofWorkspace(tx, blobs), eq(blobs.sha256, ownRow(tx, key).sha256));
}

/** Adds a reference and locks the row until the transaction ends; returns the new count. */
export async function addReference(tx: Transaction, key: BlobKey, sizeBytes: number): Promise<number> {
  const [row] = await tx
    .insert(blobs)
    .values({ ...ownRow(tx, key), sizeBytes, referenceCount: 1 })
    .onConflictDoUpdate({
      target: [blobs.workspaceId, blobs.sha256],
      set: { referenceCount: sql`${blobs.referenceCount} + 1`, sizeBytes },
    })
    .returning({ count: blobs.referenceCount });
  if (row === undefined) throw new Error('An upsert gave no row.');
  return row.count;
}

/** Drops a reference, or several; returns the new count. */
export async function dropReference(tx: Transaction, key: BlobKey, dropped = 1): Promise<number> {
  const [row] = await tx
    .update(blobs)
    .set({ referenceCount: sql`${blobs.referenceCount} - ${dropped}::integer` })
    .where(isKey(tx, key))
    .returning({ count: blobs.referenceCount });
  if (row === undefined) throw new Error(`No blob ${key.sha256} to drop a reference of.`);
  return row.count;
}

/** Ensures that the blob has a row, locks it until the transaction ends, and returns its count and size. */
export async function lockBlob(tx: Transaction, key: BlobKey): Promise<{ count: number; sizeBytes: number }> {
  await tx
    .insert(blobs)
    .values({ ...ownRow(tx, key), sizeBytes: 0, referenceCount: 0 })
    .onConflictDoNothing();
  const [row] = await tx
    .select({ count: blobs.referenceCount, sizeBytes: blobs.sizeBytes })
    .from(blobs)
    .where(isKey(tx, key))
    .for('update');
  if (row === undefined) throw new Error('A row that was just made is not there.');
  return row;
}

export async function deleteBlob(tx: Transaction, key: BlobKey): Promise<void> {
  await tx.delete(blobs).where(isKey(tx, key));
}
