import type { Database, Transaction } from '../../platform/postgres/database.ts';
import { findActiveKey, roleOfKey } from '../api-keys/api-key.store.ts';
import { isSessionActive } from '../sessions/session.store.ts';
import { findRole } from './membership.store.ts';
import type { Role } from './workspace.table.ts';

/** Who asked for a link: a member or an API key, and the session that it ends with. */
interface Holder {
  readonly workspaceId: string;
  readonly holderId: string;
  readonly session: { readonly userId: string; readonly sessionId: string } | null;
}

/** Tells what whoever asked for a link may do now. */
export class ActiveMembers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The role of the member or the key now; null where that, or the session, has ended. */
  async roleOf({ workspaceId, holderId, session }: Holder): Promise<Role | null> {
    const role = await this.#database.transaction({ workspaceId }, (tx) => findHolderRole(tx, holderId));
    if (role === null || session === null) return role;
    const { userId, sessionId } = session;
    const isOpen = await this.#database.transaction({ userId }, (tx) => isSessionActive(tx, userId, sessionId));
    return isOpen ? role : null;
  }
}

async function findHolderRole(tx: Transaction, holderId: string): Promise<Role | null> {
  const role = await findRole(tx, holderId);
  if (role !== null) return role;
  const key = await findActiveKey(tx, { id: holderId });
  return key === null ? null : roleOfKey(key);
}
