import { recordAudit } from '../../auth/audit/record-audit.ts';
import { announceDataset } from '../../datasets/live/announce-dataset.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { Transaction } from '../../platform/postgres/database.ts';
import { announceDeletedRuns } from '../../training/live/announce-deleted-runs.ts';
import { markBatchesOfDataset } from '../batches/batch-removal.store.ts';
import { beginDeleting, type DeletionRow, insertDeletion } from './dataset-deletion.store.ts';
import { endRestorability, type MarkedDataset, markDataset, markRuns } from './marked-rows.store.ts';
import { removeDatasetJob } from './remove-dataset.job.ts';

/** Until then the process that has marked a dataset removes it by itself. */
const JOB_DELAY_SECONDS = 60;

/** How a dataset is marked as deleted. */
export interface MarkOptions {
  readonly restorableUntil: Date | null;
  /** ALL go with it, NONE do, or those WITHOUT_USED_MODEL. */
  readonly runs: 'ALL' | 'WITHOUT_USED_MODEL' | 'NONE';
}

/** What was marked. */
export interface MarkedDeletion {
  readonly deletion: DeletionRow;
  readonly runIds: readonly string[];
  /** How many models they have. */
  readonly artifacts: number;
}

/**
 * Marks a locked dataset as deleted, with its batch predictions and its runs, none of which is active: when the transaction commits they are gone for every
 * reader at once. What cannot be restored is removed by whoever asked for it, or else by a job.
 */
export async function markAsDeleted(
  tx: Transaction,
  jobs: Pick<JobSender, 'send'>,
  { id, workspaceId }: MarkedDataset,
  { restorableUntil, runs }: MarkOptions,
): Promise<MarkedDeletion> {
  const now = new Date();
  await markDataset(tx, id, now, restorableUntil);
  await markBatchesOfDataset(tx, id, now);
  const { runIds, artifacts } =
    runs === 'NONE' ? { runIds: [], artifacts: 0 } : await markRuns(tx, id, now, runs === 'WITHOUT_USED_MODEL');
  const isFinal = restorableUntil === null;
  const deletion = await insertDeletion(tx, {
    id,
    workspaceId,
    requestedAt: now,
    restorableUntil,
    status: isFinal ? 'DELETING' : 'RESTORABLE',
    jobId: isFinal ? await sendRemoval(tx, jobs, { id, workspaceId }) : null,
  });
  await recordAudit(tx, 'dataset.deleted', { subject: id, details: { runs: runIds.length, models: artifacts } });
  await announceDataset(tx, { id, workspaceId });
  await announceDeletedRuns(tx, workspaceId, id, runIds);
  return { deletion, runIds, artifacts };
}

/** Ends the time in which a deleted dataset can be restored; null where it has ended. */
export async function endRestoreWindow(
  tx: Transaction,
  jobs: Pick<JobSender, 'send'>,
  dataset: Pick<MarkedDataset, 'id' | 'workspaceId'>,
): Promise<DeletionRow | null> {
  await endRestorability(tx, dataset.id);
  return await beginDeleting(tx, dataset.id, await sendRemoval(tx, jobs, dataset));
}

async function sendRemoval(
  tx: Transaction,
  jobs: Pick<JobSender, 'send'>,
  { id: datasetId, workspaceId }: Pick<MarkedDataset, 'id' | 'workspaceId'>,
): Promise<string> {
  const options = { priority: 0, group: workspaceId, startAfterSeconds: JOB_DELAY_SECONDS };
  return (await jobs.send(tx, removeDatasetJob, { workspaceId, datasetId }, options)).jobId;
}
