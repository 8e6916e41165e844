import { and, count, eq, lt, type SQL, sql } from 'drizzle-orm';
import { ofWorkspace, type Transaction, workspaceOf } from '../../../platform/postgres/database.ts';
import { uploadSlots } from './upload-slot.table.ts';

/** For how long a slot is held that is not renewed. */
const LEASE_SECONDS = 60;

/** Serializes the beginning of uploads of a workspace until the transaction ends. */
export async function lockSlots(tx: Transaction): Promise<void> {
  const key = `upload slots of ${workspaceOf(tx)}`;
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
}

/** How many are held. */
export async function countSlots(tx: Transaction): Promise<number> {
  const [row] = await tx.select({ slots: count() }).from(uploadSlots).where(ofWorkspace(tx, uploadSlots));
  return row?.slots ?? 0;
}

export async function insertSlot(tx: Transaction, id: string): Promise<void> {
  await tx.insert(uploadSlots).values({ id, workspaceId: workspaceOf(tx), expiresAt: leaseEnd() });
}

export async function renewSlot(tx: Transaction, id: string): Promise<void> {
  await tx
    .update(uploadSlots)
    .set({ expiresAt: leaseEnd() })
    .where(and(ofWorkspace(tx, uploadSlots), eq(uploadSlots.id, id)));
}

export async function deleteSlot(tx: Transaction, id: string): Promise<void> {
  await tx.delete(uploadSlots).where(and(ofWorkspace(tx, uploadSlots), eq(uploadSlots.id, id)));
}

/** Deletes those that were not renewed. */
export async function deleteExpiredSlots(tx: Transaction): Promise<void> {
  const isExpired = lt(uploadSlots.expiresAt, sql`clock_timestamp()`);
  await tx.delete(uploadSlots).where(and(ofWorkspace(tx, uploadSlots), isExpired));
}

function leaseEnd(): SQL {
  return sql`clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})`;
}
