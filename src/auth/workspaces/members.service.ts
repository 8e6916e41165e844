import { notFound, TrainyardError } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import type { PageOfRows } from '../../platform/postgres/keyset.ts';
import { endKeysOfMember } from '../api-keys/end-api-keys.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { announceSessionChange } from '../sessions/session.store.ts';
import type { UserViewer } from '../viewer.ts';
import {
  countMembers,
  countOwners,
  deleteMembership,
  findMember,
  listMembers,
  lockMembers,
  type MembershipRecord,
  setRole,
} from './membership.store.ts';
import type { Role } from './workspace.table.ts';

/** The members of a workspace, and their roles. */
export class Members {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Newest first, and one more than the page holds. */
  list(workspaceId: string, page: PageOfRows): Promise<MembershipRecord[]> {
    return this.#database.transaction({ workspaceId }, (tx) => listMembers(tx, page));
  }

  count(workspaceId: string): Promise<number> {
    return this.#database.transaction({ workspaceId }, countMembers);
  }

  /** Throws NOT_FOUND, and CONFLICT where the workspace would be left without an owner. */
  async changeRole(viewer: UserViewer, membershipId: string, role: Role): Promise<MembershipRecord> {
    return await this.#change(viewer, membershipId, async (tx, { membership }) => {
      await requireOwner(tx, viewer);
      if (membership.role === role) return;
      if (membership.role === 'OWNER') await requireAnotherOwner(tx);
      await setRole(tx, membership.id, role);
      const details = { role, formerRole: membership.role, userId: membership.userId };
      await recordAudit(tx, 'member.changed', { subject: membership.id, details });
      await announceSessionChange(tx, membership.userId);
    });
  }

  /**
   * Removes a member, who may be oneself: their sockets in this workspace close, and their links end. Throws NOT_FOUND,
   * FORBIDDEN for another than an owner, and CONFLICT for the last owner.
   */
  async remove(viewer: UserViewer, membershipId: string): Promise<void> {
    await this.#change(viewer, membershipId, async (tx, { membership, user }) => {
      const isOneself = membership.id === viewer.membershipId;
      if (!isOneself) await requireOwner(tx, viewer);
      if (membership.role === 'OWNER') await requireAnotherOwner(tx);
      await endKeysOfMember(tx, user.id);
      await deleteMembership(tx, membership.id);
      const details = { email: user.email, userId: user.id, left: isOneself };
      await recordAudit(tx, 'member.removed', { subject: membership.id, details });
      await announceSessionChange(tx, membership.userId);
    });
  }

  /** Changes a member while no other one is changed. */
  async #change(
    viewer: UserViewer,
    membershipId: string,
    change: (tx: Transaction, member: MembershipRecord) => Promise<void>,
  ): Promise<MembershipRecord> {
    if (!isUuid(membershipId)) throw notFound('membership', membershipId);
    return await this.#database.transaction(viewer, async (tx) => {
      await lockMembers(tx);
      const member = await findMember(tx, membershipId);
      if (member === null) throw notFound('membership', membershipId);
      await change(tx, member);
      return (await findMember(tx, membershipId)) ?? member;
    });
  }
}

/** The viewer may have lost the role since the request began, by a concurrent request of another owner. */
async function requireOwner(tx: Transaction, { membershipId }: UserViewer): Promise<void> {
  const own = await findMember(tx, membershipId);
  if (own?.membership.role !== 'OWNER') {
    throw new TrainyardError('FORBIDDEN', 'Only an owner may change other members of the workspace.');
  }
}

async function requireAnotherOwner(tx: Transaction): Promise<void> {
  if ((await countOwners(tx)) > 1) return;
  throw new TrainyardError('CONFLICT', 'A workspace needs an owner, and this is its only one.', {
    argument: 'membershipId',
    hint: 'Make another member OWNER first, or delete the workspace.',
  });
}
