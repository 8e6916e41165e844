import type { Database } from '../../platform/postgres/database.ts';
import type { PageOfRows } from '../../platform/postgres/keyset.ts';
import type { Viewer } from '../viewer.ts';
import { type AuditEntryRecord, countAuditEntries, listAuditEntries } from './audit.store.ts';

/** Whose log is read, in which role. */
export type AuditReader = Pick<Viewer, 'workspaceId' | 'role'>;

/** Reads the audit log of a workspace: its policy shows it to owners. */
export class AuditLog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Newest first, and one entry more than the page holds. */
  list({ workspaceId, role }: AuditReader, page: PageOfRows): Promise<AuditEntryRecord[]> {
    return this.#database.transaction({ workspaceId, role }, (tx) => listAuditEntries(tx, page));
  }

  count({ workspaceId, role }: AuditReader): Promise<number> {
    return this.#database.transaction({ workspaceId, role }, countAuditEntries);
  }
}
