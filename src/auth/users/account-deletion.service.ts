import { TrainyardError } from '../../errors.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { endKeysOfUser } from '../api-keys/end-api-keys.ts';
import { announceSessionChange } from '../sessions/session.store.ts';
import { toViewer, type UserViewer } from '../viewer.ts';
import type { Members } from '../workspaces/members.service.ts';
import {
  countMembers,
  countOwners,
  listMembershipsOfUser,
  type MembershipRecord,
} from '../workspaces/membership.store.ts';
import type { Accounts } from './account.service.ts';
import { deleteUser } from './user.store.ts';

/** What an account is deleted with. */
interface Parts {
  readonly database: Database;
  readonly accounts: Accounts;
  readonly members: Members;
}

/** What becomes of a workspace when a member's account is deleted. */
type Fate = 'LEFT' | 'ABANDONED' | 'OWNERLESS';

/** Deletes accounts. */
export class AccountDeletion {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Deletes the viewer's account, with their sessions. They leave the workspaces that have other members; what they did there
   * stays, and trainings go on. Each step can be repeated, if one fails. Throws CONFLICT where the user is the only owner of
   * a workspace that has other members.
   */
  async deleteAccount(viewer: UserViewer, password: string, address: string): Promise<string> {
    const { database, accounts } = this.#parts;
    const { userId } = viewer;
    await accounts.checkedUser(userId, password, 'password', { address, deviceId: viewer.sessionId });
    const shared = await this.#sharedWorkspaces(userId);
    for (const { membership } of shared) {
      await this.#parts.members.remove(toViewer(membership, viewer.sessionId), membership.id);
    }
    await database.transaction({ userId }, async (tx) => {
      await endKeysOfUser(tx, userId);
      await deleteUser(tx, userId);
      await announceSessionChange(tx, userId);
    });
    return userId;
  }

  /** The memberships in workspaces with other members. Throws CONFLICT if one of these would be left without an owner. */
  async #sharedWorkspaces(userId: string): Promise<MembershipRecord[]> {
    const { database } = this.#parts;
    const records = await database.transaction({ userId }, (tx) => listMembershipsOfUser(tx, userId));
    const shared: MembershipRecord[] = [];
    const ownerless: string[] = [];
    for (const record of records) {
      const fate = await this.#fateOf(record);
      if (fate === 'LEFT') shared.push(record);
      else if (fate === 'OWNERLESS') ownerless.push(record.workspace.name);
    }
    const [name] = ownerless;
    if (name === undefined) return shared;
    throw new TrainyardError(
      'CONFLICT',
      `You are the only owner of the workspace "${name}", which has other members.`,
      {
        hint: 'Make another member OWNER first, or remove the other members.',
      },
    );
  }

  async #fateOf({ membership: { userId, workspaceId, role } }: MembershipRecord): Promise<Fate> {
    return await this.#parts.database.transaction({ userId, workspaceId, role }, async (tx) => {
      if ((await countMembers(tx)) === 1) return 'ABANDONED';
      return role === 'OWNER' && (await countOwners(tx)) === 1 ? 'OWNERLESS' : 'LEFT';
    });
  }
}
