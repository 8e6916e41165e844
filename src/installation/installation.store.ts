import { eq, sql } from 'drizzle-orm';
import type { Transaction } from '../platform/postgres/database.ts';
import { installation, writeProbes } from './installation.table.ts';

/** The id of the database; null if it has none yet. */
export async function findInstallationId(tx: Transaction): Promise<string | null> {
  const [row] = await tx.select({ id: installation.id }).from(installation);
  return row?.id ?? null;
}

/** Sets the id of the database if it has none; returns its id in either case. */
export async function ensureInstallationId(tx: Transaction, id: string): Promise<string> {
  await tx.insert(installation).values({ id }).onConflictDoNothing();
  return (await findInstallationId(tx)) ?? id;
}

/**
 * Whether files were ever stored. Maintenance transactions see no rows of workspaces, but everybody may see the size of a
 * table.
 */
export async function hasHadFiles(tx: Transaction): Promise<boolean> {
  const [row] = await tx.execute<{ size: string }>(sql`select pg_relation_size('public.blobs') as size`);
  return Number(row?.size ?? 0) > 0;
}

/** Writes and removes a row, with a commit that is as durable as any other. */
export async function writeAndRemove(tx: Transaction, id: string): Promise<void> {
  await tx.insert(writeProbes).values({ id });
  await tx.delete(writeProbes).where(eq(writeProbes.id, id));
}

/**
 * Makes the server write about 1 MB to a temporary file. Small rows still fit into existing pages long after a disk is full.
 */
export async function fillTemporaryFile(tx: Transaction): Promise<void> {
  await tx.execute(sql`set local work_mem = '64kB'`);
  await tx.execute(sql`select count(*) from generate_series(1, 50000)`);
}
