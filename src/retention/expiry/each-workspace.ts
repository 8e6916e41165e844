import type { Database } from '../../platform/postgres/database.ts';
import { findWorkspaceId, listWorkspaces } from './expiry.store.ts';

const WORKSPACES_AT_A_TIME = 500;

/** The ids of all workspaces of the installation, until the signal fires. */
export async function* eachWorkspace(database: Database, signal?: AbortSignal): AsyncGenerator<string> {
  let after: string | null = null;
  for (;;) {
    const last: string | null = after;
    const ids: string[] = await database.transaction({ maintenance: true }, (tx) =>
      listWorkspaces(tx, last, WORKSPACES_AT_A_TIME),
    );
    for (const id of ids) {
      if (signal?.aborted === true) return;
      yield id;
    }
    after = ids.at(-1) ?? null;
    if (ids.length < WORKSPACES_AT_A_TIME) return;
  }
}

/** Whether the installation has a workspace of that id. */
export async function isWorkspace(database: Database, id: string): Promise<boolean> {
  return await database
    .transaction({ maintenance: true }, (tx) => findWorkspaceId(tx, id))
    .then((found) => found !== null);
}
