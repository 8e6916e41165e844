import { isUnavailable } from '../../errors.ts';
import { Eta } from './eta.ts';

/** At most ten writes per second and job: smooth enough for a progress bar, and cheap for the database. */
const MIN_MILLISECONDS_BETWEEN_WRITES = 100;

/** Retry interval while the database is unavailable. */
const MILLISECONDS_BETWEEN_TRIES = 1_000;

/** How far a job is after a step of its work. */
export interface JobStep {
  /** Of the whole job, 0 to 1. */
  readonly progress: number;
}

/** The progress that is stored of a job. It never decreases. */
export interface StoredProgress {
  readonly progress: number;
  /** Null while unknown. */
  readonly etaSeconds: number | null;
}

export interface JobProgressOptions<Step extends JobStep> {
  /** Stores the newest step. Retried while it rejects with SERVICE_UNAVAILABLE; after any other error nothing more is written. */
  readonly write: (progress: StoredProgress, step: Step) => Promise<void>;
  /** What of an older step a newer one, which replaces it before it was written, must not lose. Default: nothing. */
  readonly merge?: (newer: Step, older: Step) => Step;
  /** Called once with the error that ended the writing. */
  readonly onError: (error: unknown) => void;
  /** Expected total time of the job; null or omitted: unknown. */
  readonly expectedSeconds?: number | null;
  /** The progress of the job at which the attempt starts, 0 to 1; default 0. */
  readonly from?: number;
  /** Time budget of the attempt in seconds; null or omitted: none. */
  readonly limitSeconds?: number | null;
}

/**
 * Turns steps of work into updates of the job's row, at a limited rate: while a write is in flight or was just done, the
 * newest step waits and replaces an older one. Writes never overlap. The claim of the job counts as the first write.
 */
export class JobProgress<Step extends JobStep> {
  readonly #options: JobProgressOptions<Step>;
  readonly #startedAt = performance.now();
  readonly #eta: Eta;
  #progress: number;
  #waiting: Step | null = null;
  #writing: Promise<void> | null = null;
  #isAway = false;
  #failed = false;
  #closed = false;
  #pause: { readonly end: () => void } | null = null;

  constructor(options: JobProgressOptions<Step>) {
    const { expectedSeconds = null, from = 0, limitSeconds = null } = options;
    this.#options = options;
    this.#progress = from;
    this.#eta = new Eta({ expectedSeconds, from, limitSeconds });
  }

  report(step: Step): void {
    if (this.#failed || this.#closed) return;
    this.#progress = Math.max(this.#progress, step.progress);
    this.#eta.record((performance.now() - this.#startedAt) / 1000, this.#progress);
    this.#enqueue(step);
    this.#writing ??= this.#writeAll();
  }

  /**
   * Stops; later reports are ignored, and a waiting step is dropped: the final update of the job supersedes
   * it. Waits for a write that is in flight, but not for an unavailable database.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#pause?.end();
    if (!this.#isAway) await this.#writing;
  }

  /** Keeps the newest step. */
  #enqueue(step: Step): void {
    this.#waiting = this.#waiting === null ? step : this.#merge(step, this.#waiting);
  }

  #merge(newer: Step, older: Step): Step {
    return this.#options.merge?.(newer, older) ?? newer;
  }

  async #writeAll(): Promise<void> {
    await this.#wait(this.#startedAt + MIN_MILLISECONDS_BETWEEN_WRITES - performance.now());
    while (this.#waiting !== null && !this.#failed && !this.#closed) {
      const step = this.#waiting;
      this.#waiting = null;
      await this.#write(step);
      await this.#wait(this.#isAway ? MILLISECONDS_BETWEEN_TRIES : MIN_MILLISECONDS_BETWEEN_WRITES);
    }
    this.#writing = null;
  }

  async #write(step: Step): Promise<void> {
    try {
      await this.#options.write({ progress: this.#progress, etaSeconds: this.#eta.secondsLeft() }, step);
      this.#isAway = false;
    } catch (error) {
      // After close() errors no longer matter.
      if (this.#closed) return;
      if (isUnavailable(error)) {
        this.#isAway = true;
        this.#waiting = this.#waiting === null ? step : this.#merge(this.#waiting, step);
        return;
      }
      this.#failed = true;
      this.#options.onError(error);
    }
  }

  #wait(milliseconds: number): Promise<void> {
    if (this.#closed || this.#failed || milliseconds <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#pause = null;
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.#pause = { end };
    });
  }
}
