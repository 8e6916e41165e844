import { eq, sql } from 'drizzle-orm';
import type { Transaction } from '../platform/postgres/database.ts';
import { installation, writeProbes } from './installation.table.ts';

/** The id of the database; null where it has none yet. */
export async function findInstallationId(tx: Transaction): Promise<string | null> {
  const [row] = await tx.select({ id: installation.id }).from(installation);
  return row?.id ?? null;
}

/** Gives the database its id, where it has none; in either case the one that it has then. */
export async function ensureInstallationId(tx: Transaction, id: string): Promise<string> {
  await tx.insert(installation).values({ id }).onConflictDoNothing();
  return (await findInstallationId(tx)) ?? id;
}

/**
 * Whether files were ever stored. Maintenance sees no row of any workspace; that a table takes room is told to everybody.
 */
export async function hasHadFiles(tx: Transaction): Promise<boolean> {
  const [row] = await tx.execute<{ size: string }>(sql`select pg_relation_size('public.blobs') as size`);
  return Number(row?.size ?? 0) > 0;
}

/** Writes a row and removes it: the commit of that is as safe, and as hard, as that of any other. */
export async function writeAndRemove(tx: Transaction, id: string): Promise<void> {
  await tx.insert(writeProbes).values({ id });
  await tx.delete(writeProbes).where(eq(writeProbes.id, id));
}

/**
 * Has the server put about 1 MB of numbers on its disk for as long as the statement takes. Small rows find room in pages
 * that are there already, long after a disk is full.
 */
export async function fillTemporaryFile(tx: Transaction): Promise<void> {
  await tx.execute(sql`set local work_mem = '64kB'`);
  await tx.execute(sql`select count(*) from generate_series(1, 50000)`);
}
