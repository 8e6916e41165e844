import type { RunStage } from '../../jobs/job-status.ts';
import { JobProgress, type JobProgressOptions } from '../../jobs/progress/job-progress.ts';
import type { CandidateReport } from '../../ml/auto/candidate.ts';
import { newestOf } from '../../ml/auto/newest-reports.ts';
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
  /** To users; left out: nothing. */
  readonly message?: string;
  /** Of AUTO: those of which something has changed. */
  readonly candidates?: readonly CandidateReport[];
}

export interface RunProgressOptions extends Omit<JobProgressOptions<ProgressStep>, 'write' | 'merge'> {
  /** Stores a change. Retried while it rejects with SERVICE_UNAVAILABLE; after any other error nothing more is written. */
  readonly write: (change: RunChange, details: EventDetails, candidates: readonly CandidateReport[]) => Promise<void>;
}

/**
 * The progress of a run: each step becomes an update of its row and an event, and no point of its curve is lost. Each message is
 * an event of its own, however many steps one update stands for.
 */
export class RunProgress {
  readonly #progress: JobProgress<ProgressStep>;
  readonly #options: RunProgressOptions;
  readonly #messages: (Pick<RunChange, 'stage' | 'progress'> & { readonly message: string })[] = [];
  #stage: RunStage = 'LOADING';
  /** Whether the last write was refused, for whatever reason. */
  #isRefused = false;

  constructor(options: RunProgressOptions) {
    this.#options = options;
    this.#progress = new JobProgress({
      ...options,
      write: async (progress, { stage, point, candidates = [] }) => {
        await this.#writeMessages();
        await this.#write({ stage, ...progress }, this.#toDetails(stage, point), candidates);
        this.#stage = stage;
      },
      merge: (newer, older) => ({
        ...newer,
        point: newer.point ?? older.point,
        candidates: newestOf([...(older.candidates ?? []), ...(newer.candidates ?? [])]),
      }),
    });
  }

  report(step: ProgressStep): void {
    const { stage, message } = step;
    const progress = overallProgress(step.progress);
    if (message !== undefined) this.#messages.push({ stage, progress, message });
    this.#progress.report({ ...step, progress });
  }

  /** Stops, as JobProgress does, after the messages that wait. The curve that is written at the end of the run has all points. */
  async close(): Promise<void> {
    await this.#progress.close();
    // What keeps them from being written keeps the end of the run, too, and is told there.
    if (!this.#isRefused) await this.#writeMessages().catch(() => undefined);
  }

  /**
   * Those that wait, in their order, each once, with the progress that the run had then. Those that come meanwhile wait for the
   * next time: the progress that is written after these is older.
   */
  async #writeMessages(): Promise<void> {
    for (let { length } = this.#messages; length > 0; length--) {
      const { message, ...change } = this.#messages[0]!;
      const { stage = this.#stage } = change;
      if (stage !== this.#stage) await this.#write(change, { kind: 'STAGE' }, []);
      this.#stage = stage;
      await this.#write(change, { kind: 'LOG', message }, []);
      this.#messages.shift();
    }
  }

  async #write(...written: Parameters<RunProgressOptions['write']>): Promise<void> {
    this.#isRefused = true;
    await this.#options.write(...written);
    this.#isRefused = false;
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
