import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { NotificationHub } from '../../platform/postgres/notifications.ts';
import { atStage, giveToThread } from '../../platform/test-pace.ts';
import type { WarmWorker } from '../../platform/threads/warm-worker.ts';
import { expectedOfResumed } from '../forecast/eta.ts';
import { overallProgress, RunProgress } from '../forecast/run-progress.ts';
import { isRefusalCode, RunRefusedError } from '../runs/run-error.ts';
import { type ClaimedRun, changeRun, type RunChange } from '../runs/training-run.store.ts';
import { saveCheckpoint } from './checkpoint-saves.ts';
import { ResourceMeter, type TrainingLimits } from './resource-meter.ts';
import { RunControl } from './run-control.ts';
import type { KeptModel, TrainingMessage, TrainingOrder } from './train-model.thread.ts';
import { TrainingControl } from './training-control.ts';

/** A run was cancelled, taken over by another attempt, or ended: nothing more may be written by this one. */
export class ClaimLostError extends Error {}

/** The worker ends: the run goes on elsewhere. */
export class HandedBackError extends Error {}

type CheckpointMessage = TrainingMessage & { type: 'checkpoint' };

/** A worker that shuts down waits so long at most for a last checkpoint; it must be gone after ten seconds. */
const LAST_CHECKPOINT_MILLISECONDS = 4_000;

/** After a checkpoint was saved none is for so many times as long: a slow database has others to serve. */
const SAVE_PAUSE = 4;

/** What attempts are made with. */
export interface AttemptTools {
  readonly database: Database;
  readonly changes: NotificationHub;
  readonly thread: WarmWorker<TrainingOrder, TrainingMessage>;
  readonly limits: TrainingLimits;
}

/** What there is to do, and with how many further threads. */
export interface AttemptWork {
  readonly tablePath: string;
  readonly request: TrainingOrder['request'];
  readonly followers: number;
  readonly isLarge: boolean;
  /** The least memory that it needs. */
  readonly leastBytes: number;
  /** Where an earlier attempt got to; the thread takes the bytes over. */
  readonly checkpoint: Uint8Array<ArrayBuffer> | null;
}

/** One try of a run by this worker: its thread, with all that may end it, and what is written meanwhile. */
export class TrainingAttempt {
  readonly #run: ClaimedRun;
  readonly #tools: AttemptTools;
  readonly #logger: Logger;
  readonly #control = new TrainingControl();
  /** Fires with the reason why the thread is to be ended. */
  readonly #end = new AbortController();
  readonly #startedAt = performance.now();
  readonly #meter: ResourceMeter;
  #progress: RunProgress | null = null;
  #newest: CheckpointMessage | null = null;
  #isSaving = false;
  readonly #stopSaving = new AbortController();
  #pause: NodeJS.Timeout | undefined;
  #savedLast: () => void = () => undefined;

  constructor(run: ClaimedRun, tools: AttemptTools, logger: Logger) {
    this.#run = run;
    this.#tools = tools;
    this.#logger = logger;
    this.#meter = new ResourceMeter(tools.limits, {
      spentSeconds: this.#spentBefore,
      onExcess: (error) => this.#end.abort(error),
    });
    if (run.stopRequestedAt !== null) this.#control.askToStop();
  }

  /** Seconds of work, with those of earlier attempts that their checkpoints hold. */
  get trainedSeconds(): number {
    return this.#spentBefore + (performance.now() - this.#startedAt) / 1000;
  }

  /** What the run has cost by now: what is known of earlier attempts, and this one. */
  costs(): Pick<RunChange, 'cpuSeconds' | 'peakMemoryBytes'> {
    const { cpuSeconds, peakMemoryBytes } = this.#meter.cost();
    return {
      cpuSeconds: (this.#run.cpuSeconds ?? 0) + cpuSeconds,
      peakMemoryBytes: Math.max(this.#run.peakMemoryBytes ?? 0, peakMemoryBytes),
    };
  }

  /**
   * Trains to the end. Rejects with ClaimLostError, with HandedBackError once `shutdown` has fired and the last checkpoint is
   * kept, with RunRefusedError for what is the user's to mend and for limits, and with whatever else ended the thread.
   */
  async train(
    { tablePath, request, followers, isLarge, checkpoint, leastBytes }: AttemptWork,
    shutdown: AbortSignal,
  ): Promise<KeptModel> {
    this.#meter.demand(leastBytes);
    const { database, changes, thread } = this.#tools;
    const budget = request.parameters['timeBudgetSeconds'];
    const budgetSeconds = typeof budget === 'number' ? Math.max(0, budget - this.#spentBefore) : null;
    const progress = this.#reportProgress(budgetSeconds);
    this.#progress = progress;
    using _commands = new RunControl(database, changes, this.#run, {
      onStop: () => this.#control.askToStop(),
      onLost: () => this.#end.abort(new ClaimLostError()),
    });
    const leave = () => void this.#leave();
    shutdown.addEventListener('abort', leave, { once: true });
    if (shutdown.aborted) leave();
    let model: KeptModel | null = null;
    const hear = (message: TrainingMessage) => {
      if (message.type === 'step') progress.report(message.step);
      else if (message.type === 'checkpoint') this.#keep(message);
      else if (message.type === 'model') model = message.model;
      else throw toRefusal(message);
    };
    const order: TrainingOrder = {
      ...{ tablePath, request, requests: this.#control.requests },
      checkpoint,
      budgetSeconds,
    };
    const transfer = checkpoint === null ? [] : [checkpoint.buffer];
    try {
      await atStage();
      const options = { onMessage: hear, signal: this.#end.signal, followers, isLarge, transfer };
      await giveToThread('training', () => thread.run(order, options));
    } catch (error) {
      await this.settle();
      throw error;
    } finally {
      shutdown.removeEventListener('abort', leave);
    }
    // A write that was refused may have come when the thread was done.
    this.#end.signal.throwIfAborted();
    if (model === null) throw new Error('The training thread ended without a model.');
    progress.report({ stage: 'SAVING', progress: 1, point: null });
    await atStage();
    return model;
  }

  /**
   * Ends what is written of the attempt's course. To be awaited before its end is written. A checkpoint that is being saved is
   * not waited for: it cannot become current once the attempt has come to its end.
   */
  async settle(): Promise<void> {
    this.#stopSaving.abort();
    await this.#progress?.close();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#pause);
    this.#meter[Symbol.dispose]();
  }

  get #spentBefore(): number {
    return this.#run.checkpoint?.trainedSeconds ?? 0;
  }

  #reportProgress(budgetSeconds: number | null): RunProgress {
    const { id, attempt, expectedSeconds, progress, checkpoint } = this.#run;
    return new RunProgress({
      write: async (change, note) => {
        const { database } = this.#tools;
        const written = await database.transaction(this.#run, (tx) => changeRun(tx, id, attempt, change, note));
        if (!written) throw new ClaimLostError();
      },
      onError: (error) => this.#end.abort(error),
      expectedSeconds: expectedOfResumed(expectedSeconds, checkpoint),
      from: progress,
      limitSeconds: budgetSeconds,
    });
  }

  /** Keeps the newest checkpoint; of those that come while one is being kept, the last. */
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
      if (next.isWanted) this.#savedLast();
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
    const { id: runId, workspaceId, attempt } = this.#run;
    const { trainedSeconds } = this;
    const checkpoint = { runId, workspaceId, attempt, trainedSeconds, progress: overallProgress(progress), bytes };
    try {
      if (!(await saveCheckpoint(this.#tools.database, checkpoint, this.#stopSaving.signal)))
        this.#end.abort(new ClaimLostError());
    } catch (error) {
      if (this.#stopSaving.signal.aborted) return;
      // The training goes on without it; the next one comes.
      this.#logger.warn({ err: error }, 'a checkpoint could not be kept');
    }
  }

  /** Ends the thread once it has made a last checkpoint, which trainings that make none are not waited for. */
  async #leave(): Promise<void> {
    const saved = new Promise<void>((resolve) => {
      this.#savedLast = resolve;
    });
    this.#control.askForCheckpoint();
    const patience = new AbortController();
    await Promise.race([
      saved,
      delay(LAST_CHECKPOINT_MILLISECONDS, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    this.#end.abort(new HandedBackError());
  }
}

function toRefusal({ code, message, hint }: TrainingMessage & { type: 'refusal' }): Error {
  return isRefusalCode(code)
    ? new RunRefusedError({ code, message, hint })
    : new Error(`Unknown refusal ${code}: ${message}`);
}
