import { and, eq, isNull, lt, type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../../platform/postgres/database.ts';
import { refreshTokens, sessions } from './session.table.ts';

/** For how long a token may be sent again, by a client that sent it twice at once or did not receive the answer. */
const GRACE_SECONDS = 10;

/** For how long a used token is recognised, and ends its session. */
const USED_DAYS = 30;

/** The session of a refresh token. */
export interface RefreshedSession {
  readonly id: string;
  /** The workspace that its next access token is for. */
  readonly workspaceId: string | null;
  readonly isActive: boolean;
}

/**
 * Locks the session of a token until the end of the transaction: of those who use its tokens at once, one is the first. Null
 * for an unknown token.
 */
export async function lockSessionOfToken(tx: Transaction, hash: Uint8Array): Promise<RefreshedSession | null> {
  const [row] = await tx
    .select({ id: sessions.id, workspaceId: sessions.workspaceId, isActive: sql<boolean>`${isActive()}` })
    .from(refreshTokens)
    .innerJoin(sessions, and(eq(sessions.userId, refreshTokens.userId), eq(sessions.id, refreshTokens.sessionId)))
    .where(eq(refreshTokens.hash, hash))
    .for('update', { of: sessions });
  return row ?? null;
}

/** Whether a refresh token was used, and what it led to. */
export interface RefreshTokenRecord {
  readonly isUsed: boolean;
  /** Used so recently that it may have been sent twice at once. */
  readonly isInGrace: boolean;
  readonly successorSalt: Uint8Array | null;
}

/** Null for an unknown token. Its session has to be locked. */
export async function findRefreshToken(tx: Transaction, hash: Uint8Array): Promise<RefreshTokenRecord | null> {
  const graceEnd = sql`${refreshTokens.usedAt} + make_interval(secs => ${GRACE_SECONDS})`;
  const [row] = await tx
    .select({
      isUsed: sql<boolean>`${refreshTokens.usedAt} is not null`,
      isInGrace: sql<boolean>`coalesce(${graceEnd} > clock_timestamp(), false)`,
      successorSalt: refreshTokens.successorSalt,
    })
    .from(refreshTokens)
    .where(eq(refreshTokens.hash, hash));
  return row ?? null;
}

/** The condition that a session has neither ended nor expired. */
export function isActive(): SQL {
  return sql`(${sessions.endedAt} is null and (${sessions.expiresAt} is null or ${sessions.expiresAt} > clock_timestamp()))`;
}

export async function insertRefreshToken(
  tx: Transaction,
  token: { readonly hash: Uint8Array; readonly userId: string; readonly sessionId: string },
): Promise<void> {
  await tx.insert(refreshTokens).values({ ...token, createdAt: sql`clock_timestamp()` });
}

export async function consumeRefreshToken(tx: Transaction, hash: Uint8Array, successorSalt: Uint8Array): Promise<void> {
  await tx
    .update(refreshTokens)
    .set({ usedAt: sql`clock_timestamp()`, successorSalt })
    .where(eq(refreshTokens.hash, hash));
}

/** The unused tokens of a session count as used: another one takes their place. */
export async function replaceRefreshTokens(tx: Transaction, userId: string, sessionId: string): Promise<void> {
  await tx
    .update(refreshTokens)
    .set({ usedAt: sql`clock_timestamp()` })
    .where(and(eq(refreshTokens.userId, userId), eq(refreshTokens.sessionId, sessionId), isNull(refreshTokens.usedAt)));
}

/** Forgets the tokens of a session that were used long ago. */
export async function deleteUsedRefreshTokens(tx: Transaction, userId: string, sessionId: string): Promise<void> {
  const isLongAgo = lt(refreshTokens.usedAt, sql`now() - make_interval(days => ${USED_DAYS})`);
  await tx
    .delete(refreshTokens)
    .where(and(eq(refreshTokens.userId, userId), eq(refreshTokens.sessionId, sessionId), isLongAgo));
}
