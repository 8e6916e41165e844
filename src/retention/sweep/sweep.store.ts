import { and, asc, eq, gt, inArray, lt, not, notExists, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { blobs } from '../../blobs/blob.table.ts';
import { ofWorkspace, type Transaction, workspaceOf } from '../../platform/postgres/database.ts';
import { deletionFiles } from '../datasets/dataset-deletion.table.ts';
import { orphanFiles } from './orphan-file.table.ts';

/** The hashes as a table of the query. */
const hashes = (sha256s: readonly string[]): SQL => sql`json_array_elements_text(${JSON.stringify(sha256s)}::json)`;

const isAmongHashes = (column: PgColumn, sha256s: readonly string[]): SQL =>
  inArray(column, sql`(select value from ${hashes(sha256s)})`);

/** Those of these files that have no row. */
export async function listUncounted(tx: Transaction, sha256s: readonly string[]): Promise<string[]> {
  const rows = await tx.execute<{ sha256: string }>(sql`
    select value as sha256 from ${hashes(sha256s)}
    where not exists (select from ${blobs} where ${ofWorkspace(tx, blobs)} and ${blobs.sha256} = value)`);
  return rows.map(({ sha256 }) => sha256);
}

/** A page of the files that rows refer to, by their hashes after `after`. */
export async function listReferenced(tx: Transaction, after: string, limit: number): Promise<string[]> {
  const rows = await tx
    .select({ sha256: blobs.sha256 })
    .from(blobs)
    .where(and(ofWorkspace(tx, blobs), gt(blobs.referenceCount, 0), gt(blobs.sha256, after)))
    .orderBy(asc(blobs.sha256))
    .limit(limit);
  return rows.map(({ sha256 }) => sha256);
}

/** Files that nothing refers to any more, and that no deletion has still to let go; at most `limit`. */
export async function listUnreferenced(
  tx: Transaction,
  limit: number,
): Promise<{ readonly sha256: string; readonly sizeBytes: number }[]> {
  const released = tx
    .select({ sha256: deletionFiles.sha256 })
    .from(deletionFiles)
    .where(and(ofWorkspace(tx, deletionFiles), eq(deletionFiles.sha256, blobs.sha256)));
  return await tx
    .select({ sha256: blobs.sha256, sizeBytes: blobs.sizeBytes })
    .from(blobs)
    .where(and(ofWorkspace(tx, blobs), eq(blobs.referenceCount, 0), notExists(released)))
    .limit(limit);
}

/** Records that these files have no row; the first time stays. */
export async function recordOrphans(tx: Transaction, sha256s: readonly string[], seenAt: Date): Promise<void> {
  const rows = sha256s.map((sha256) => ({ workspaceId: workspaceOf(tx), sha256, seenAt }));
  if (rows.length > 0) await tx.insert(orphanFiles).values(rows).onConflictDoNothing();
}

/** Those of these files whose lack of a row is known since before then. */
export async function listOrphansSeenBefore(
  tx: Transaction,
  sha256s: readonly string[],
  before: Date,
): Promise<string[]> {
  const rows = await tx
    .select({ sha256: orphanFiles.sha256 })
    .from(orphanFiles)
    .where(
      and(ofWorkspace(tx, orphanFiles), isAmongHashes(orphanFiles.sha256, sha256s), lt(orphanFiles.seenAt, before)),
    );
  return rows.map(({ sha256 }) => sha256);
}

/** Forgets all orphans but these: they have a row now, or are gone. */
export async function forgetOtherOrphans(tx: Transaction, sha256s: readonly string[]): Promise<void> {
  await tx
    .delete(orphanFiles)
    .where(and(ofWorkspace(tx, orphanFiles), not(isAmongHashes(orphanFiles.sha256, sha256s))));
}
