import { and, eq, sql } from 'drizzle-orm';
import { artifacts } from '../../artifacts/artifact.table.ts';
import { datasets } from '../../datasets/dataset.table.ts';
import { ofWorkspace, type Transaction } from '../../platform/postgres/database.ts';

/** Pins a dataset, or unpins it, which expires at that time then unless it has been unpinned already. False where there is none. */
export async function setDatasetPinned(
  tx: Transaction,
  id: string,
  pinned: boolean,
  expiresAt: Date | null,
): Promise<boolean> {
  const expiry = pinned
    ? null
    : sql`case when ${datasets.pinned} then ${expiresAt?.toISOString() ?? null}::timestamptz else ${datasets.expiresAt} end`;
  const updated = await tx
    .update(datasets)
    .set({ pinned, expiresAt: expiry })
    .where(and(ofWorkspace(tx, datasets), eq(datasets.id, id)))
    .returning({ id: datasets.id });
  return updated.length > 0;
}

/** Pins a model, or unpins it. False where there is none. */
export async function setModelPinned(tx: Transaction, id: string, pinned: boolean): Promise<boolean> {
  const updated = await tx
    .update(artifacts)
    .set({ pinned })
    .where(and(ofWorkspace(tx, artifacts), eq(artifacts.id, id)))
    .returning({ id: artifacts.id });
  return updated.length > 0;
}
