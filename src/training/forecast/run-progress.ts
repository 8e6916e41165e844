import { TrainyardError } from '../../errors.ts';
import type { CurvePoint } from '../../ml/train-model.ts';
import type { EventNote, RunChange } from '../runs/training-run.store.ts';
import type { RunStage } from '../runs/training-run-status.ts';
import { Eta } from './eta.ts';

/** Shares of a run's progress: reading the table comes before the training proper, storing the model after it. */
const LOADING_SHARE = 0.02;
const SAVING_SHARE = 0.01;

/** At most ten events a second for a run: more than an eye can follow, little enough for the database. */
const MIN_MILLISECONDS_BETWEEN_WRITES = 100;

/** While the database is away, the newest step is tried again so often. */
const MILLISECONDS_BETWEEN_TRIES = 1_000;

/** A step of the training as the worker hears of it. */
export interface ProgressStep {
  readonly stage: RunStage;
  /** 0 to 1 over the training proper. */
  readonly progress: number;
  readonly point: CurvePoint | null;
}

export interface RunProgressOptions {
  /** Stores a change. While it rejects with SERVICE_UNAVAILABLE it is tried again; after another error nothing more is written. */
  readonly write: (change: RunChange, note: EventNote) => Promise<void>;
  /** Hears once of an error that ends the writing. */
  readonly onError: (error: unknown) => void;
  /** How long the whole run is expected to take; null or left out: nothing is known. */
  readonly expectedSeconds?: number | null;
  /** The progress that the attempt begins at, of the run, 0 to 1; left out: 0. */
  readonly from?: number;
  /** Seconds after which the attempt is made to end, by its budget of time; null or left out: it is not. */
  readonly limitSeconds?: number | null;
}

/**
 * Turns the steps of a training into changes of its row, at a capped rate: the newest step waits while a write is
 * in flight or was just done, and replaces the one that waited before it. Writes never overlap. It begins with the claim of
 * the run, which is a change of its own: the first write comes no sooner after it than after any other.
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
    this.#eta.note((performance.now() - this.#startedAt) / 1000, this.#progress);
    this.#keep(step);
    this.#writing ??= this.#writeAll();
  }

  /**
   * Ends; later reports are ignored, and what waits is not written: the end of the run tells more, and its curve has all
   * points. Waits for a write that is in flight, but not for a database that is away.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#pause?.end();
    if (!this.#isAway) await this.#writing;
  }

  /** The newest step waits; a point is not to be lost behind a later step that has none. */
  #keep(step: ProgressStep): void {
    this.#waiting = { ...step, point: step.point ?? this.#waiting?.point ?? null };
  }

  async #writeAll(): Promise<void> {
    await this.#rest(this.#startedAt + MIN_MILLISECONDS_BETWEEN_WRITES - performance.now());
    while (this.#waiting !== null && !this.#failed && !this.#closed) {
      const step = this.#waiting;
      this.#waiting = null;
      await this.#write(step);
      await this.#rest(this.#isAway ? MILLISECONDS_BETWEEN_TRIES : MIN_MILLISECONDS_BETWEEN_WRITES);
    }
    this.#writing = null;
  }

  async #write(step: ProgressStep): Promise<void> {
    try {
      await this.#options.write(this.#toChange(step), this.#toNote(step));
      this.#stage = step.stage;
      this.#isAway = false;
    } catch (error) {
      // Whoever has closed it does not care any more.
      if (this.#closed) return;
      if (error instanceof TrainyardError && error.code === 'SERVICE_UNAVAILABLE') {
        this.#isAway = true;
        const newest = this.#waiting ?? step;
        this.#waiting = { ...newest, point: newest.point ?? step.point };
        return;
      }
      this.#failed = true;
      this.#options.onError(error);
    }
  }

  #rest(milliseconds: number): Promise<void> {
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

  #toNote({ stage, point }: ProgressStep): EventNote {
    if (stage !== this.#stage) return { kind: 'STAGE', point };
    return point === null ? { kind: 'PROGRESS' } : { kind: 'METRIC', point };
  }
}

/** The progress of the run from that of the training proper. */
export function overallProgress(progress: number): number {
  return LOADING_SHARE + progress * (1 - LOADING_SHARE - SAVING_SHARE);
}
