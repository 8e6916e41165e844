import { respondsWithin } from '../../platform/concurrency/with-timeout.ts';
import type { JobDepth, ScheduleState, UndoneWork } from '../../platform/jobs/jobs.ts';

/** How long a snapshot is cached. */
const FRESH_MILLISECONDS = 1_000;

/** Scrapers do not wait longer. */
const TIMEOUT_MILLISECONDS = 1_500;

/** A worker process that is alive, as operators see it. */
interface LiveWorker {
  readonly host: string;
  readonly processId: number;
  readonly memoryBytes: number;
  /** The longest that its event loop stood still since it was last heard of. */
  readonly eventLoopSeconds: number;
}

/** What was deleted, so that nobody sees it any more, and is not removed yet. */
export interface PendingDeletions {
  readonly datasets: UndoneWork;
  readonly workspaces: UndoneWork;
}

/** Where the statistics of the queue come from. */
export interface QueueSource {
  /** Of trainings. */
  depth(): Promise<JobDepth>;
  /** Of batch predictions. */
  batchDepth(): Promise<JobDepth>;
  schedules(): Promise<readonly ScheduleState[]>;
  deletions(): Promise<PendingDeletions>;
}

/** Queue, workers and schedules of the whole installation. */
export interface QueueSnapshot {
  readonly depth: JobDepth;
  readonly batchDepth: JobDepth;
  readonly deletions: PendingDeletions;
  readonly workers: readonly LiveWorker[];
  readonly schedules: readonly ScheduleState[];
}

/** Reads the statistics of the queue at most once a second. */
export class QueueStats {
  readonly #load: () => Promise<QueueSnapshot>;
  #snapshot: QueueSnapshot | null = null;
  #readAt = Number.NEGATIVE_INFINITY;
  #running: Promise<QueueSnapshot | null> | null = null;

  constructor(queue: QueueSource, workers: { list(): Promise<LiveWorker[]> }) {
    this.#load = async () => {
      const depths = Promise.all([queue.depth(), queue.batchDepth()]);
      const all = [depths, workers.list(), queue.schedules(), queue.deletions()] as const;
      const [[depth, batchDepth], workersNow, schedules, deletions] = await Promise.all(all);
      return { depth, batchDepth, workers: workersNow, schedules, deletions };
    };
  }

  /** Null if the database does not respond in time. */
  async read(): Promise<QueueSnapshot | null> {
    if (performance.now() - this.#readAt < FRESH_MILLISECONDS) return this.#snapshot;
    this.#running ??= this.#readOnce().finally(() => {
      this.#running = null;
    });
    return await this.#running;
  }

  async #readOnce(): Promise<QueueSnapshot | null> {
    let snapshot: QueueSnapshot | null = null;
    const response = this.#load().then((found) => {
      snapshot = found;
      return true;
    });
    await respondsWithin(response, TIMEOUT_MILLISECONDS);
    this.#snapshot = snapshot;
    this.#readAt = performance.now();
    return snapshot;
  }
}
