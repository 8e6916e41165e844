import { isUnavailable } from '../../errors.ts';
import type { CurvePoint } from '../../ml/train-model.ts';
import type { EventDetails, RunChange } from '../runs/training-run.store.ts';
import type { RunStage } from '../runs/training-run-status.ts';
import { Eta } from './eta.ts';

/** Shares of a run's progress: loading the table before the training itself, saving the model after it. */
const LOADING_SHARE = 0.02;
const SAVING_SHARE = 0.01;

/** At most ten events per second and run: smooth enough for a progress bar, and cheap for the database. */
const MIN_MILLISECONDS_BETWEEN_WRITES = 100;

/** Retry interval while the database is unavailable. */
const MILLISECONDS_BETWEEN_TRIES = 1_000;

/** A training step as reported to the worker. */
export interface ProgressStep {
  readonly stage: RunStage;
  /** 0 to 1 over the training itself. */
  readonly progress: number;
  readonly point: CurvePoint | null;
}

export interface RunProgressOptions {
  /** Stores a change. Retried while it rejects with SERVICE_UNAVAILABLE; after any other error nothing more is written. */
  readonly write: (change: RunChange, details: EventDetails) => Promise<void>;
  /** Called once with the error that ended the writing. */
  readonly onError: (error: unknown) => void;
  /** Expected total time of the run; null or omitted: unknown. */
  readonly expectedSeconds?: number | null;
  /** The progress of the run at which the attempt starts, 0 to 1; default 0. */
  readonly from?: number;
  /** Time budget of the attempt in seconds; null or omitted: none. */
  readonly limitSeconds?: number | null;
}

/**
 * Turns training steps into updates of the run's row, at a limited rate: while a write is in flight or was just done, the
 * newest step waits and replaces an older one. Writes never overlap. The claim of the run counts as the first write.
 */
export class RunProgress {
  readonly #options: RunProgressOptions;
  readonly #startedAt = performance.now();
  readonly #eta: Eta;
  #progress: number;
  #waiting: ProgressStep | null = null;
  #writing: Promise<void> | null = null;
  #stage: RunStage = 'LOADING';
  #isAway = false;
  #failed = false;
  #closed = false;
  #pause: { readonly end: () => void } | null = null;

  constructor(options: RunProgressOptions) {
    const { expectedSeconds = null, from = 0, limitSeconds = null } = options;
    this.#options = options;
    this.#progress = from;
    this.#eta = new Eta({ expectedSeconds, from, limitSeconds });
  }

  report(step: ProgressStep): void {
    if (this.#failed || this.#closed) return;
    this.#progress = Math.max(this.#progress, overallProgress(step.progress));
    this.#eta.record((performance.now() - this.#startedAt) / 1000, this.#progress);
    this.#enqueue(step);
    this.#writing ??= this.#writeAll();
  }

  /**
   * Stops; later reports are ignored, and a waiting step is dropped: the final update of the run supersedes it, and its curve
   * has all points. Waits for a write that is in flight, but not for an unavailable database.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#pause?.end();
    if (!this.#isAway) await this.#writing;
  }

  /** Keeps the newest step, without losing the point of an older one. */
  #enqueue(step: ProgressStep): void {
    this.#waiting = { ...step, point: step.point ?? this.#waiting?.point ?? null };
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

  async #write(step: ProgressStep): Promise<void> {
    try {
      await this.#options.write(this.#toChange(step), this.#toDetails(step));
      this.#stage = step.stage;
      this.#isAway = false;
    } catch (error) {
      // After close() errors no longer matter.
      if (this.#closed) return;
      if (isUnavailable(error)) {
        this.#isAway = true;
        const newest = this.#waiting ?? step;
        this.#waiting = { ...newest, point: newest.point ?? step.point };
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

  #toChange({ stage }: ProgressStep): RunChange {
    return { stage, progress: this.#progress, etaSeconds: this.#eta.secondsLeft() };
  }

  #toDetails({ stage, point }: ProgressStep): EventDetails {
    if (stage !== this.#stage) return { kind: 'STAGE', point };
    return point === null ? { kind: 'PROGRESS' } : { kind: 'METRIC', point };
  }
}

/** The progress of the run, from the progress of the training itself. */
export function overallProgress(progress: number): number {
  return LOADING_SHARE + progress * (1 - LOADING_SHARE - SAVING_SHARE);
}
