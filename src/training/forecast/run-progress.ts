import type { RunStage } from '../../jobs/job-status.ts';
import { JobProgress, type JobProgressOptions } from '../../jobs/progress/job-progress.ts';
import type { CurvePoint } from '../../ml/train-model.ts';
import type { EventDetails } from '../events/training-event.store.ts';
import type { RunChange } from '../runs/training-run.store.ts';

/** Shares of a run's progress: loading the table before the training itself, saving the model after it. */
const LOADING_SHARE = 0.02;
const SAVING_SHARE = 0.01;

/** A training step as reported to the worker. */
export interface ProgressStep {
  readonly stage: RunStage;
  /** 0 to 1 over the training itself. */
  readonly progress: number;
  readonly point: CurvePoint | null;
}

export interface RunProgressOptions extends Omit<JobProgressOptions<ProgressStep>, 'write' | 'merge'> {
  /** Stores a change. Retried while it rejects with SERVICE_UNAVAILABLE; after any other error nothing more is written. */
  readonly write: (change: RunChange, details: EventDetails) => Promise<void>;
}

/** The progress of a run: each step becomes an update of its row and an event, and no point of its curve is lost. */
export class RunProgress {
  readonly #progress: JobProgress<ProgressStep>;
  #stage: RunStage = 'LOADING';

  constructor({ write, ...options }: RunProgressOptions) {
    this.#progress = new JobProgress({
      ...options,
      write: async (progress, { stage, point }) => {
        await write({ stage, ...progress }, this.#toDetails(stage, point));
        this.#stage = stage;
      },
      merge: (newer, older) => ({ ...newer, point: newer.point ?? older.point }),
    });
  }

  report(step: ProgressStep): void {
    this.#progress.report({ ...step, progress: overallProgress(step.progress) });
  }

  /** Stops, as JobProgress does. The curve that is written at the end of the run has all points. */
  close(): Promise<void> {
    return this.#progress.close();
  }

  #toDetails(stage: RunStage, point: CurvePoint | null): EventDetails {
    if (stage !== this.#stage) return { kind: 'STAGE', point };
    return point === null ? { kind: 'PROGRESS' } : { kind: 'METRIC', point };
  }
}

/** The progress of the run, from the progress of the training itself. */
export function overallProgress(progress: number): number {
  return LOADING_SHARE + progress * (1 - LOADING_SHARE - SAVING_SHARE);
}
