import { setTimeout as delay } from 'node:timers/promises';
import type { ActiveJob, JobWorker } from '../../platform/jobs/jobs.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { ObserveRun, RunReport } from '../../platform/monitoring/process-metrics.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { RegistryView, WorkerRegistry } from '../../workers/worker-registry.ts';
import { endedRun } from '../runs/ended-run.ts';
import { workerLost } from '../runs/run-error.ts';
import { changeRunOfJob, lockRun, type RunChange } from '../runs/training-run.store.ts';
import { type TrainModelPayload, trainModelJob } from './train-model.job.ts';

const LOOK_MILLISECONDS = 200;

/**
 * A job that no worker says it has may be one that was handed out just now; the next looks tell. However slow the database is,
 * its worker says so before it does anything else.
 */
const LOOKS_BEFORE_STRAY = 10;
const SECONDS_BEFORE_STRAY = 5;

/** A job without a worker. */
interface LostJob extends ActiveJob<TrainModelPayload> {
  /** Whether its worker had been told to end: it did what it could, and is not what killed it. */
  readonly wasLeft: boolean;
}

/** Finds the runs whose worker was lost, and gives them to another: every worker watches over all others. */
export class OrphanedRunRecovery {
  readonly #database: Database;
  readonly #jobs: JobWorker;
  readonly #registry: WorkerRegistry;
  readonly #maxAttempts: number;
  readonly #logger: Logger;
  readonly #observeRun: ObserveRun;
  readonly #closing = new AbortController();
  /** By job that nobody says to have: at how many looks in a row. */
  #strays: ReadonlyMap<string, number> = new Map();
  readonly #watching: Promise<void>;

  constructor(
    database: Database,
    jobs: JobWorker,
    registry: WorkerRegistry,
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
    this.#watching = this.#watch();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      // While the database is away nobody can be told from the dead.
      await this.#look().catch((error: unknown) => {
        this.#strays = new Map();
        this.#logger.debug({ err: error }, 'the other workers could not be looked at');
      });
      await delay(LOOK_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    // The jobs come first: whoever is handed one after that is not missed among the workers.
    const active = await this.#jobs.active(trainModelJob);
    const view = await this.#registry.look();
    if (view === null) {
      this.#strays = new Map();
      return;
    }
    for (const job of this.#lost(active, view)) await this.#giveToAnother(job);
    if (view.dead.length > 0) await this.#registry.remove(view.dead);
  }

  #lost(active: readonly ActiveJob<TrainModelPayload>[], { heldJobs, dead }: RegistryView): LostJob[] {
    const strays = active.filter(({ jobId }) => !heldJobs.has(jobId));
    this.#strays = new Map(strays.map(({ jobId }) => [jobId, (this.#strays.get(jobId) ?? 0) + 1]));
    return strays.flatMap((job) => {
      const worker = dead.find(({ jobId }) => jobId === job.jobId);
      const looks = this.#strays.get(job.jobId) ?? 0;
      const isStray = looks >= LOOKS_BEFORE_STRAY && job.activeSeconds >= SECONDS_BEFORE_STRAY;
      return worker || isStray ? [{ ...job, wasLeft: worker?.isLeaving ?? false }] : [];
    });
  }

  /** Takes a run from a job that is lost: it is queued again as another one, or ends where that was tried often enough. */
  async #giveToAnother({ jobId, payload, priority, group, wasLeft }: LostJob): Promise<void> {
    const { workspaceId, runId } = payload;
    const reports = await this.#database.transaction({ workspaceId }, async (tx): Promise<RunReport[]> => {
      const run = await lockRun(tx, runId);
      await this.#jobs.remove(tx, trainModelJob, jobId);
      // Whoever looked at the same time was first, or the run had ended and only the job did not know.
      if (run?.jobId !== jobId || run.finishedAt !== null) return [];
      const isLoss = run.status === 'RUNNING' && !wasLeft;
      const lostAttempts = run.lostAttempts + (isLoss ? 1 : 0);
      const losses = { lostAttempts, ...(isLoss ? { lastLostAttempt: run.attempt } : {}) };
      const lost = isLoss ? [{ lostAttempt: { algorithm: run.algorithm } }] : [];
      this.#logger.warn({ runId, attempt: run.attempt, lostAttempts, wasLeft }, 'a run whose worker was lost');
      if (isLoss && lostAttempts >= this.#maxAttempts) {
        await changeRunOfJob(tx, runId, jobId, { ...losses, ...failure(lostAttempts) }, { kind: 'STATUS' });
        return [...lost, { endedRun: endedRun(run, 'FAILED', 'FAILED', 'WORKER_LOST') }];
      }
      const sent = await this.#jobs.send(tx, trainModelJob, payload, { priority, group });
      const change = { ...QUEUED_AGAIN, ...losses, jobId: sent.jobId };
      const message = wasLeft ? LEFT_MESSAGE : LOST_MESSAGE;
      await changeRunOfJob(tx, runId, jobId, change, {
        ...{ kind: 'STATUS', message, queuePosition: sent.queuePosition },
      });
      return lost;
    });
    reports.forEach(this.#observeRun);
  }
}

const LOST_MESSAGE = 'The worker was lost; another one goes on with the training.';
const LEFT_MESSAGE = 'The worker was shut down; another one goes on with the training.';

const QUEUED_AGAIN = { status: 'QUEUED', stage: 'WAITING', etaSeconds: null } as const;

function failure(lostAttempts: number): RunChange {
  const { code: errorCode, message: errorMessage, hint: errorHint } = workerLost(lostAttempts);
  const end = { status: 'FAILED', stage: 'DONE', endReason: 'FAILED', etaSeconds: null } as const;
  return { ...end, errorCode, errorMessage, errorHint, finishedAt: new Date() };
}
