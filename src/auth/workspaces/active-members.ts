import type { Database } from '../../platform/postgres/database.ts';
import { findActiveKey } from '../api-keys/api-key.store.ts';
import { isMember } from './membership.store.ts';

/** Tells whether whoever, a member or an API key, asked for a link may still use it. */
export class ActiveMembers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  isActive({ workspaceId, holderId }: { readonly workspaceId: string; readonly holderId: string }): Promise<boolean> {
    return this.#database.transaction(
      { workspaceId },
      async (tx) => (await isMember(tx, holderId)) || (await findActiveKey(tx, { id: holderId })) !== null,
    );
  }
}
