import { eq } from 'drizzle-orm';
import { ownRow, type Transaction } from '../../platform/postgres/database.ts';
import type { UserRow } from '../users/user.store.ts';
import { users } from '../users/user.table.ts';
import { memberships, workspaces } from './workspace.table.ts';

export type WorkspaceRow = typeof workspaces.$inferSelect;
export type MembershipRow = typeof memberships.$inferSelect;

/** A membership with its user and workspace. */
export interface MembershipRecord {
  readonly membership: MembershipRow;
  readonly user: UserRow;
  readonly workspace: WorkspaceRow;
}

export async function insertWorkspace(tx: Transaction, workspace: WorkspaceRow): Promise<void> {
  await tx.insert(workspaces).values(workspace);
}

export async function insertMembership(tx: Transaction, membership: MembershipRow): Promise<void> {
  await tx.insert(memberships).values(ownRow(tx, membership));
}

/** The memberships of a user, oldest first. Requires a transaction in the scope of this user. */
export async function listMembershipsOfUser(tx: Transaction, userId: string): Promise<MembershipRecord[]> {
  return await tx
    .select({ membership: memberships, user: users, workspace: workspaces })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(workspaces, eq(workspaces.id, memberships.workspaceId))
    .where(eq(memberships.userId, userId))
    .orderBy(memberships.createdAt, memberships.id);
}
