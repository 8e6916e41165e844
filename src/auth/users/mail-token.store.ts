import { and, count, eq, gt, lt, type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../../platform/postgres/database.ts';
import { type MailPurpose, mailTokens } from './mail-token.table.ts';

/** A token to be mailed. */
export interface NewMailToken {
  readonly hash: Uint8Array;
  readonly userId: string;
  readonly purpose: MailPurpose;
  readonly validMinutes: number;
}

export async function insertMailToken(tx: Transaction, { validMinutes, ...token }: NewMailToken): Promise<void> {
  const expiresAt = sql`clock_timestamp() + make_interval(mins => ${validMinutes})`;
  await tx.insert(mailTokens).values({ ...token, createdAt: sql`clock_timestamp()`, expiresAt });
}

/** How many a user was sent in the last hour, of those that were not used. Requires the user's scope. */
export async function countRecentMailTokens(tx: Transaction, userId: string, purpose: MailPurpose): Promise<number> {
  const isRecent = gt(mailTokens.createdAt, sql`clock_timestamp() - interval '1 hour'`);
  const [row] = await tx
    .select({ tokens: count() })
    .from(mailTokens)
    .where(and(ofUser(userId, purpose), isRecent));
  return row?.tokens ?? 0;
}

/** Whether there is such a token, which has not expired. Requires the user's scope. */
export async function hasMailToken(
  tx: Transaction,
  { hash, userId, purpose }: Omit<NewMailToken, 'validMinutes'>,
): Promise<boolean> {
  const rows = await tx
    .select({ userId: mailTokens.userId })
    .from(mailTokens)
    .where(and(ofUser(userId, purpose), eq(mailTokens.hash, hash), isValid()));
  return rows.length > 0;
}

/** Uses a token up: of two who use it at once, one does. False where there is none that is valid. */
export async function takeMailToken(
  tx: Transaction,
  { hash, userId, purpose }: Omit<NewMailToken, 'validMinutes'>,
): Promise<boolean> {
  const taken = await tx
    .delete(mailTokens)
    .where(and(ofUser(userId, purpose), eq(mailTokens.hash, hash), isValid()))
    .returning({ userId: mailTokens.userId });
  return taken.length > 0;
}

/** Removes all of a user's tokens of a purpose: what they were for is done. */
export async function deleteMailTokens(tx: Transaction, userId: string, purpose: MailPurpose): Promise<void> {
  await tx.delete(mailTokens).where(ofUser(userId, purpose));
}

export async function deleteExpiredMailTokens(tx: Transaction, userId: string): Promise<void> {
  // Kept for an hour, so that they count as recent.
  const isOld = lt(mailTokens.expiresAt, sql`clock_timestamp() - interval '1 hour'`);
  await tx.delete(mailTokens).where(and(eq(mailTokens.userId, userId), isOld));
}

function ofUser(userId: string, purpose: MailPurpose): SQL | undefined {
  return and(eq(mailTokens.userId, userId), eq(mailTokens.purpose, purpose));
}

function isValid(): SQL {
  return gt(mailTokens.expiresAt, sql`clock_timestamp()`);
}
