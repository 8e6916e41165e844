import type { Transaction } from '../../src/platform/postgres/database.ts';
import { type ClaimedRun, claimRun, findRun } from '../../src/training/runs/training-run.store.ts';

/** Claims a run for the job that it belongs to, as the worker does that the queue gave this job to. */
export async function claimAsItsJob(tx: Transaction, runId: string): Promise<ClaimedRun | null> {
  const run = await findRun(tx, runId);
  return await claimRun(tx, runId, run?.jobId ?? runId, null);
}
