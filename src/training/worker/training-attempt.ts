import { setTimeout as delay } from 'node:timers/promises';
import { expectedOfResumed } from '../../jobs/progress/eta.ts';
import { ClaimLostError, InterruptedError } from '../../jobs/workers/attempt-errors.ts';
import { JobControl } from '../../jobs/workers/job-control.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { NotificationHub } from '../../platform/postgres/notifications.ts';
import { atStage, runInThread } from '../../platform/test-pace.ts';
import type { WarmWorker } from '../../platform/threads/warm-worker.ts';
import { saveCandidates } from '../candidates/training-candidate.store.ts';
import { FITTING_SHARE, type FitConditions } from '../distributed/distributed-fit.ts';
import { overallProgress, type ProgressStep, RunProgress } from '../forecast/run-progress.ts';
import { isRefusalCode, RunRefusedError } from '../runs/run-error.ts';
import {
  type ClaimedRun,
  changeRun,
  findRunClaim,
  RUN_COMMAND_TOPIC,
  type RunChange,
} from '../runs/training-run.store.ts';
import { ResourceMeter, type TrainingLimits } from './resource-meter.ts';
import { type NewCheckpoint, saveCheckpoint } from './save-checkpoint.ts';
import type { PackedModel, TrainingInput, TrainingMessage } from './train-model.thread.ts';
import { TrainingControl } from './training-control.ts';

type CheckpointMessage = TrainingMessage & { type: 'checkpoint' };

/** How long a worker that shuts down waits for a last checkpoint; it must exit within ten seconds. */
const LAST_CHECKPOINT_MILLISECONDS = 4_000;

/** After saving a checkpoint, saving pauses for this many times as long: a slow database has others to serve. */
const SAVE_PAUSE = 4;

/** Gives what the thread tests. */
export type FitElsewhere = (conditions: FitConditions) => Promise<Uint8Array>;

/** A signal that never fires: hosts wait for no checkpoint. */
const NEVER = new AbortController().signal;

/** Dependencies of attempts. */
export interface AttemptDependencies {
  readonly database: Database;
  readonly changes: NotificationHub;
  readonly thread: WarmWorker<TrainingInput, TrainingMessage>;
  readonly limits: TrainingLimits;
}

/** The work of an attempt. */
export interface AttemptWork {
  readonly tablePath: string;
  readonly request: TrainingInput['request'];
  /** The file of the model, where it is an imported one. */
  readonly imported: Uint8Array<ArrayBuffer> | null;
  readonly poolWorkers: number;
  readonly isLarge: boolean;
  /** Minimum memory that it needs. */
  readonly minBytes: number;
  /** The checkpoint of an earlier attempt, transferred to the thread. */
  readonly checkpoint: Uint8Array<ArrayBuffer> | null;
  /** Fits the model on several hosts, before the thread tests it; null: the thread does both. */
  readonly fitElsewhere: FitElsewhere | null;
}

/** One attempt of a run by this worker: its thread, everything that may end it, and the writes meanwhile. */
export class TrainingAttempt {
  readonly #run: ClaimedRun;
  readonly #dependencies: AttemptDependencies;
  readonly #logger: Logger;
  readonly #control = new TrainingControl();
  /** Aborted with the reason for ending the thread. */
  readonly #end = new AbortController();
  readonly #startedAt = performance.now();
  readonly #meter: ResourceMeter;
  #progress: RunProgress | null = null;
  #newest: CheckpointMessage | null = null;
  #isSaving = false;
  #isElsewhere = false;
  readonly #stopSaving = new AbortController();
  #pause: NodeJS.Timeout | undefined;
  #onLastCheckpoint: () => void = () => undefined;

  constructor(run: ClaimedRun, dependencies: AttemptDependencies, logger: Logger) {
    this.#run = run;
    this.#dependencies = dependencies;
    this.#logger = logger;
    this.#meter = new ResourceMeter(dependencies.limits, {
      spentSeconds: this.#secondsBefore,
      onLimitExceeded: (error) => this.#end.abort(error),
    });
    if (run.stopRequestedAt !== null) this.#control.requestStop();
  }

  /** Training time in seconds, including that of earlier attempts in the checkpoint. */
  get trainedSeconds(): number {
    return this.#secondsBefore + (performance.now() - this.#startedAt) / 1000;
  }

  /** Resource usage of the run so far, including earlier attempts. */
  costs(): Pick<RunChange, 'cpuSeconds' | 'peakMemoryBytes'> {
    const { cpuSeconds, peakMemoryBytes } = this.#meter.cost();
    return {
      cpuSeconds: (this.#run.cpuSeconds ?? 0) + cpuSeconds,
      peakMemoryBytes: Math.max(this.#run.peakMemoryBytes ?? 0, peakMemoryBytes),
    };
  }

  /**
   * Trains to the end. Rejects with ClaimLostError, with InterruptedError once `shutdown` has fired and the last checkpoint is
   * stored, with RunRefusedError for invalid input and exceeded limits, and with any other error of the thread.
   */
  async train(
    { tablePath, request, imported, poolWorkers, isLarge, checkpoint: kept, minBytes, fitElsewhere }: AttemptWork,
    shutdown: AbortSignal,
  ): Promise<PackedModel> {
    this.#meter.requireMemory(minBytes);
    const { changes, thread } = this.#dependencies;
    const budget = request.parameters['timeBudgetSeconds'];
    const budgetSeconds = typeof budget === 'number' ? Math.max(0, budget - this.#secondsBefore) : null;
    const progress = this.#startProgress(budgetSeconds);
    this.#progress = progress;
    using _commands = new JobControl(changes, RUN_COMMAND_TOPIC, this.#run, () => this.#checkClaim());
    const interrupt = () => void this.#interrupt();
    shutdown.addEventListener('abort', interrupt, { once: true });
    if (shutdown.aborted) interrupt();
    let model: PackedModel | null = null;
    const onMessage = (message: TrainingMessage) => {
      if (message.type === 'step') progress.report(fitElsewhere === null ? message.step : testing(message.step));
      else if (message.type === 'checkpoint') this.#keep(message);
      else if (message.type === 'model') model = message.model;
      else throw toRefusal(message);
    };
    const checkpoint = fitElsewhere === null ? kept : null;
    const unpacked: Omit<TrainingInput, 'fittedElsewhere'> = {
      tablePath,
      request,
      imported,
      flags: this.#control.flags,
      checkpoint,
      budgetSeconds,
      secondsBefore: this.#secondsBefore,
    };
    const transfer = [checkpoint, imported].flatMap((bytes) => (bytes === null ? [] : [bytes.buffer]));
    try {
      await atStage();
      const fittedElsewhere = fitElsewhere && (await this.#fitElsewhere(fitElsewhere, kept, progress, budgetSeconds));
      const input: TrainingInput = { ...unpacked, fittedElsewhere };
      const options = { onMessage, signal: this.#end.signal, poolWorkers, isLarge, transfer };
      await runInThread('training', () => thread.run(input, options));
    } catch (error) {
      await this.stopWriting();
      throw error;
    } finally {
      shutdown.removeEventListener('abort', interrupt);
    }
    // A write may have been refused after the thread was done.
    this.#end.signal.throwIfAborted();
    if (model === null) throw new Error('The training thread ended without a model.');
    progress.report({ stage: 'SAVING', progress: 1, point: null });
    await atStage();
    return model;
  }

  /**
   * Stops writing progress and checkpoints; to be awaited before the end of the attempt is written. A checkpoint that is being
   * saved is not waited for: it cannot become current once the attempt has ended.
   */
  async stopWriting(): Promise<void> {
    this.#stopSaving.abort();
    await this.#progress?.close();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#pause);
    this.#meter[Symbol.dispose]();
  }

  /** Has several hosts fit the model, under the same conditions as the thread. */
  async #fitElsewhere(
    fitElsewhere: FitElsewhere,
    checkpoint: Uint8Array | null,
    progress: RunProgress,
    budgetSeconds: number | null,
  ): Promise<Uint8Array> {
    let stop: () => void = () => undefined;
    let isOver = false;
    this.#control.onStop = () => stop();
    this.#isElsewhere = true;
    const endBudget = () => {
      isOver = true;
      stop();
    };
    const budget = budgetSeconds === null ? undefined : setTimeout(endBudget, budgetSeconds * 1000);
    try {
      return await fitElsewhere({
        signal: this.#end.signal,
        checkpoint,
        secondsBefore: this.#secondsBefore,
        report: (step) => progress.report(step),
        isStopped: () => this.#control.isStopRequested,
        onStop: (callback) => {
          stop = callback;
          if (isOver || this.#control.isStopRequested) stop();
        },
        saveCheckpoint: async (share, bytes) => {
          const saved = await saveCheckpoint(this.#dependencies.database, this.#checkpointOf(share, bytes), NEVER);
          if (!saved) throw new ClaimLostError();
        },
      });
    } finally {
      clearTimeout(budget);
      this.#isElsewhere = false;
    }
  }

  #checkpointOf(progress: number, bytes: Uint8Array): NewCheckpoint {
    const { id: runId, workspaceId, attempt } = this.#run;
    const { trainedSeconds } = this;
    return { runId, workspaceId, attempt, trainedSeconds, progress: overallProgress(progress), bytes };
  }

  get #secondsBefore(): number {
    return this.#run.checkpoint?.trainedSeconds ?? 0;
  }

  /** Ends the thread where users have cancelled the run, or another attempt has it; lets it stop where they want that. */
  async #checkClaim(): Promise<void> {
    const { id, attempt } = this.#run;
    const claim = await this.#dependencies.database.transaction(this.#run, (tx) => findRunClaim(tx, id));
    if (claim?.status !== 'RUNNING' || claim.attempt !== attempt) this.#end.abort(new ClaimLostError());
    else if (claim.stopRequestedAt !== null) this.#control.requestStop();
  }

  /** From now on the progress of the training is written to its run. */
  #startProgress(budgetSeconds: number | null): RunProgress {
    const { id, attempt, expectedSeconds, progress, checkpoint } = this.#run;
    return new RunProgress({
      write: async (change, details, candidates) => {
        const written = await this.#dependencies.database.transaction(this.#run, async (tx) => {
          const isOwn = await changeRun(tx, id, attempt, change, details);
          if (isOwn) await saveCandidates(tx, this.#run, candidates);
          return isOwn;
        });
        if (!written) throw new ClaimLostError();
      },
      onError: (error) => this.#end.abort(error),
      expectedSeconds: expectedOfResumed(expectedSeconds, checkpoint),
      from: progress,
      limitSeconds: budgetSeconds,
    });
  }

  /** Saves the newest checkpoint; of those that arrive while one is being saved, only the last. */
  #keep(message: CheckpointMessage): void {
    this.#newest = message;
    if (!this.#isSaving) void this.#saveAll();
  }

  async #saveAll(): Promise<void> {
    this.#isSaving = true;
    for (let next = this.#newest; next !== null; next = this.#newest) {
      this.#newest = null;
      const begin = performance.now();
      await this.#save(next);
      if (next.isRequested) this.#onLastCheckpoint();
      this.#pause = setTimeout(
        () => {
          this.#control.isSaving = false;
        },
        SAVE_PAUSE * (performance.now() - begin),
      ).unref();
    }
    this.#isSaving = false;
  }

  async #save({ progress, bytes }: CheckpointMessage): Promise<void> {
    const checkpoint = this.#checkpointOf(progress, bytes);
    try {
      if (!(await saveCheckpoint(this.#dependencies.database, checkpoint, this.#stopSaving.signal))) {
        this.#end.abort(new ClaimLostError());
      }
    } catch (error) {
      if (this.#stopSaving.signal.aborted) return;
      // The training continues without it; the next one follows.
      this.#logger.warn({ err: error }, 'a checkpoint could not be saved');
    }
  }

  /** Ends the thread after a last checkpoint, or after a timeout if there is none. */
  async #interrupt(): Promise<void> {
    // The hosts save theirs as they go.
    if (this.#isElsewhere) return this.#end.abort(new InterruptedError());
    const saved = new Promise<void>((resolve) => {
      this.#onLastCheckpoint = resolve;
    });
    this.#control.requestCheckpoint();
    const timeout = new AbortController();
    await Promise.race([
      saved,
      delay(LAST_CHECKPOINT_MILLISECONDS, undefined, { signal: timeout.signal }).catch(() => undefined),
    ]);
    timeout.abort();
    this.#end.abort(new InterruptedError());
  }
}

/** A model that was fitted elsewhere is only tested here, whatever the thread does for that. */
function testing(step: ProgressStep): ProgressStep {
  return { ...step, stage: 'EVALUATING', progress: FITTING_SHARE + (1 - FITTING_SHARE) * step.progress };
}

function toRefusal({ code, message, hint }: TrainingMessage & { type: 'refusal' }): Error {
  return isRefusalCode(code)
    ? new RunRefusedError({ code, message, hint })
    : new Error(`Unknown refusal ${code}: ${message}`);
}
