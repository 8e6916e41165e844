import type { Database } from '../../platform/postgres/database.ts';
import { isMember } from './membership.store.ts';

/** Tells whether whoever asked for a link may still use it. */
export class ActiveMembers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  isActive({ workspaceId, holderId }: { readonly workspaceId: string; readonly holderId: string }): Promise<boolean> {
    return this.#database.transaction({ workspaceId }, (tx) => isMember(tx, holderId));
  }
}
