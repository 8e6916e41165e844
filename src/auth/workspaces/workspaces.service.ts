import { randomUUID } from 'node:crypto';
import { TrainyardError } from '../../errors.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { parseName } from '../../platform/user-text.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { UserViewer } from '../viewer.ts';
import {
  insertMembership,
  insertWorkspace,
  listMembershipsOfUser,
  lockUser,
  type WorkspaceRow,
} from './membership.store.ts';

const MAX_NAME_LENGTH = 200;

/** Workspaces themselves. */
export class Workspaces {
  readonly #database: Database;
  readonly #maxOwned: number;

  /** `maxOwned`: MAX_WORKSPACES_PER_USER. Quotas are of a workspace, so it bounds what one account can make the server do. */
  constructor(database: Database, maxOwned: number) {
    this.#database = database;
    this.#maxOwned = maxOwned;
  }

  /** Makes a workspace, of which the viewer is the owner. Throws BAD_USER_INPUT, QUOTA_EXCEEDED. */
  async create({ userId }: UserViewer, givenName: string): Promise<WorkspaceRow> {
    const name = parseName(givenName, { argument: 'name', what: 'The name', maxLength: MAX_NAME_LENGTH });
    const createdAt = new Date();
    const workspace = { id: randomUUID(), name, createdAt };
    const role = 'OWNER';
    await this.#database.transaction({ userId, workspaceId: workspace.id, role }, async (tx) => {
      await lockUser(tx, userId);
      const records = await listMembershipsOfUser(tx, userId);
      const { length } = records.filter(({ membership }) => membership.role === role);
      if (length >= this.#maxOwned) throw this.#tooMany(length);
      await insertWorkspace(tx, workspace);
      await insertMembership(tx, { id: randomUUID(), workspaceId: workspace.id, userId, role, createdAt });
      await recordAudit(tx, 'workspace.created', { subject: workspace.id, details: { name } });
    });
    return workspace;
  }

  #tooMany(owned: number): TrainyardError {
    const message = `You own ${owned} workspaces; at most ${this.#maxOwned} are allowed.`;
    return new TrainyardError('QUOTA_EXCEEDED', message, {
      hint: 'Delete one of them first, or ask the operator of the server to raise MAX_WORKSPACES_PER_USER.',
    });
  }
}
