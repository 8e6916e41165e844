import { setTimeout as delay } from 'node:timers/promises';
import type { ActiveJob, JobDefinition, JobWorker } from '../../platform/jobs/jobs.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { RegistrySnapshot, WorkerRegistry } from './worker-registry.ts';

/** How soon a user who watches a progress bar sees it go on. */
const POLL_MILLISECONDS = 200;

/**
 * A job that no worker claims to hold may have been fetched just now; later checks decide. However slow the database is, its
 * worker records the job before it does anything else.
 */
const CHECKS_BEFORE_UNCLAIMED = 10;
const SECONDS_BEFORE_UNCLAIMED = 5;

/** A job without a live worker. */
export interface OrphanedJob<Payload> extends ActiveJob<Payload> {
  /** Whether its worker was shutting down: then the job did not cause the loss. */
  readonly wasShutDown: boolean;
}

/** What becomes of the jobs of one kind when their worker was lost. */
export interface OrphanedJobOptions<Payload> {
  readonly jobs: Pick<JobWorker, 'active'>;
  readonly registry: Pick<WorkerRegistry, 'remove' | 'snapshot'>;
  readonly job: JobDefinition<Payload>;
  /** Sends the job anew, or ends what it was for. Another process may have done so already. */
  readonly requeue: (orphan: OrphanedJob<Payload>) => Promise<void>;
  readonly logger: Logger;
  /** Interval of the checks; default: 200. */
  readonly pollMilliseconds?: number;
}

/** Finds jobs whose worker was lost, and requeues them: every worker of a kind monitors all others. */
export class OrphanedJobRecovery<Payload> {
  readonly #options: OrphanedJobOptions<Payload>;
  readonly #closing = new AbortController();
  /** Jobs that no worker holds, with the number of consecutive checks. */
  #unclaimed: ReadonlyMap<string, number> = new Map();
  readonly #polling: Promise<void>;

  constructor(options: OrphanedJobOptions<Payload>) {
    this.#options = options;
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
        this.#options.logger.debug({ err: error }, 'the other workers could not be checked');
      });
      await delay(this.#options.pollMilliseconds ?? POLL_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #poll(): Promise<void> {
    // The jobs are read before the workers, so that a worker that fetches one in between is not missed.
    const { jobs, registry, job, requeue } = this.#options;
    const active = await jobs.active(job);
    const view = await registry.snapshot();
    if (view === null) {
      this.#unclaimed = new Map();
      return;
    }
    for (const orphan of this.#findOrphans(active, view)) await requeue(orphan);
    if (view.dead.length > 0) await registry.remove(view.dead);
  }

  #findOrphans(active: readonly ActiveJob<Payload>[], { heldJobs, dead }: RegistrySnapshot): OrphanedJob<Payload>[] {
    const unclaimed = active.filter(({ jobId }) => !heldJobs.has(jobId));
    this.#unclaimed = new Map(unclaimed.map(({ jobId }) => [jobId, (this.#unclaimed.get(jobId) ?? 0) + 1]));
    return unclaimed.flatMap((job) => {
      const worker = dead.find(({ jobId }) => jobId === job.jobId);
      const checks = this.#unclaimed.get(job.jobId) ?? 0;
      const isUnclaimed = checks >= CHECKS_BEFORE_UNCLAIMED && job.activeSeconds >= SECONDS_BEFORE_UNCLAIMED;
      return worker || isUnclaimed ? [{ ...job, wasShutDown: worker?.isLeaving ?? false }] : [];
    });
  }
}
