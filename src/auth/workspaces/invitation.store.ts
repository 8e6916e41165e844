import { and, desc, eq, gt, lt } from 'drizzle-orm';
import { ofWorkspace, ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { invitations } from './invitation.table.ts';

export type InvitationRow = typeof invitations.$inferSelect;

/** In the place of an earlier invitation of the address, whose token is then void. */
export async function replaceInvitation(tx: Transaction, invitation: InvitationRow): Promise<void> {
  const { workspaceId, email, ...fresh } = ownRow(tx, invitation);
  await tx
    .insert(invitations)
    .values({ workspaceId, email, ...fresh })
    .onConflictDoUpdate({ target: [invitations.workspaceId, invitations.email], set: fresh });
}

/** Those that have not expired, newest first. */
export async function listInvitations(tx: Transaction, limit: number): Promise<InvitationRow[]> {
  return await tx
    .select()
    .from(invitations)
    .where(and(ofWorkspace(tx, invitations), gt(invitations.expiresAt, new Date())))
    .orderBy(desc(invitations.createdAt))
    .limit(limit);
}

/** An invitation that has not expired, by the hash of its token. */
export async function findInvitation(tx: Transaction, tokenHash: string): Promise<InvitationRow | null> {
  const isMeant = and(eq(invitations.tokenHash, tokenHash), gt(invitations.expiresAt, new Date()));
  const [row] = await tx
    .select()
    .from(invitations)
    .where(and(ofWorkspace(tx, invitations), isMeant));
  return row ?? null;
}

/** Of concurrent calls one gets the invitation; null for the others. */
export async function takeInvitation(tx: Transaction, id: string): Promise<InvitationRow | null> {
  const [row] = await tx
    .delete(invitations)
    .where(and(ofWorkspace(tx, invitations), eq(invitations.id, id)))
    .returning();
  return row ?? null;
}

/** Deletes those of the workspace that expired before that. */
export async function deleteExpiredInvitations(tx: Transaction, before: Date): Promise<void> {
  await tx.delete(invitations).where(and(ofWorkspace(tx, invitations), lt(invitations.expiresAt, before)));
}

/** Removes all invitations to the workspace. */
export async function deleteInvitations(tx: Transaction): Promise<void> {
  await tx.delete(invitations).where(ofWorkspace(tx, invitations));
}
