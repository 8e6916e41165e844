import { respondsWithin } from '../../platform/concurrency/with-timeout.ts';
import type { JobDepth, ScheduleState } from '../../platform/jobs/jobs.ts';

/** Figures that are so old are good for whoever asks. */
const FRESH_MILLISECONDS = 1_000;

/** Later than that they help nobody. */
const TIMEOUT_MILLISECONDS = 1_500;

/** A worker process that is alive, as operators see it. */
interface LiveWorker {
  readonly host: string;
  readonly processId: number;
  readonly memoryBytes: number;
  /** The longest that its event loop stood still since it was last heard of. */
  readonly eventLoopSeconds: number;
}

/** What waits and who works, on the whole installation. */
export interface QueueView {
  readonly depth: JobDepth;
  readonly workers: readonly LiveWorker[];
  readonly schedules: readonly ScheduleState[];
}

/** Reads the figures of the queue at most once a second, however many ask. */
export class QueueStats {
  readonly #look: () => Promise<QueueView>;
  #view: QueueView | null = null;
  #readAt = Number.NEGATIVE_INFINITY;
  #running: Promise<QueueView | null> | null = null;

  constructor(
    queue: { depth(): Promise<JobDepth>; schedules(): Promise<readonly ScheduleState[]> },
    workers: { list(): Promise<LiveWorker[]> },
  ) {
    this.#look = async () => {
      const all = [queue.depth(), workers.list(), queue.schedules()] as const;
      const [depth, workersNow, schedules] = await Promise.all(all);
      return { depth, workers: workersNow, schedules };
    };
  }

  /** Null where the database does not answer in time. */
  async read(): Promise<QueueView | null> {
    if (performance.now() - this.#readAt < FRESH_MILLISECONDS) return this.#view;
    this.#running ??= this.#readOnce().finally(() => {
      this.#running = null;
    });
    return await this.#running;
  }

  async #readOnce(): Promise<QueueView | null> {
    let view: QueueView | null = null;
    const answer = this.#look().then((found) => {
      view = found;
      return true;
    });
    await respondsWithin(answer, TIMEOUT_MILLISECONDS);
    this.#view = view;
    this.#readAt = performance.now();
    return view;
  }
}
