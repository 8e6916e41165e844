import { and, eq, isNotNull, lt } from 'drizzle-orm';
import { ofWorkspace, ownRow, type Transaction, workspaceOf } from '../../platform/postgres/database.ts';
import { users } from '../users/user.table.ts';
import type { MembershipRow } from '../workspaces/membership.store.ts';
import { memberships, type Role, workspaces } from '../workspaces/workspace.table.ts';

/** A user of an outside issuer. */
export interface OutsideUser {
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly name: string | null;
  readonly email: string | null;
  /** Of the token that says so. */
  readonly issuedAt: Date;
}

/** A member by an outside issuer's word, and when the newest token for it was issued that was seen. */
export interface OutsideMember extends MembershipRow {
  readonly claimedAt: Date | null;
}

/** The membership of such a user in the workspace of the transaction. */
export async function findOutsideMember(tx: Transaction, userId: string): Promise<OutsideMember | null> {
  const [member] = await tx
    .select()
    .from(memberships)
    .where(and(ofWorkspace(tx, memberships), eq(memberships.userId, userId)));
  return member ?? null;
}

/** Makes the workspace of the transaction, unless there is one. Tells whether it did. */
export async function insertOutsideWorkspace(
  tx: Transaction,
  workspace: { readonly name: string; readonly issuer: string; readonly issuerName: string },
): Promise<boolean> {
  const inserted = await tx
    .insert(workspaces)
    .values({ ...workspace, id: workspaceOf(tx), createdAt: new Date() })
    .onConflictDoNothing({ target: workspaces.id })
    .returning({ id: workspaces.id });
  return inserted.length > 0;
}

/** Makes a user, unless there is one; writes what a newer token than the last one says. Requires the scope of this user. */
export async function putOutsideUser(tx: Transaction, user: OutsideUser): Promise<void> {
  const { id, issuer, subject, name, email: claimedEmail, issuedAt: claimedAt } = user;
  const said = { name, claimedEmail, claimedAt };
  await tx
    .insert(users)
    .values({ id, issuer, subject, ...said, createdAt: new Date() })
    .onConflictDoUpdate({ target: users.id, set: said, setWhere: lt(users.claimedAt, claimedAt) });
}

/** Makes a membership in the workspace of the transaction. */
export async function insertOutsideMember(tx: Transaction, member: OutsideMember): Promise<void> {
  await tx.insert(memberships).values(ownRow(tx, member));
}

/** Writes what a newer token says of a member. */
export async function updateOutsideMember(
  tx: Transaction,
  id: string,
  said: { readonly role: Role; readonly claimedAt: Date },
): Promise<void> {
  await tx
    .update(memberships)
    .set(said)
    .where(and(ofWorkspace(tx, memberships), eq(memberships.id, id)));
}

/** Deletes a user of an outside issuer, with their memberships. Tells whether there was one. Requires the scope of this user. */
export async function deleteOutsideUser(tx: Transaction, id: string): Promise<boolean> {
  const deleted = await tx
    .delete(users)
    .where(and(eq(users.id, id), isNotNull(users.issuer)))
    .returning({ id: users.id });
  return deleted.length > 0;
}
