import type { RunReport } from '../platform/monitoring/process-metrics.ts';
import type { DatabaseAccess } from '../platform/postgres/database.ts';

/** In the worker of `serve`: waits for what the parent tells it, and ends the process when the parent is gone. */
export function receiveAccess(onParentGone: () => void): Promise<DatabaseAccess> {
  process.once('disconnect', onParentGone);
  return new Promise((resolve) => process.once('message', (access) => resolve(access as DatabaseAccess)));
}

/** In the worker of `serve`: tells the parent what became of a run. Where the parent is gone, nobody wants to know. */
export function sendToParent(report: RunReport): void {
  process.send?.({ runReport: report }, () => undefined);
}

/** In the parent: what a message of the worker tells of a run; null for any other message. */
export function runReportOf(message: unknown): RunReport | null {
  if (typeof message !== 'object' || message === null || !('runReport' in message)) return null;
  return message.runReport as RunReport;
}
