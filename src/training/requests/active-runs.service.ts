import { statusesBefore } from '../../jobs/job-status.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { Transaction } from '../../platform/postgres/database.ts';
import { changeRunOf, lockQueueOf, type StoredRun } from '../runs/training-run.store.ts';
import { type ListedRun, lockActiveRuns, lockAllActiveRuns } from '../runs/training-run-list.store.ts';
import { trainModelJob } from '../worker/train-model.job.ts';

/**
 * The runs of a dataset that have not ended, locked until the transaction ends. Until then no run of the workspace is queued or
 * claimed either.
 */
export async function holdActiveRuns(
  tx: Transaction,
  workspaceId: string,
  datasetId: string,
): Promise<readonly ListedRun[]> {
  await lockQueueOf(tx, workspaceId);
  return await lockActiveRuns(tx, datasetId);
}

/** The same for all runs of the workspace. */
export async function holdAllActiveRuns(tx: Transaction, workspaceId: string): Promise<readonly ListedRun[]> {
  await lockQueueOf(tx, workspaceId);
  return await lockAllActiveRuns(tx);
}

/** Cancels a locked run: nothing of it is kept, and its worker is notified. */
export async function cancelRun(
  tx: Transaction,
  jobs: Pick<JobSender, 'remove'>,
  run: Pick<StoredRun, 'id' | 'workspaceId' | 'status' | 'jobId'>,
  also: { readonly stopRequestedAt?: Date } = {},
): Promise<void> {
  const now = new Date();
  const end = {
    status: 'CANCELLED',
    stage: 'DONE',
    endReason: 'CANCELLED',
    etaSeconds: null,
    finishedAt: now,
  } as const;
  const change = { ...end, cancelRequestedAt: now, ...also };
  await changeRunOf(tx, run, statusesBefore('CANCELLED'), change, { kind: 'STATUS' });
  if (run.status === 'QUEUED' && run.jobId !== null) await jobs.remove(tx, trainModelJob, run.jobId);
}
