import type { RunReport } from '../platform/monitoring/process-metrics.ts';
import type { DatabaseAccess } from '../platform/postgres/database.ts';

/** In the worker of `serve`: waits for the database access from the parent, and exits when the parent is gone. */
export function receiveAccess(onParentGone: () => void): Promise<DatabaseAccess> {
  process.once('disconnect', onParentGone);
  return new Promise((resolve) => process.once('message', (access) => resolve(access as DatabaseAccess)));
}

/** In the worker of `serve`: reports a run to the parent; ignored if the parent is gone. */
export function reportToParent(report: RunReport): void {
  process.send?.({ runReport: report }, () => undefined);
}

/** In the parent: the run report in a message of the worker; null for other messages. */
export function parseRunReport(message: unknown): RunReport | null {
  if (typeof message !== 'object' || message === null || !('runReport' in message)) return null;
  return message.runReport as RunReport;
}
