import { isUuid } from '../../platform/ids.ts';
import type { Transaction } from '../../platform/postgres/database.ts';
import { sendNotifications } from '../../platform/postgres/notifications.ts';

/** Topic of notifications about runs that are gone. Their rows do not tell any more what dataset they were of. */
export const RUN_DELETED_TOPIC = 'training-run-deleted';

/** Topic of notifications about runs that are there again. */
export const RUN_RESTORED_TOPIC = 'training-run-restored';

/** A run that is gone. */
export interface DeletedRun {
  readonly runId: string;
  readonly datasetId: string;
}

/** Tells the followers of the workspace that runs of a dataset are gone, when the transaction commits. */
export async function announceDeletedRuns(
  tx: Transaction,
  scope: string,
  datasetId: string,
  runIds: readonly string[],
): Promise<void> {
  await sendNotifications(
    tx,
    runIds.map((runId) => ({ scope, topic: RUN_DELETED_TOPIC, id: `${runId} ${datasetId}` })),
  );
}

/** Tells them that runs are there again. */
export async function announceRestoredRuns(tx: Transaction, scope: string, runIds: readonly string[]): Promise<void> {
  await sendNotifications(
    tx,
    runIds.map((id) => ({ scope, topic: RUN_RESTORED_TOPIC, id })),
  );
}

/** The run of such a notification; null for an id of another form. */
export function parseDeletedRun(id: string): DeletedRun | null {
  const [runId = '', datasetId = ''] = id.split(' ');
  return isUuid(runId) && isUuid(datasetId) ? { runId, datasetId } : null;
}
