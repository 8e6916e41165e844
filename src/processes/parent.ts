import type { DatabaseAccess } from '../platform/database.ts';

/** In the worker of `serve`: waits for what the parent tells it, and ends the process when the parent is gone. */
export function receiveAccess(onParentGone: () => void): Promise<DatabaseAccess> {
  process.once('disconnect', onParentGone);
  return new Promise((resolve) => process.once('message', (access) => resolve(access as DatabaseAccess)));
}
