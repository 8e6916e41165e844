import type { CurvePoint } from '../ml/train-model.ts';
import { Eta } from './eta.ts';
import type { EventNote, RunChange } from './training-run.store.ts';
import type { RunStage } from './training-run-status.ts';

/** Shares of a run's progress: reading the table comes before the training proper, storing the model after it. */
const LOADING_SHARE = 0.02;
const SAVING_SHARE = 0.01;

/** At most ten events a second for a run: more than an eye can follow, little enough for the database. */
const MIN_MILLISECONDS_BETWEEN_WRITES = 100;

/** A step of the training as the worker hears of it. */
export interface ProgressStep {
  readonly stage: RunStage;
  /** 0 to 1 over the training proper. */
  readonly progress: number;
  readonly point: CurvePoint | null;
}

type Write = (change: RunChange, note: EventNote) => Promise<void>;

/**
 * Turns the steps of a training into changes of its row, at a capped rate: the newest step waits while a write is
 * under way or was just done, and replaces the one that waited before it. Writes never overlap.
 */
export class RunProgress {
  readonly #write: Write;
  readonly #from: number;
  readonly #startedAt = performance.now();
  readonly #eta = new Eta();
  #waiting: ProgressStep | null = null;
  #writing: Promise<void> | null = null;
  #stage: RunStage = 'LOADING';
  #failed = false;
  #closed = false;
  #pause: { readonly end: () => void } | null = null;

  /** `write` stores a change; when it rejects, `onError` hears of it once and nothing more is written. */
  constructor(write: Write, onError: (error: unknown) => void, from = 0) {
    this.#from = from;
    this.#write = (change, note) =>
      write(change, note).catch((error: unknown) => {
        this.#failed = true;
        onError(error);
      });
  }

  report(step: ProgressStep): void {
    if (this.#failed || this.#closed) return;
    this.#eta.note((performance.now() - this.#startedAt) / 1000, overallProgress(step.progress));
    // A point is not to be lost behind a later step that has none.
    this.#waiting = { ...step, point: step.point ?? this.#waiting?.point ?? null };
    this.#writing ??= this.#writeAll();
  }

  /** Writes what still waits and ends; later reports are ignored. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#pause?.end();
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting !== null && !this.#failed) {
      const step = this.#waiting;
      this.#waiting = null;
      await this.#write(this.#toChange(step), this.#toNote(step));
      this.#stage = step.stage;
      if (!this.#closed) await this.#rest();
    }
    this.#writing = null;
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#pause = null;
        resolve();
      };
      const timer = setTimeout(end, MIN_MILLISECONDS_BETWEEN_WRITES);
      this.#pause = { end };
    });
  }

  #toChange({ stage, progress }: ProgressStep): RunChange {
    return { stage, progress: Math.max(this.#from, overallProgress(progress)), etaSeconds: this.#eta.secondsLeft() };
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
