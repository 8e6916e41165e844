import { notFound, TrainyardError } from '../errors.ts';
import { type Transaction, workspaceOf } from '../platform/postgres/database.ts';
import { revokeAllKeys } from './api-keys/api-key.store.ts';
import { principalOf } from './api-keys/api-key-token.ts';
import { announceSessionChange } from './sessions/session.store.ts';
import { deleteInvitations } from './workspaces/invitation.store.ts';
import { deleteMemberships, listMembershipsOfUser, lockMembers, lockUser } from './workspaces/membership.store.ts';

/**
 * Takes everybody out of the workspace of the transaction: its members, API keys and invitations. From the commit on nobody sees it,
 * its sockets close, and its links end. Requires the scope of the user too. Throws NOT_FOUND for a workspace that the user does not
 * belong to, FORBIDDEN for another than an owner, and CONFLICT for the user's last one: who belongs to none cannot sign in.
 */
export async function closeWorkspace(tx: Transaction, userId: string): Promise<void> {
  await lockUser(tx, userId);
  await lockMembers(tx);
  await requireOwnerOfAnother(tx, userId);
  for (const key of await revokeAllKeys(tx)) await announceSessionChange(tx, principalOf(key));
  await deleteInvitations(tx);
  for (const member of await deleteMemberships(tx)) await announceSessionChange(tx, member.userId);
}

async function requireOwnerOfAnother(tx: Transaction, userId: string): Promise<void> {
  const workspaceId = workspaceOf(tx);
  const records = await listMembershipsOfUser(tx, userId);
  const own = records.find(({ membership }) => membership.workspaceId === workspaceId);
  if (own === undefined) throw notFound('workspace', workspaceId);
  if (own.membership.role !== 'OWNER') throw new TrainyardError('FORBIDDEN', 'Only an owner may delete a workspace.');
  if (records.length > 1) return;
  throw new TrainyardError('CONFLICT', 'This is your only workspace.', {
    argument: 'id',
    hint: 'Make another one first, with createWorkspace, or delete your account.',
  });
}
