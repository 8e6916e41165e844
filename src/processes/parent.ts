import type { DatabaseAccess } from '../platform/database.ts';
import type { EndedRun } from '../platform/process-metrics.ts';

/** In the worker of `serve`: waits for what the parent tells it, and ends the process when the parent is gone. */
export function receiveAccess(onParentGone: () => void): Promise<DatabaseAccess> {
  process.once('disconnect', onParentGone);
  return new Promise((resolve) => process.once('message', (access) => resolve(access as DatabaseAccess)));
}

/** In the worker of `serve`: tells the parent of a run that has ended. Where the parent is gone, nobody wants to know. */
export function tellParent(run: EndedRun): void {
  process.send?.({ endedRun: run }, () => undefined);
}

/** In the parent: the run that a message of the worker tells of; null for any other message. */
export function endedRunOf(message: unknown): EndedRun | null {
  if (typeof message !== 'object' || message === null || !('endedRun' in message)) return null;
  return message.endedRun as EndedRun;
}
