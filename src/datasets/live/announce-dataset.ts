import type { Transaction } from '../../platform/postgres/database.ts';
import { sendNotification } from '../../platform/postgres/notifications.ts';

/** Topic of notifications about datasets. */
export const DATASET_TOPIC = 'dataset';

/** Tells the followers of the workspace that a dataset is new, has changed or is gone, when the transaction commits. */
export async function announceDataset(
  tx: Transaction,
  { id, workspaceId }: { readonly id: string; readonly workspaceId: string },
): Promise<void> {
  await sendNotification(tx, { scope: workspaceId, topic: DATASET_TOPIC, id });
}
