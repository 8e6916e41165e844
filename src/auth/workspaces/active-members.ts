import type { Database } from '../../platform/postgres/database.ts';
import { findActiveKey } from '../api-keys/api-key.store.ts';
import { isSessionActive } from '../sessions/session.store.ts';
import { isMember } from './membership.store.ts';

/** Who asked for a link: a member or an API key, and the session that it ends with. */
interface Holder {
  readonly workspaceId: string;
  readonly holderId: string;
  readonly session: { readonly userId: string; readonly sessionId: string } | null;
}

/** Tells whether whoever asked for a link may still use it. */
export class ActiveMembers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async isActive({ workspaceId, holderId, session }: Holder): Promise<boolean> {
    const isOfWorkspace = await this.#database.transaction(
      { workspaceId },
      async (tx) => (await isMember(tx, holderId)) || (await findActiveKey(tx, { id: holderId })) !== null,
    );
    if (!isOfWorkspace || session === null) return isOfWorkspace;
    const { userId, sessionId } = session;
    return await this.#database.transaction({ userId }, (tx) => isSessionActive(tx, userId, sessionId));
  }
}
