import { rm } from 'node:fs/promises';
import type { BlobService } from '../../../blobs/blob.service.ts';
import { JobProgress } from '../../../jobs/progress/job-progress.ts';
import { ClaimLostError, InterruptedError } from '../../../jobs/workers/attempt-errors.ts';
import { JobControl } from '../../../jobs/workers/job-control.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import type { NotificationHub } from '../../../platform/postgres/notifications.ts';
import { atStage } from '../../../platform/test-pace.ts';
import type { WarmWorker } from '../../../platform/threads/warm-worker.ts';
import { BATCH_COMMAND_TOPIC, type BatchRow, changeBatch, findBatch } from '../batch-prediction.store.ts';
import type { BatchInput, BatchMessage, BatchOutcome } from '../rows/predict-batch.thread.ts';

/** Of smaller files starting further threads takes longer than predicting them. */
const MIN_PARALLEL_BYTES = 1 << 21;

/** Dependencies of attempts. */
export interface BatchAttemptDependencies {
  readonly database: Database;
  readonly changes: Pick<NotificationHub, 'listen'>;
  readonly blobs: Pick<BlobService, 'temporaryPath'>;
  readonly thread: WarmWorker<BatchInput, BatchMessage>;
  /** Number of threads of a batch. */
  readonly threads: number;
}

/** What is to be predicted; the file stays at its path meanwhile. */
export type BatchWork = Omit<BatchInput, 'outputPath' | 'copyPath'> & { readonly sizeBytes: number };

/** A result that has been written to a temporary file. */
export interface WrittenBatch {
  readonly outcome: BatchOutcome;
  readonly temporaryPath: string;
}

/** One attempt of a batch prediction: its threads, what may end them, and the progress meanwhile. */
export class BatchAttempt {
  readonly #batch: BatchRow;
  readonly #dependencies: BatchAttemptDependencies;
  readonly #end = new AbortController();
  readonly #temporaryPath: string;

  constructor(batch: BatchRow, dependencies: BatchAttemptDependencies) {
    this.#batch = batch;
    this.#dependencies = dependencies;
    this.#temporaryPath = dependencies.blobs.temporaryPath();
  }

  /** Rejects with ClaimLostError, with InterruptedError once `shutdown` has fired, and with any error of the threads. */
  async predict({ sizeBytes, ...work }: BatchWork, shutdown: AbortSignal): Promise<WrittenBatch> {
    const { changes, thread, threads } = this.#dependencies;
    const progress = new JobProgress<{ readonly progress: number; readonly stage: 'FITTING' | 'EVALUATING' }>({
      write: (stored, { stage }) => this.#change({ ...stored, stage }),
      onError: (error) => this.#end.abort(error),
    });
    using _control = new JobControl(changes, BATCH_COMMAND_TOPIC, this.#batch, () => this.#checkClaim());
    const interrupt = () => this.#end.abort(new InterruptedError());
    shutdown.addEventListener('abort', interrupt, { once: true });
    if (shutdown.aborted) interrupt();
    let outcome: BatchOutcome | null = null;
    const onMessage = (message: BatchMessage) => {
      if (message.type === 'outcome') outcome = message.outcome;
      else if (message.type === 'evaluating') progress.report({ progress: 1, stage: 'EVALUATING' });
      else progress.report({ progress: message.progress, stage: 'FITTING' });
    };
    const input = { ...work, outputPath: this.#temporaryPath, copyPath: `${this.#temporaryPath}.copy` };
    const poolWorkers = sizeBytes >= MIN_PARALLEL_BYTES ? threads - 1 : 0;
    try {
      await atStage();
      await thread.run(input, { onMessage, signal: this.#end.signal, poolWorkers, isLarge: poolWorkers > 0 });
    } catch (error) {
      // What the signal says comes first: work that is ended fails in its own words.
      throw this.#end.signal.aborted ? this.#end.signal.reason : error;
    } finally {
      shutdown.removeEventListener('abort', interrupt);
      await progress.close();
    }
    this.#end.signal.throwIfAborted();
    if (outcome === null) throw new Error('The thread ended without a result.');
    return { outcome, temporaryPath: this.#temporaryPath };
  }

  /** Removes its temporary files. */
  async removeFiles(): Promise<void> {
    await Promise.all([this.#temporaryPath, `${this.#temporaryPath}.copy`].map((path) => rm(path, { force: true })));
  }

  /** Ends the threads where users have cancelled it, or another attempt has it. */
  async #checkClaim(): Promise<void> {
    const now = await this.#dependencies.database.transaction(this.#batch, (tx) => findBatch(tx, this.#batch.id));
    if (now?.status !== 'RUNNING' || now.attempt !== this.#batch.attempt) this.#end.abort(new ClaimLostError());
  }

  async #change(change: Parameters<typeof changeBatch>[3]): Promise<void> {
    const { id, attempt, workspaceId } = this.#batch;
    const write = () =>
      this.#dependencies.database.transaction({ workspaceId }, (tx) => changeBatch(tx, id, attempt, change));
    if (!(await write())) throw new ClaimLostError();
  }
}
