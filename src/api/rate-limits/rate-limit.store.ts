import { lt } from 'drizzle-orm';
import type { Transaction } from '../../platform/postgres/database.ts';
import { rateLimits } from './rate-limit.table.ts';

/** Deletes counts whose window ended before a time, which nobody reads any more. */
export async function deleteExpiredCounts(tx: Transaction, before: Date): Promise<void> {
  await tx.delete(rateLimits).where(lt(rateLimits.expire, before.getTime()));
}
