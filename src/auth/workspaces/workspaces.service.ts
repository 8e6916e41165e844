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

/** Far more than a person works in; it bounds what one account can make the server keep. */
const MAX_WORKSPACES_OF_USER = 100;

/** Workspaces themselves. */
export class Workspaces {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes a workspace, of which the viewer is the owner. Throws BAD_USER_INPUT, QUOTA_EXCEEDED. */
  async create({ userId }: UserViewer, givenName: string): Promise<WorkspaceRow> {
    const name = parseName(givenName, { argument: 'name', what: 'The name', maxLength: MAX_NAME_LENGTH });
    const createdAt = new Date();
    const workspace = { id: randomUUID(), name, createdAt };
    const role = 'OWNER';
    await this.#database.transaction({ userId, workspaceId: workspace.id, role }, async (tx) => {
      await lockUser(tx, userId);
      const { length } = await listMembershipsOfUser(tx, userId);
      if (length >= MAX_WORKSPACES_OF_USER) {
        throw new TrainyardError('QUOTA_EXCEEDED', `You are a member of ${length} workspaces, the maximum.`, {
          hint: 'Leave or delete one of them first.',
        });
      }
      await insertWorkspace(tx, workspace);
      await insertMembership(tx, { id: randomUUID(), workspaceId: workspace.id, userId, role, createdAt });
      await recordAudit(tx, 'workspace.created', { subject: workspace.id, details: { name } });
    });
    return workspace;
  }
}
