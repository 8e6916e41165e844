import { randomUUID } from 'node:crypto';
import { TrainyardError } from '../../errors.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { MAX_NAME_LENGTH } from '../users/user-input.ts';
import { insertMembership, insertWorkspace, listMembershipsOfUser, lockUser } from '../workspaces/membership.store.ts';

/** Whose workspace it is to be. */
interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
}

/** Workspaces of people who belong to none any more, because they were removed from their only one. */
export class OwnWorkspaces {
  readonly #database: Database;
  readonly #isOpen: boolean;

  /** `isOpen`: everybody may sign up, and so have a workspace. */
  constructor(database: Database, isOpen: boolean) {
    this.#database = database;
    this.#isOpen = isOpen;
  }

  /**
   * Makes an empty workspace for a user who belongs to none, as a sign-up does. Throws FORBIDDEN where not everybody may sign up:
   * then another invitation leads back.
   */
  async provide({ id: userId, email, name }: Person): Promise<void> {
    if (!this.#isOpen) throw withoutWorkspace();
    const workspaceId = randomUUID();
    const createdAt = new Date();
    const ownName = name ?? email.slice(0, MAX_NAME_LENGTH);
    await this.#database.transaction({ userId, workspaceId }, async (tx) => {
      await lockUser(tx, userId);
      if ((await listMembershipsOfUser(tx, userId)).length > 0) return;
      await insertWorkspace(tx, { id: workspaceId, name: ownName, createdAt });
      await insertMembership(tx, { id: randomUUID(), userId, workspaceId, role: 'OWNER', createdAt });
      await recordAudit(tx, 'workspace.created', { subject: workspaceId, details: { name: ownName } });
    });
  }
}

function withoutWorkspace(): TrainyardError {
  return new TrainyardError('FORBIDDEN', 'This account is no longer a member of any workspace.', {
    hint: 'Ask the owner of a workspace for an invitation. signUp with its token and your password accepts it.',
  });
}
