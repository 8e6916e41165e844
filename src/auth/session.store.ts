import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { Transaction } from '../platform/postgres/database.ts';
import { sendNotification } from '../platform/postgres/notifications.ts';
import type { AccessClaims } from './signed-tokens.ts';
import type { MembershipRow } from './user.store.ts';
import { memberships, sessions } from './user.table.ts';

/** Names what is announced, in the scope of a user, when a token of theirs may be good for nothing any more. */
const SESSION_TOPIC = 'session';

export async function insertSession(
  tx: Transaction,
  session: Omit<typeof sessions.$inferSelect, 'endedAt'>,
): Promise<void> {
  await tx.insert(sessions).values(session);
}

/** The membership that the claims speak of; null where it is gone, or the session has ended. Needs the user's scope. */
export async function findActiveMembership(tx: Transaction, claims: AccessClaims): Promise<MembershipRow | null> {
  const [row] = await tx
    .select({ membership: memberships })
    .from(sessions)
    .innerJoin(memberships, eq(memberships.userId, sessions.userId))
    .where(
      and(
        eq(sessions.id, claims.sessionId),
        eq(sessions.userId, claims.userId),
        isNull(sessions.endedAt),
        eq(memberships.workspaceId, claims.workspaceId),
      ),
    );
  return row?.membership ?? null;
}

/** Which sessions and workspaces of the claims, all of one user, stand now. Needs the user's scope. */
export async function listActiveClaims(
  tx: Transaction,
  userId: string,
  claims: readonly AccessClaims[],
): Promise<Pick<AccessClaims, 'sessionId' | 'workspaceId'>[]> {
  const sessionIds = [...new Set(claims.map(({ sessionId }) => sessionId))];
  const workspaceIds = [...new Set(claims.map(({ workspaceId }) => workspaceId))];
  return await tx
    .select({ sessionId: sessions.id, workspaceId: memberships.workspaceId })
    .from(sessions)
    .innerJoin(memberships, eq(memberships.userId, sessions.userId))
    .where(
      and(
        eq(sessions.userId, userId),
        isNull(sessions.endedAt),
        inArray(sessions.id, sessionIds),
        inArray(memberships.workspaceId, workspaceIds),
      ),
    );
}

export async function endSession(tx: Transaction, userId: string, id: string): Promise<void> {
  await tx
    .update(sessions)
    .set({ endedAt: new Date() })
    .where(and(eq(sessions.userId, userId), eq(sessions.id, id), isNull(sessions.endedAt)));
}

export async function endSessionsOfUser(tx: Transaction, userId: string): Promise<void> {
  const isOpen = and(eq(sessions.userId, userId), isNull(sessions.endedAt));
  await tx.update(sessions).set({ endedAt: new Date() }).where(isOpen);
}

/** Tells every API process to look at the user's open sockets again. Whoever removes a membership says so too. */
export async function announceSessionChange(tx: Transaction, userId: string): Promise<void> {
  await sendNotification(tx, { scope: userId, topic: SESSION_TOPIC, id: userId });
}
