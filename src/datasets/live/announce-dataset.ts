import type { Transaction } from '../../platform/postgres/database.ts';
import { sendNotification } from '../../platform/postgres/notifications.ts';

/** Topics of notifications about datasets: one that is new or there again, and one that has changed or is gone. */
export const DATASET_CREATED_TOPIC = 'dataset-created';
export const DATASET_TOPIC = 'dataset';

/** A dataset, as followers are told of it. */
interface AnnouncedDataset {
  readonly id: string;
  readonly workspaceId: string;
}

/** Notifies the followers of the workspace of a dataset that is new or was restored, when the transaction commits. */
export async function announceNewDataset(tx: Transaction, { id, workspaceId }: AnnouncedDataset): Promise<void> {
  await sendNotification(tx, { scope: workspaceId, topic: DATASET_CREATED_TOPIC, id });
}

/** Notifies them of a dataset that has changed or is gone. */
export async function announceDataset(tx: Transaction, { id, workspaceId }: AnnouncedDataset): Promise<void> {
  await sendNotification(tx, { scope: workspaceId, topic: DATASET_TOPIC, id });
}
