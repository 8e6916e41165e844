import { and, eq, inArray, isNull, ne, type SQL, sql } from 'drizzle-orm';
import type { Transaction } from '../../platform/postgres/database.ts';
import { sendNotification } from '../../platform/postgres/notifications.ts';
import type { MembershipRow } from '../workspaces/membership.store.ts';
import { memberships } from '../workspaces/workspace.table.ts';
import type { AccessClaims } from './access-tokens.ts';
import { isActive } from './refresh-token.store.ts';
import { refreshTokens, sessions } from './session.table.ts';

/** Topic of notifications, in the scope of a user, that a token of theirs may have become invalid. */
const SESSION_TOPIC = 'session';

/** A session to be opened. */
export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly workspaceId: string;
  /** How long it lasts unless it is refreshed. */
  readonly idleDays: number;
}

export async function insertSession(tx: Transaction, { idleDays, ...session }: NewSession): Promise<void> {
  await tx.insert(sessions).values({ ...session, createdAt: sql`clock_timestamp()`, expiresAt: inDays(idleDays) });
}

/** Makes a session last for so many more days, in a workspace. */
export async function prolongSession(
  tx: Transaction,
  { id, userId, workspaceId, idleDays }: NewSession,
): Promise<void> {
  await tx
    .update(sessions)
    .set({ workspaceId, expiresAt: inDays(idleDays) })
    .where(and(eq(sessions.userId, userId), eq(sessions.id, id)));
}

function inDays(days: number): SQL {
  return sql`clock_timestamp() + make_interval(days => ${days})`;
}

/** The membership of the claims; null if it is gone, or the session has ended. Requires the user's scope. */
export async function findActiveMembership(tx: Transaction, claims: AccessClaims): Promise<MembershipRow | null> {
  const [row] = await tx
    .select({ membership: memberships })
    .from(sessions)
    .innerJoin(memberships, eq(memberships.userId, sessions.userId))
    .where(
      and(
        eq(sessions.id, claims.sessionId),
        eq(sessions.userId, claims.userId),
        isActive(),
        eq(memberships.workspaceId, claims.workspaceId),
        claims.isOfSecret === true ? hasNoRefreshToken() : undefined,
      ),
    );
  return row?.membership ?? null;
}

function hasNoRefreshToken(): SQL {
  return sql`not exists (select from ${refreshTokens} where ${refreshTokens.userId} = ${sessions.userId}
    and ${refreshTokens.sessionId} = ${sessions.id})`;
}

/** The membership of a user in a workspace; null if there is none. Requires the user's scope. */
export async function findMembershipOfUser(
  tx: Transaction,
  userId: string,
  workspaceId: string,
): Promise<MembershipRow | null> {
  const [row] = await tx
    .select()
    .from(memberships)
    .where(and(eq(memberships.userId, userId), eq(memberships.workspaceId, workspaceId)));
  return row ?? null;
}

/** Which session is active in which workspace. */
export interface ActiveClaims extends Pick<AccessClaims, 'sessionId' | 'workspaceId'> {
  /** The workspace that the session is in now; null for sessions from before there were refresh tokens. */
  readonly currentWorkspaceId: string | null;
}

/** The claims, all of one user, that are still active. Requires the user's scope. */
export async function listActiveClaims(
  tx: Transaction,
  userId: string,
  claims: readonly AccessClaims[],
): Promise<ActiveClaims[]> {
  const sessionIds = [...new Set(claims.map(({ sessionId }) => sessionId))];
  const workspaceIds = [...new Set(claims.map(({ workspaceId }) => workspaceId))];
  return await tx
    .select({
      sessionId: sessions.id,
      workspaceId: memberships.workspaceId,
      currentWorkspaceId: sessions.workspaceId,
    })
    .from(sessions)
    .innerJoin(memberships, eq(memberships.userId, sessions.userId))
    .where(
      and(
        eq(sessions.userId, userId),
        isActive(),
        inArray(sessions.id, sessionIds),
        inArray(memberships.workspaceId, workspaceIds),
      ),
    );
}

/** Whether a session of a user has neither ended nor expired. Requires the user's scope. */
export async function isSessionActive(tx: Transaction, userId: string, id: string): Promise<boolean> {
  const rows = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), eq(sessions.id, id), isActive()));
  return rows.length > 0;
}

export async function endSession(tx: Transaction, userId: string, id: string): Promise<void> {
  await tx
    .update(sessions)
    .set({ endedAt: new Date() })
    .where(and(eq(sessions.userId, userId), eq(sessions.id, id), isNull(sessions.endedAt)));
}

/** Ends all sessions of a user but one, and tells how many there were. */
export async function endOtherSessions(tx: Transaction, userId: string, keptId: string): Promise<number> {
  const ended = await tx
    .update(sessions)
    .set({ endedAt: new Date() })
    .where(and(eq(sessions.userId, userId), isActive(), ne(sessions.id, keptId)))
    .returning({ id: sessions.id });
  return ended.length;
}

export async function endSessionsOfUser(tx: Transaction, userId: string): Promise<void> {
  const isOpen = and(eq(sessions.userId, userId), isNull(sessions.endedAt));
  await tx.update(sessions).set({ endedAt: new Date() }).where(isOpen);
}

/** Ends the sessions of everybody, and tells how many. Requires a maintenance transaction. */
export async function endAllSessions(tx: Transaction): Promise<number> {
  const ended = await tx
    .update(sessions)
    .set({ endedAt: new Date() })
    .where(isNull(sessions.endedAt))
    .returning({ id: sessions.id });
  return ended.length;
}

/** Makes every API process recheck the user's open sockets. Must also be called when a membership is removed. */
export async function announceSessionChange(tx: Transaction, userId: string): Promise<void> {
  await sendNotification(tx, { scope: userId, topic: SESSION_TOPIC, id: userId });
}
