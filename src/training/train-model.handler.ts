import type { BlobService } from '../blobs/blob.service.ts';
import type { DatasetService } from '../datasets/dataset.service.ts';
import { TrainyardError } from '../errors.ts';
import type { TrainedModel } from '../ml/train-model.ts';
import type { Database, Transaction } from '../platform/database.ts';
import type { JobContext } from '../platform/jobs.ts';
import type { Logger } from '../platform/logger.ts';
import { runThread, threadFile } from '../platform/threads.ts';
import { isRefusalCode, RunRefusedError, toRunFailure } from './run-error.ts';
import { RunProgress } from './run-progress.ts';
import type { TrainModelPayload } from './train-model.job.ts';
import type { TrainingThreadData, TrainingThreadMessage } from './train-model.thread.ts';
import { changeRun, claimRun, type EventNote, type RunChange, type TrainingRunRow } from './training-run.store.ts';

/** A run that was lost this often most likely takes its worker down with it: it is not tried again. */
const MAX_LOST_ATTEMPTS = 5;

/** Cells of training data that are worth a second thread: to start it takes about as long as a training on so many. */
const CELLS_PER_CREW = 200_000;

/** A run was taken over by another attempt, or ended, while this one worked on it: nothing more may be written. */
class ClaimLostError extends Error {}

/** Where the files of trained models go; the noun above this one gives it. */
export interface ModelKeeper {
  /** Writes the bytes where `save` can take them over; `finish` removes what was not taken over. */
  prepare(bytes: Uint8Array): Promise<PreparedModel>;
}

export interface PreparedModel {
  /** Stores the model as the run's artifact, within the transaction that ends the run. */
  save(tx: Transaction, run: Pick<TrainingRunRow, 'id' | 'workspaceId'>): Promise<void>;
  /** Called after the transaction, whichever way it ended. */
  finish(run: Pick<TrainingRunRow, 'id' | 'workspaceId'>, saved: boolean): Promise<void>;
}

/** Trains the model of a run: claims it, works in a thread, writes what that says, and ends the run. Worker only. */
export class TrainModelHandler {
  readonly #database: Database;
  readonly #datasets: DatasetService;
  readonly #blobs: BlobService;
  readonly #models: ModelKeeper;
  readonly #logger: Logger;
  readonly #threads: number;

  /** `threads`: how many one training works with. */
  constructor(
    database: Database,
    datasets: DatasetService,
    blobs: BlobService,
    models: ModelKeeper,
    logger: Logger,
    threads: number,
  ) {
    this.#threads = threads;
    this.#database = database;
    this.#datasets = datasets;
    this.#blobs = blobs;
    this.#models = models;
    this.#logger = logger;
  }

  /** Returns once the run has ended or is another's. Rejects where it is to be tried again: shutdown, lost database. */
  async handle({ workspaceId, runId }: TrainModelPayload, { signal }: JobContext): Promise<void> {
    // A worker that is on its way out leaves the run as it is, for another one.
    signal.throwIfAborted();
    const run = await this.#database.transaction({ workspaceId }, (tx) => claimRun(tx, runId));
    if (run === null) return;
    const logger = this.#logger.child({ runId, attempt: run.attempt });
    try {
      if (run.lostAttempts >= MAX_LOST_ATTEMPTS) throw lostTooOften(run.lostAttempts);
      logger.info({ algorithm: run.algorithm, dataset: run.datasetName }, 'training');
      const model = await this.#train(run, signal);
      await this.#succeed(run, model, logger);
      logger.info('trained');
    } catch (error) {
      if (error instanceof ClaimLostError) return logger.warn('the run is another attempt’s now');
      if (signal.aborted) {
        await this.#handBack(run, logger);
        throw error;
      }
      if (error instanceof TrainyardError && error.code === 'SERVICE_UNAVAILABLE') throw error;
      await this.#fail(run, error, logger);
    }
  }

  async #train(run: TrainingRunRow, signal: AbortSignal): Promise<TrainedModel> {
    const stop = new AbortController();
    const progress = new RunProgress(
      (change, note) => this.#change(run, change, note),
      (error) => stop.abort(error),
    );
    let model: TrainedModel | null = null;
    const hear = (message: TrainingThreadMessage) => {
      if (message.type === 'step') progress.report(message.step);
      else if (message.type === 'model') model = message.model;
      else throw toRefusal(message);
    };
    try {
      const { data, cells } = await this.#threadData(run);
      const followers = {
        file: threadFile(import.meta.url, './training-helper.thread'),
        count: cells < CELLS_PER_CREW ? 0 : this.#threads - 1,
      };
      await runThread<TrainingThreadMessage>(threadFile(import.meta.url, './train-model.thread'), {
        data,
        followers,
        onMessage: hear,
        signal: AbortSignal.any([signal, stop.signal]),
      });
    } finally {
      await progress.close();
    }
    stop.signal.throwIfAborted();
    if (model === null) throw new Error('The training thread ended without a model.');
    return model;
  }

  /** What the thread needs, and how many cells it reads. */
  async #threadData(run: TrainingRunRow): Promise<{ readonly data: TrainingThreadData; readonly cells: number }> {
    const dataset = await this.#datasets.find(run, run.datasetId);
    if (dataset === null) throw new Error(`The dataset ${run.datasetId} of the run is not there.`);
    const tablePath = await this.#blobs.localPath({ workspaceId: run.workspaceId, sha256: dataset.tableSha256 });
    const { target, task, features, algorithm, parameters, split } = run;
    const wanted = new Set(features);
    const columns = (await this.#datasets.allColumns(run, run.datasetId))
      .filter(({ name, numberFormat, dateOrder }) => wanted.has(name) && (numberFormat !== null || dateOrder !== null))
      .map(({ name, numberFormat, dateOrder }) => ({ name, numberFormat, dateOrder }));
    const formats = { columns, missingTokens: dataset.missingTokens };
    const request = { target, task, features, algorithm, parameters, split, formats };
    return { data: { tablePath, request }, cells: dataset.rowCount * features.length };
  }

  async #succeed(run: TrainingRunRow, model: TrainedModel, logger: Logger): Promise<void> {
    await this.#change(run, { stage: 'SAVING', etaSeconds: null }, { kind: 'STAGE' });
    const prepared = await this.#models.prepare(model.modelBytes);
    let saved = false;
    try {
      const { metrics, baseline, curve, featureImportances, warnings, trainRows, testRows, endReason } = model;
      await this.#database.transaction(run, async (tx) => {
        const result = { metrics, baseline, curve, featureImportances, warnings, trainRows, testRows, endReason };
        const change = {
          ...result,
          status: 'SUCCEEDED',
          stage: 'DONE',
          progress: 1,
          etaSeconds: null,
          finishedAt: new Date(),
        } as const;
        if (!(await changeRun(tx, run.id, run.attempt, change, { kind: 'STATUS' }))) throw new ClaimLostError();
        await prepared.save(tx, run);
      });
      saved = true;
    } finally {
      // The run has ended, or fails for a reason of its own: a file that stays behind changes neither.
      await prepared.finish(run, saved).catch((error: unknown) => {
        logger.warn({ err: error }, 'files of models that are not kept could not be removed');
      });
    }
  }

  /** Queues the run again. Where that cannot be written, the next attempt counts this one as lost. */
  async #handBack(run: TrainingRunRow, logger: Logger): Promise<void> {
    const note = { kind: 'STATUS', message: 'The worker shuts down; the next one begins the training again.' } as const;
    try {
      await this.#change(run, { status: 'QUEUED', stage: 'WAITING', etaSeconds: null }, note);
      logger.info('handed back');
    } catch (error) {
      logger.warn({ err: error }, 'the run could not be handed back');
    }
  }

  async #fail(run: TrainingRunRow, error: unknown, logger: Logger): Promise<void> {
    const { code, message, hint } = toRunFailure(error);
    if (code === 'INTERNAL_ERROR') logger.error({ err: error }, 'the training failed');
    else logger.info({ code }, 'the training was refused');
    await this.#change(
      run,
      {
        status: 'FAILED',
        stage: 'DONE',
        etaSeconds: null,
        endReason: 'FAILED',
        errorCode: code,
        errorMessage: message,
        errorHint: hint,
        finishedAt: new Date(),
      },
      { kind: 'STATUS' },
    ).catch((failure: unknown) => {
      if (!(failure instanceof ClaimLostError)) throw failure;
    });
  }

  async #change(run: TrainingRunRow, change: RunChange, note: EventNote): Promise<void> {
    const written = await this.#database.transaction(run, (tx) => changeRun(tx, run.id, run.attempt, change, note));
    if (!written) throw new ClaimLostError();
  }
}

function toRefusal({ code, message, hint }: TrainingThreadMessage & { type: 'refusal' }): Error {
  return isRefusalCode(code)
    ? new RunRefusedError({ code, message, hint })
    : new Error(`Unknown refusal ${code}: ${message}`);
}

function lostTooOften(times: number): RunRefusedError {
  return new RunRefusedError({
    code: 'WORKER_LOST',
    message: `The worker was lost ${times} times before the run had ended: it died, or could not reach the database.`,
    hint: 'Most often the training needs more memory than the machine has: try fewer columns or rows, or smaller trees.',
  });
}
