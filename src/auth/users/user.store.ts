import { eq } from 'drizzle-orm';
import { ownRow, type Transaction } from '../../platform/postgres/database.ts';
import { memberships, users, workspaces } from './user.table.ts';

export type UserRow = typeof users.$inferSelect;
export type WorkspaceRow = typeof workspaces.$inferSelect;
export type MembershipRow = typeof memberships.$inferSelect;

/** A membership with its user and workspace. */
export interface MembershipRecord {
  readonly membership: MembershipRow;
  readonly user: UserRow;
  readonly workspace: WorkspaceRow;
}

export async function insertUser(tx: Transaction, user: UserRow): Promise<void> {
  await tx.insert(users).values(user);
}

export async function insertWorkspace(tx: Transaction, workspace: WorkspaceRow): Promise<void> {
  await tx.insert(workspaces).values(workspace);
}

export async function insertMembership(tx: Transaction, membership: MembershipRow): Promise<void> {
  await tx.insert(memberships).values(ownRow(tx, membership));
}

/** Requires a transaction in the scope of this address. */
export async function findUserByEmail(tx: Transaction, email: string): Promise<UserRow | null> {
  const [user] = await tx.select().from(users).where(eq(users.email, email));
  return user ?? null;
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
