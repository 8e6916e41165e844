import { and, count, eq, sql } from 'drizzle-orm';
import { ofWorkspace, ownRow, type Transaction, workspaceOf } from '../../platform/postgres/database.ts';
import { newerFirst, olderThan, type PageOfRows } from '../../platform/postgres/keyset.ts';
import { PUBLIC_USER, type PublicUser } from '../users/user.store.ts';
import { users } from '../users/user.table.ts';
import { memberships, type Role, workspaces } from './workspace.table.ts';

export type WorkspaceRow = Pick<typeof workspaces.$inferSelect, 'id' | 'name' | 'createdAt'>;
export type MembershipRow = Omit<typeof memberships.$inferSelect, 'claimedAt'>;

/** A membership with its user and workspace. */
export interface MembershipRecord {
  readonly membership: MembershipRow;
  readonly user: PublicUser;
  readonly workspace: WorkspaceRow;
}

const WORKSPACE = { id: workspaces.id, name: workspaces.name, createdAt: workspaces.createdAt };

export async function insertWorkspace(tx: Transaction, workspace: WorkspaceRow): Promise<void> {
  await tx.insert(workspaces).values(workspace);
}

/** The workspace of the transaction. */
export async function findWorkspace(tx: Transaction): Promise<WorkspaceRow | null> {
  const [row] = await tx
    .select(WORKSPACE)
    .from(workspaces)
    .where(eq(workspaces.id, workspaceOf(tx)));
  return row ?? null;
}

export async function insertMembership(tx: Transaction, membership: MembershipRow): Promise<void> {
  await tx.insert(memberships).values(ownRow(tx, membership));
}

const RECORD = {
  membership: memberships,
  user: PUBLIC_USER,
  workspace: WORKSPACE,
};

/** The memberships of a user, oldest first. Requires a transaction in the scope of this user. */
export async function listMembershipsOfUser(tx: Transaction, userId: string): Promise<MembershipRecord[]> {
  return await tx
    .select(RECORD)
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(workspaces, eq(workspaces.id, memberships.workspaceId))
    .where(eq(memberships.userId, userId))
    .orderBy(memberships.createdAt, memberships.id);
}

/** The members of the workspace, newest first, and one more than the page holds. */
export async function listMembers(tx: Transaction, { first, after }: PageOfRows): Promise<MembershipRecord[]> {
  return await tx
    .select(RECORD)
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(workspaces, eq(workspaces.id, memberships.workspaceId))
    .where(and(ofWorkspace(tx, memberships), olderThan(memberships, after)))
    .orderBy(...newerFirst(memberships))
    .limit(first + 1);
}

export async function countMembers(tx: Transaction): Promise<number> {
  const [row] = await tx.select({ members: count() }).from(memberships).where(ofWorkspace(tx, memberships));
  return row?.members ?? 0;
}

export async function countOwners(tx: Transaction): Promise<number> {
  const isOwner = and(ofWorkspace(tx, memberships), eq(memberships.role, 'OWNER'));
  const [row] = await tx.select({ owners: count() }).from(memberships).where(isOwner);
  return row?.owners ?? 0;
}

/** Changes of the members of a workspace wait for each other, until the transaction ends; nothing else does. */
export async function lockMembers(tx: Transaction): Promise<void> {
  const key = `members of ${workspaceOf(tx)}`;
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`);
}

/** The same for what one user joins and makes. */
export async function lockUser(tx: Transaction, userId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`memberships of ${userId}`}, 0))`);
}

export async function findMember(tx: Transaction, membershipId: string): Promise<MembershipRecord | null> {
  const [record] = await tx
    .select(RECORD)
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(workspaces, eq(workspaces.id, memberships.workspaceId))
    .where(and(ofWorkspace(tx, memberships), eq(memberships.id, membershipId)));
  return record ?? null;
}

/** The role of a membership; null for none of the workspace. */
export async function findRole(tx: Transaction, membershipId: string): Promise<Role | null> {
  const isMeant = and(ofWorkspace(tx, memberships), eq(memberships.id, membershipId));
  const [row] = await tx.select({ role: memberships.role }).from(memberships).where(isMeant);
  return row?.role ?? null;
}

/** The membership of whoever has this address, in the workspace of the transaction. */
export async function findMemberByEmail(tx: Transaction, email: string): Promise<MembershipRow | null> {
  const [row] = await tx
    .select({ membership: memberships })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(and(ofWorkspace(tx, memberships), eq(users.email, email)));
  return row?.membership ?? null;
}

export async function setRole(tx: Transaction, membershipId: string, role: Role): Promise<void> {
  await tx
    .update(memberships)
    .set({ role })
    .where(and(ofWorkspace(tx, memberships), eq(memberships.id, membershipId)));
}

export async function deleteMembership(tx: Transaction, membershipId: string): Promise<void> {
  await tx.delete(memberships).where(and(ofWorkspace(tx, memberships), eq(memberships.id, membershipId)));
}

/** Removes all members of the workspace, and gives them. */
export async function deleteMemberships(tx: Transaction): Promise<MembershipRow[]> {
  return await tx.delete(memberships).where(ofWorkspace(tx, memberships)).returning();
}
