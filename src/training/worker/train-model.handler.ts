import { setTimeout as delay } from 'node:timers/promises';
import type { BlobService } from '../../blobs/blob.service.ts';
import type { DatasetService } from '../../datasets/dataset.service.ts';
import type { ColumnOutline } from '../../datasets/dataset.store.ts';
import { TrainyardError } from '../../errors.ts';
import { type TrainingSize, totalWork } from '../../ml/cost-model.ts';
import type { JobContext, JobSender, SentJob } from '../../platform/jobs/jobs.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import type { Transaction } from '../../platform/postgres/database.ts';
import { currentReading } from '../../runtime/values/cells.ts';
import type { WorkerRegistry } from '../../workers/worker-registry.ts';
import { saveEvaluation } from '../evaluations/training-evaluation.store.ts';
import type { TrainingDurations } from '../forecast/training-durations.ts';
import { trainingSizeOf } from '../requests/training-size.ts';
import { endedRun } from '../runs/ended-run.ts';
import { RunRefusedError, toRunFailure, workerLost } from '../runs/run-error.ts';
import {
  type ClaimedRun,
  changeRun,
  claimRun,
  contradictLoss,
  countUnfinishedRuns,
  type EventNote,
  findRunClaim,
  lockQueueOf,
  type RunChange,
  setJob,
  type TrainingRunRow,
} from '../runs/training-run.store.ts';
import { readCheckpoint } from './checkpoint-saves.ts';
import { type TrainModelPayload, trainModelJob } from './train-model.job.ts';
import type { KeptModel } from './train-model.thread.ts';
import {
  type AttemptTools,
  type AttemptWork,
  ClaimLostError,
  HandedBackError,
  TrainingAttempt,
} from './training-attempt.ts';
import { findCheckpoint } from './training-checkpoint.store.ts';

/** Cells of training data that are worth a second thread: to start it takes about as long as a training on so many. */
const CELLS_PER_POOL = 200_000;

/** Least memory of a training: a code of a label, or half of a number, and the bin that it falls into. */
const BYTES_PER_CELL = 5;

const MAX_TIMESTAMPS = 5;

const SHUTTING_DOWN = 'The worker shuts down; another one goes on with the training.';
const DATABASE_AWAY = 'The database did not answer; the training goes on when it does.';

/** While the database is away, what a training came to is tried to be written so often. */
const RETRY_MILLISECONDS = 500;

const MILLISECONDS_BETWEEN_LESSONS = 1_000;

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

/** What the handler works with. */
export interface TrainingTools extends AttemptTools {
  readonly datasets: DatasetService;
  readonly blobs: BlobService;
  readonly models: ModelKeeper;
  readonly jobs: JobSender;
  readonly registry: WorkerRegistry;
  readonly paces: TrainingDurations;
  readonly observeRun: ObserveRun;
}

export interface TrainingSettings {
  /** What this program is, as runs tell it: its versions. */
  readonly trainedBy: string;
  /** How many threads one training works with. */
  readonly threads: number;
  /** After so many lost workers a run is given up. */
  readonly maxAttempts: number;
  /** Of one workspace, at once. */
  readonly maxConcurrentRuns: number;
}

/** Trains the model of a run: claims it, works in a thread, writes what that says, and ends the run. Worker only. */
export class TrainModelHandler {
  readonly #tools: TrainingTools;
  readonly #settings: TrainingSettings;
  readonly #logger: Logger;
  #learnedAt = Number.NEGATIVE_INFINITY;

  constructor(tools: TrainingTools, settings: TrainingSettings, logger: Logger) {
    this.#tools = tools;
    this.#settings = settings;
    this.#logger = logger;
  }

  /** Returns once the run has ended, is handed back or is another's. Rejects where the database could not be told. */
  async handle(payload: TrainModelPayload, context: JobContext): Promise<void> {
    // A worker that is on its way out leaves the run as it is, for another one.
    context.signal.throwIfAborted();
    const { registry } = this.#tools;
    try {
      // In a transaction of its own, which the next heartbeat would wait for otherwise.
      await registry.hold(context.jobId);
      const run = await this.#claim(payload, context);
      if (run !== null) await this.#work(run, payload, context);
    } catch (error) {
      // What is left undone by a worker that ends must be seen to be its.
      if (!context.signal.aborted) registry.release(context.jobId);
      throw error;
    }
    registry.release(context.jobId);
  }

  /** Null where there is nothing to do for this job, or not yet. */
  async #claim(payload: TrainModelPayload, context: JobContext): Promise<ClaimedRun | null> {
    const { workspaceId, runId } = payload;
    const claimed = await this.#tools.database.transaction({ workspaceId }, async (tx) => {
      // Nothing is counted before the queue is locked.
      await lockQueueOf(tx, workspaceId);
      const [{ running }, checkpoint] = await Promise.all([countUnfinishedRuns(tx), findCheckpoint(tx, { id: runId })]);
      if (running >= this.#settings.maxConcurrentRuns && (await findRunClaim(tx, runId))?.status === 'QUEUED') {
        // Two workers have taken the last place at once. The queue gives the job out again when there is another.
        await setJob(tx, runId, context.jobId, (await this.#sendAgain(tx, payload, context)).jobId);
        return null;
      }
      return await claimRun(tx, runId, context.jobId, checkpoint);
    });
    if (claimed?.countsLoss) this.#tools.observeRun({ lostAttempt: { algorithm: claimed.algorithm } });
    return claimed;
  }

  async #work(run: ClaimedRun, payload: TrainModelPayload, context: JobContext): Promise<void> {
    const logger = this.#logger.child({ runId: run.id, attempt: run.attempt });
    using attempt = new TrainingAttempt(run, this.#tools, logger);
    try {
      if (run.lostAttempts >= this.#settings.maxAttempts) throw new RunRefusedError(workerLost(run.lostAttempts));
      logger.info({ algorithm: run.algorithm, dataset: run.datasetName, from: run.progress }, 'training');
      const { work, size } = await this.#workOf(run);
      const model = await attempt.train(work, context.signal);
      const rows = size.trainRows + size.testRows;
      const cost = { ...attempt.costs(), rowsPerSecond: rows / attempt.trainedSeconds };
      await this.#untilWritten(context.signal, () => this.#succeed(attempt, run, model, cost, logger));
      await this.#recordDuration(run, model, size, attempt.trainedSeconds, logger);
      this.#observe(run, 'SUCCEEDED', model.endReason);
      logger.info('trained');
    } catch (error) {
      if (error instanceof ClaimLostError) return await this.#leaveToOthers(run, logger);
      if (error instanceof HandedBackError || isUnavailable(error)) {
        const message = error instanceof HandedBackError ? SHUTTING_DOWN : DATABASE_AWAY;
        const handBack = () => this.#handBack(run, attempt.costs(), payload, context, message, logger);
        return await this.#untilWritten(null, handBack);
      }
      await this.#untilWritten(null, () => this.#fail(run, error, attempt.costs(), logger));
    }
  }

  async #workOf(run: ClaimedRun): Promise<{ readonly work: AttemptWork; readonly size: TrainingSize }> {
    const { database, datasets, blobs } = this.#tools;
    const [dataset, allColumns] = await datasets.findWhole(run, run.datasetId);
    if (dataset === null) throw new Error(`The dataset ${run.datasetId} of the run is not there.`);
    const tablePath = await blobs.localPath({ workspaceId: run.workspaceId, sha256: dataset.tableSha256 });
    const { target, task, features, algorithm, parameters, split, positiveClass } = run;
    const wanted = new Set(features);
    const columns = allColumns
      .filter(({ name, numberFormat, dateOrder }) => wanted.has(name) && (numberFormat !== null || dateOrder !== null))
      .map(({ name, numberFormat, dateOrder }) => ({ name, numberFormat, dateOrder }));
    const formats = { columns, reading: currentReading(dataset.missingTokens, dataset.keepDefaultMissingTokens) };
    const moments = split.strategy === 'LAST' ? momentsOf(allColumns, target) : [];
    const request = { target, task, features, algorithm, parameters, split, moments, positiveClass, formats };
    const isLarge = dataset.rowCount * features.length >= CELLS_PER_POOL;
    const checkpoint = run.checkpoint && (await readCheckpoint(database, run.checkpoint));
    const leastBytes = dataset.rowCount * features.length * BYTES_PER_CELL;
    const load = { tablePath, request, followers: isLarge ? this.#settings.threads - 1 : 0, isLarge };
    return { work: { ...load, checkpoint, leastBytes }, size: trainingSizeOf(run, dataset, allColumns) };
  }

  async #succeed(
    attempt: TrainingAttempt,
    run: TrainingRunRow,
    model: KeptModel,
    cost: RunChange,
    logger: Logger,
  ): Promise<void> {
    const prepared = await this.#tools.models.prepare(model.modelBytes);
    await attempt.settle();
    let saved = false;
    try {
      const { metrics, baseline, curve, featureImportances, trainRows, testRows, endReason } = model;
      const warnings = [...run.warnings, ...model.warnings];
      await this.#tools.database.transaction(run, async (tx) => {
        const result = { metrics, baseline, curve, featureImportances, warnings, trainRows, testRows, endReason };
        const end = { status: 'SUCCEEDED', stage: 'DONE', progress: 1, etaSeconds: null } as const;
        const change = { ...result, ...end, ...cost, finishedAt: new Date() };
        const { bytes: predictions, testRowsSha256 } = model.predictions;
        const kept = { evaluation: model.evaluation, predictions, testRowsSha256 };
        const { trainedBy } = this.#settings;
        // Megabytes, which come first: from the change on the run is held.
        await saveEvaluation(tx, { ...kept, trainedBy, runId: run.id, workspaceId: run.workspaceId });
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

  /** What a whole training took tells what the next will take; one that ended early, or went on from another, does not. */
  async #recordDuration(
    run: ClaimedRun,
    { endReason }: KeptModel,
    size: TrainingSize,
    seconds: number,
    logger: Logger,
  ): Promise<void> {
    if (endReason !== 'COMPLETED' || run.checkpoint !== null) return;
    const now = performance.now();
    // Of many short trainings in a row each would teach what the one before it did.
    if (now - this.#learnedAt < MILLISECONDS_BETWEEN_LESSONS) return;
    this.#learnedAt = now;
    const pace = { algorithm: run.algorithm, work: totalWork(size), seconds };
    // The run has ended well; the next one teaches as much.
    await this.#tools.paces
      .note(pace)
      .catch((error: unknown) => logger.warn({ err: error }, 'the pace could not be noted'));
  }

  /** The run was ended by its user, or is another attempt's: that one's worker is told of if this one was taken for dead. */
  async #leaveToOthers(run: TrainingRunRow, logger: Logger): Promise<void> {
    logger.warn('the run is not this attempt’s any more');
    await this.#untilWritten(null, async () => {
      const wasCounted = await this.#tools.database.transaction(run, (tx) => contradictLoss(tx, run));
      if (wasCounted) logger.warn('this worker was taken for dead and lives; the attempt does not count as lost');
    });
  }

  /** Queues the run again, as another job. Rejects where that cannot be written. */
  async #handBack(
    run: TrainingRunRow,
    cost: RunChange,
    payload: TrainModelPayload,
    context: JobContext,
    message: string,
    logger: Logger,
  ): Promise<void> {
    const note = { kind: 'STATUS', message } as const;
    try {
      await this.#tools.database.transaction(run, async (tx) => {
        const { jobId, queuePosition } = await this.#sendAgain(tx, payload, context);
        const change = { ...cost, status: 'QUEUED', stage: 'WAITING', etaSeconds: null, jobId } as const;
        if (!(await changeRun(tx, run.id, run.attempt, change, { ...note, queuePosition }))) throw new ClaimLostError();
      });
      logger.info('handed back');
    } catch (error) {
      if (error instanceof ClaimLostError) return await this.#leaveToOthers(run, logger);
      logger.warn({ err: error }, 'the run could not be handed back');
      throw error;
    }
  }

  async #fail(run: TrainingRunRow, error: unknown, cost: RunChange, logger: Logger): Promise<void> {
    const { code, message, hint } = toRunFailure(error);
    if (code === 'INTERNAL_ERROR' || code === 'STORAGE_FULL') logger.error({ err: error }, 'the training failed');
    else logger.info({ code }, 'the training was refused');
    const failure = { errorCode: code, errorMessage: message, errorHint: hint };
    const end = { status: 'FAILED', stage: 'DONE', etaSeconds: null, endReason: 'FAILED' } as const;
    const change = { ...end, ...failure, ...cost, finishedAt: new Date() };
    const note: EventNote = { kind: 'STATUS' };
    // Refused where the run has been cancelled or taken over meanwhile: then that stands.
    const write = (tx: Transaction) => changeRun(tx, run.id, run.attempt, change, note);
    if (await this.#tools.database.transaction(run, write)) this.#observe(run, 'FAILED', 'FAILED', code);
  }

  #observe(...ended: Parameters<typeof endedRun>): void {
    this.#tools.observeRun({ endedRun: endedRun(...ended) });
  }

  #sendAgain(tx: Transaction, payload: TrainModelPayload, { priority, group }: JobContext): Promise<SentJob> {
    return this.#tools.jobs.send(tx, trainModelJob, payload, { priority, group });
  }

  /**
   * What a training came to is not lost while the database is away: it is written when that is back. Rejects once `shutdown` has
   * fired; without it, only the end of the process ends the attempts.
   */
  async #untilWritten(shutdown: AbortSignal | null, write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (!isUnavailable(error) || shutdown?.aborted) throw error;
        const options = shutdown === null ? { ref: false } : { signal: shutdown };
        await delay(RETRY_MILLISECONDS, undefined, options).catch(() => undefined);
      }
    }
  }
}

/** Names of columns of dates, by which the rows of a file may be in order: the first few, for each is read. */
function momentsOf(columns: readonly Pick<ColumnOutline, 'name' | 'kind'>[], target: string): string[] {
  const moments = columns.filter(({ kind, name }) => kind === 'DATETIME' && name !== target);
  return moments.slice(0, MAX_TIMESTAMPS).map(({ name }) => name);
}

function isUnavailable(error: unknown): boolean {
  return error instanceof TrainyardError && error.code === 'SERVICE_UNAVAILABLE';
}
