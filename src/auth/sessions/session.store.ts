import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { Transaction } from '../../platform/postgres/database.ts';
import { sendNotification } from '../../platform/postgres/notifications.ts';
import type { MembershipRow } from '../workspaces/membership.store.ts';
import { memberships } from '../workspaces/workspace.table.ts';
import type { AccessClaims } from './access-tokens.ts';
import { sessions } from './session.table.ts';

/** Topic of notifications, in the scope of a user, that a token of theirs may have become invalid. */
const SESSION_TOPIC = 'session';

export async function insertSession(
  tx: Transaction,
  session: Omit<typeof sessions.$inferSelect, 'endedAt'>,
): Promise<void> {
  await tx.insert(sessions).values(session);
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
        isNull(sessions.endedAt),
        eq(memberships.workspaceId, claims.workspaceId),
      ),
    );
  return row?.membership ?? null;
}

/** The claims, all of one user, that are still active. Requires the user's scope. */
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

/** Makes every API process recheck the user's open sockets. Must also be called when a membership is removed. */
export async function announceSessionChange(tx: Transaction, userId: string): Promise<void> {
  await sendNotification(tx, { scope: userId, topic: SESSION_TOPIC, id: userId });
}
