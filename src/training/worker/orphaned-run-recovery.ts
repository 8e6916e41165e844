import { setTimeout as delay } from 'node:timers/promises';
import type { ActiveJob, JobWorker } from '../../platform/jobs/jobs.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { ObserveRun, RunReport } from '../../platform/monitoring/process-metrics.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { RegistrySnapshot, WorkerRegistry } from '../../workers/worker-registry.ts';
import { endedRun } from '../runs/ended-run.ts';
import { workerLost } from '../runs/run-error.ts';
import { changeRunOfJob, lockRun, type RunChange } from '../runs/training-run.store.ts';
import { type TrainModelPayload, trainModelJob } from './train-model.job.ts';

const POLL_MILLISECONDS = 200;

/**
 * A job that no worker claims to hold may have been fetched just now; later checks decide. However slow the database is, its
 * worker records the job before it does anything else.
 */
const CHECKS_BEFORE_UNCLAIMED = 10;
const SECONDS_BEFORE_UNCLAIMED = 5;

/** A job without a live worker. */
interface OrphanedJob extends ActiveJob<TrainModelPayload> {
  /** Whether its worker was shutting down: then the job did not cause the loss. */
  readonly wasShutDown: boolean;
}

/** Finds runs whose worker was lost, and requeues them: every worker monitors all others. */
export class OrphanedRunRecovery {
  readonly #database: Database;
  readonly #jobs: JobWorker;
  readonly #registry: Pick<WorkerRegistry, 'remove' | 'snapshot'>;
  readonly #maxAttempts: number;
  readonly #logger: Logger;
  readonly #observeRun: ObserveRun;
  readonly #closing = new AbortController();
  /** Jobs that no worker holds, with the number of consecutive checks. */
  #unclaimed: ReadonlyMap<string, number> = new Map();
  readonly #polling: Promise<void>;

  constructor(
    database: Database,
    jobs: JobWorker,
    registry: Pick<WorkerRegistry, 'remove' | 'snapshot'>,
    maxAttempts: number,
    logger: Logger,
    observeRun: ObserveRun,
  ) {
    this.#database = database;
    this.#jobs = jobs;
    this.#registry = registry;
    this.#maxAttempts = maxAttempts;
    this.#logger = logger;
    this.#observeRun = observeRun;
    this.#polling = this.#pollRepeatedly();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#polling;
  }

  async #pollRepeatedly(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      // While the database is unavailable, live and dead workers look the same.
      await this.#poll().catch((error: unknown) => {
        this.#unclaimed = new Map();
        this.#logger.debug({ err: error }, 'the other workers could not be checked');
      });
      await delay(POLL_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #poll(): Promise<void> {
    // The jobs are read before the workers, so that a worker that fetches one in between is not missed.
    const active = await this.#jobs.active(trainModelJob);
    const view = await this.#registry.snapshot();
    if (view === null) {
      this.#unclaimed = new Map();
      return;
    }
    for (const job of this.#findOrphans(active, view)) await this.#requeue(job);
    if (view.dead.length > 0) await this.#registry.remove(view.dead);
  }

  #findOrphans(active: readonly ActiveJob<TrainModelPayload>[], { heldJobs, dead }: RegistrySnapshot): OrphanedJob[] {
    const unclaimed = active.filter(({ jobId }) => !heldJobs.has(jobId));
    this.#unclaimed = new Map(unclaimed.map(({ jobId }) => [jobId, (this.#unclaimed.get(jobId) ?? 0) + 1]));
    return unclaimed.flatMap((job) => {
      const worker = dead.find(({ jobId }) => jobId === job.jobId);
      const checks = this.#unclaimed.get(job.jobId) ?? 0;
      const isUnclaimed = checks >= CHECKS_BEFORE_UNCLAIMED && job.activeSeconds >= SECONDS_BEFORE_UNCLAIMED;
      return worker || isUnclaimed ? [{ ...job, wasShutDown: worker?.isLeaving ?? false }] : [];
    });
  }

  /** Requeues the run of an orphaned job as another job, or fails it after too many attempts. */
  async #requeue({ jobId, payload, priority, group, wasShutDown }: OrphanedJob): Promise<void> {
    const { workspaceId, runId } = payload;
    const reports = await this.#database.transaction({ workspaceId }, async (tx): Promise<RunReport[]> => {
      const run = await lockRun(tx, runId);
      await this.#jobs.remove(tx, trainModelJob, jobId);
      // Another worker was faster, or the run had already ended.
      if (run?.jobId !== jobId || run.finishedAt !== null) return [];
      const isLoss = run.status === 'RUNNING' && !wasShutDown;
      const lostAttempts = run.lostAttempts + (isLoss ? 1 : 0);
      const losses = { lostAttempts, ...(isLoss ? { lastLostAttempt: run.attempt } : {}) };
      const lossReports = isLoss ? [{ lostAttempt: { algorithm: run.algorithm } }] : [];
      this.#logger.warn({ runId, attempt: run.attempt, lostAttempts, wasShutDown }, 'the worker of a run was lost');
      if (isLoss && lostAttempts >= this.#maxAttempts) {
        await changeRunOfJob(tx, runId, jobId, { ...losses, ...failure(lostAttempts) }, { kind: 'STATUS' });
        return [...lossReports, { endedRun: endedRun(run, 'FAILED', 'FAILED', 'WORKER_LOST') }];
      }
      const sent = await this.#jobs.send(tx, trainModelJob, payload, { priority, group });
      const change = { ...QUEUED_AGAIN, ...losses, jobId: sent.jobId };
      const message = wasShutDown ? SHUTDOWN_MESSAGE : LOST_MESSAGE;
      await changeRunOfJob(tx, runId, jobId, change, {
        kind: 'STATUS',
        message,
        queuePosition: sent.queuePosition,
      });
      return lossReports;
    });
    reports.forEach(this.#observeRun);
  }
}

const LOST_MESSAGE = 'The worker was lost; another one continues the training.';
const SHUTDOWN_MESSAGE = 'The worker was shut down; another one continues the training.';

const QUEUED_AGAIN = { status: 'QUEUED', stage: 'WAITING', etaSeconds: null } as const;

function failure(lostAttempts: number): RunChange {
  const { code: errorCode, message: errorMessage, hint: errorHint } = workerLost(lostAttempts);
  const end = { status: 'FAILED', stage: 'DONE', endReason: 'FAILED', etaSeconds: null } as const;
  return { ...end, errorCode, errorMessage, errorHint, finishedAt: new Date() };
}
