import { and, count, eq, sql } from 'drizzle-orm';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { modelAliases } from './model-alias.table.ts';

export type ModelAliasRow = typeof modelAliases.$inferSelect;

const isAlias = (tx: Transaction, name: string) => and(ofWorkspace(tx, modelAliases), eq(modelAliases.name, name));

/** Makes the alias stand for the model; an alias that exists is moved. */
export async function putAlias(tx: Transaction, alias: ModelAliasRow): Promise<void> {
  const { artifactId, updatedAt } = alias;
  await tx
    .insert(modelAliases)
    .values(ownRow(tx, alias))
    .onConflictDoUpdate({
      target: [modelAliases.workspaceId, modelAliases.name],
      set: { artifactId, updatedAt },
      setWhere: ofWorkspace(tx, modelAliases),
    });
}

/** False if there is no alias of that name. */
export async function deleteAlias(tx: Transaction, name: string): Promise<boolean> {
  const deleted = await tx.delete(modelAliases).where(isAlias(tx, name)).returning({ name: modelAliases.name });
  return deleted.length > 0;
}

export async function findAlias(tx: Transaction, name: string): Promise<ModelAliasRow | null> {
  const [row] = await tx.select().from(modelAliases).where(isAlias(tx, name));
  return row ?? null;
}

/** All aliases of the workspace, by name. */
export async function listAliases(tx: Transaction): Promise<ModelAliasRow[]> {
  return await tx.select().from(modelAliases).where(ofWorkspace(tx, modelAliases)).orderBy(modelAliases.name);
}

/** Locks the aliases of the workspace until the transaction ends, and counts them. */
export async function countAliases(tx: Transaction, workspaceId: string): Promise<number> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`aliases of ${workspaceId}`}, 0))`);
  const [row] = await tx.select({ count: count() }).from(modelAliases).where(ofWorkspace(tx, modelAliases));
  return row?.count ?? 0;
}
