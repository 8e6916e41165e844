import type { OrphanedJob } from '../../jobs/workers/orphaned-job-recovery.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { ObserveRun, RunReport } from '../../platform/monitoring/process-metrics.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { endedRun } from '../runs/ended-run.ts';
import { workerLost } from '../runs/run-error.ts';
import { changeRunOfJob, lockRun, type RunChange } from '../runs/training-run.store.ts';
import { type TrainModelPayload, trainModelJob } from './train-model.job.ts';

/** What requeuing a run needs. */
export interface RequeueDependencies {
  readonly database: Database;
  readonly jobs: JobSender;
  /** After this many lost workers a run fails. */
  readonly maxAttempts: number;
  readonly observeRun: ObserveRun;
  readonly logger: Logger;
}

/** Requeues the run of an orphaned job as another job, or fails it after too many attempts. */
export async function requeueOrphanedRun(
  { jobId, payload, priority, group, wasShutDown }: OrphanedJob<TrainModelPayload>,
  { database, jobs, maxAttempts, observeRun, logger }: RequeueDependencies,
): Promise<void> {
  const { workspaceId, runId } = payload;
  const reports = await database.transaction({ workspaceId }, async (tx): Promise<RunReport[]> => {
    const run = await lockRun(tx, runId);
    await jobs.remove(tx, trainModelJob, jobId);
    // Another worker was faster, or the run had already ended.
    if (run?.jobId !== jobId || run.finishedAt !== null) return [];
    const isLoss = run.status === 'RUNNING' && !wasShutDown;
    const lostAttempts = run.lostAttempts + (isLoss ? 1 : 0);
    const losses = { lostAttempts, ...(isLoss ? { lastLostAttempt: run.attempt } : {}) };
    const lossReports = isLoss ? [{ lostAttempt: { algorithm: run.algorithm } }] : [];
    logger.warn({ runId, attempt: run.attempt, lostAttempts, wasShutDown }, 'the worker of a run was lost');
    if (isLoss && lostAttempts >= maxAttempts) {
      await changeRunOfJob(tx, runId, jobId, { ...losses, ...failure(lostAttempts) }, { kind: 'STATUS' });
      return [...lossReports, { endedRun: endedRun(run, 'FAILED', 'FAILED', 'WORKER_LOST') }];
    }
    const sent = await jobs.send(tx, trainModelJob, payload, { priority, group });
    const change = { ...QUEUED_AGAIN, ...losses, jobId: sent.jobId };
    const message = wasShutDown ? SHUTDOWN_MESSAGE : LOST_MESSAGE;
    await changeRunOfJob(tx, runId, jobId, change, {
      kind: 'STATUS',
      message,
      queuePosition: sent.queuePosition,
    });
    return lossReports;
  });
  reports.forEach(observeRun);
}

const LOST_MESSAGE = 'The worker was lost; another one continues the training.';
const SHUTDOWN_MESSAGE = 'The worker was shut down; another one continues the training.';

const QUEUED_AGAIN = { status: 'QUEUED', stage: 'WAITING', etaSeconds: null } as const;

function failure(lostAttempts: number): RunChange {
  const { code: errorCode, message: errorMessage, hint: errorHint } = workerLost(lostAttempts);
  const end = { status: 'FAILED', stage: 'DONE', endReason: 'FAILED', etaSeconds: null } as const;
  return { ...end, errorCode, errorMessage, errorHint, finishedAt: new Date() };
}
