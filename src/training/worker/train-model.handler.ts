import type { BlobService } from '../../blobs/blob.service.ts';
import type { DatasetService } from '../../datasets/dataset.service.ts';
import { isUnavailable } from '../../errors.ts';
import { ClaimLostError, InterruptedError } from '../../jobs/workers/attempt-errors.ts';
import { whileHeld } from '../../jobs/workers/while-held.ts';
import type { WorkerRegistry } from '../../jobs/workers/worker-registry.ts';
import { type TrainingSize, totalCost } from '../../ml/cost-model.ts';
import type { JobContext, JobSender, SentJob } from '../../platform/jobs/jobs.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import type { Transaction } from '../../platform/postgres/database.ts';
import { saveCandidates } from '../candidates/training-candidate.store.ts';
import type { FitConditions } from '../distributed/distributed-fit.ts';
import { fitOnHosts, type HostsDependencies } from '../distributed/fit-on-hosts.ts';
import { goesOn, lostTooOften, mayRepeat, RankLostError } from '../distributed/gangs/rank-lost-error.ts';
import { saveEvaluation } from '../evaluations/training-evaluation.store.ts';
import type { EventDetails } from '../events/training-event.store.ts';
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
  findRunClaim,
  lockQueueOf,
  type RunChange,
  setJob,
  type TrainingRunRow,
} from '../runs/training-run.store.ts';
import type { ModelReader, ModelWriter } from './model-files.ts';
import { requestOfRun } from './request-of-run.ts';
import { readCheckpoint } from './save-checkpoint.ts';
import { type TrainModelPayload, trainModelJob } from './train-model.job.ts';
import type { PackedModel } from './train-model.thread.ts';
import { type AttemptDependencies, type AttemptWork, TrainingAttempt } from './training-attempt.ts';
import { findCheckpoint } from './training-checkpoint.store.ts';
import { canPass, untilAvailable } from './until-available.ts';

/** Cells of training data from which further threads pay off: starting one takes as long as training on this many. */
const CELLS_PER_POOL = 200_000;

/** Minimum memory per cell: a label code, or half of a number, and its bin. */
const BYTES_PER_CELL = 5;

const SHUTTING_DOWN = 'The worker is shutting down; another one continues the training.';
const DATABASE_AWAY = 'The database was not available; the training continues when it is.';

const MILLISECONDS_BETWEEN_RECORDINGS = 1_000;

/** What a training needs, until it is disposed of. */
interface PreparedWork extends Disposable {
  readonly work: AttemptWork;
  readonly size: TrainingSize;
  /** What fitted the model; null: this program. */
  readonly fittedBy: () => string | null;
}

/** Dependencies of the handler. */
export interface TrainingDependencies extends AttemptDependencies {
  readonly datasets: DatasetService;
  readonly blobs: BlobService;
  readonly models: ModelWriter;
  readonly storedModels: ModelReader;
  readonly jobs: JobSender;
  readonly registry: WorkerRegistry;
  readonly durations: TrainingDurations;
  readonly onHosts: HostsDependencies;
  readonly observeRun: ObserveRun;
}

export interface TrainingSettings {
  /** The versions of this program, as recorded with runs. */
  readonly trainedBy: string;
  /** Number of threads per training. */
  readonly threads: number;
  /** After this many lost workers a run fails. */
  readonly maxAttempts: number;
  /** Maximum number of concurrent runs of a workspace. */
  readonly maxConcurrentRuns: number;
}

/** Handles a training job: claims the run, trains in a thread, writes progress, and ends the run. Worker processes only. */
export class TrainModelHandler {
  readonly #dependencies: TrainingDependencies;
  readonly #settings: TrainingSettings;
  readonly #logger: Logger;
  #recordedAt = Number.NEGATIVE_INFINITY;

  constructor(dependencies: TrainingDependencies, settings: TrainingSettings, logger: Logger) {
    this.#dependencies = dependencies;
    this.#settings = settings;
    this.#logger = logger;
  }

  /** Resolves once the run has ended, was requeued or belongs to another attempt. Rejects if that could not be written. */
  async handle(payload: TrainModelPayload, context: JobContext): Promise<void> {
    await whileHeld(this.#dependencies.registry, context, async () => {
      const run = await this.#claim(payload, context);
      if (run !== null) await this.#work(run, payload, context);
    });
  }

  /** Claims the run; null if there is nothing to do for this job, or not yet. */
  async #claim(payload: TrainModelPayload, context: JobContext): Promise<ClaimedRun | null> {
    const { workspaceId, runId } = payload;
    const claimed = await this.#dependencies.database.transaction({ workspaceId }, async (tx) => {
      // Runs must be counted after the queue is locked.
      await lockQueueOf(tx, workspaceId);
      const [{ running }, checkpoint] = await Promise.all([countUnfinishedRuns(tx), findCheckpoint(tx, { id: runId })]);
      if (running >= this.#settings.maxConcurrentRuns && (await findRunClaim(tx, runId))?.status === 'QUEUED') {
        // Two workers took the last slot of the workspace at once. The job is sent again, and fetched when a slot is free.
        await setJob(tx, runId, context.jobId, (await this.#sendAgain(tx, payload, context)).jobId);
        return null;
      }
      return await claimRun(tx, runId, context.jobId, checkpoint);
    });
    if (claimed?.countsLoss) this.#dependencies.observeRun({ lostAttempt: { algorithm: claimed.algorithm } });
    return claimed;
  }

  async #work(run: ClaimedRun, payload: TrainModelPayload, context: JobContext): Promise<void> {
    const logger = this.#logger.child({ runId: run.id, attempt: run.attempt });
    using attempt = new TrainingAttempt(run, this.#dependencies, logger);
    try {
      if (run.lostAttempts >= this.#settings.maxAttempts) throw new RunRefusedError(workerLost(run.lostAttempts));
      logger.info({ algorithm: run.algorithm, dataset: run.datasetName, from: run.progress }, 'training');
      using prepared = await this.#prepare(run, context.signal, logger);
      const { work, size, fittedBy } = prepared;
      const model = await attempt.train(work, context.signal);
      const rows = size.trainRows + size.testRows;
      const cost = { ...attempt.costs(), rowsPerSecond: rows / attempt.trainedSeconds };
      await this.#whileClaimed(run, context.signal, logger, () =>
        this.#succeed(attempt, run, { ...model, fittedBy: fittedBy() }, cost, logger),
      );
      await this.#recordDuration(run, model, size, attempt.trainedSeconds, logger);
      this.#observe(run, 'SUCCEEDED', model.endReason);
      logger.info('trained');
    } catch (error) {
      if (error instanceof ClaimLostError) return await this.#relinquish(run, logger);
      // A worker that ends while it waits for the store requeues its run too.
      const isEnding = error instanceof InterruptedError || (context.signal.aborted && canPass(error));
      if (isEnding || isUnavailable(error)) {
        const message = isEnding ? SHUTTING_DOWN : DATABASE_AWAY;
        const requeue = () => this.#requeue(run, attempt.costs(), payload, context, message, logger);
        return await untilAvailable(null, logger, requeue);
      }
      if (error instanceof RankLostError && mayRepeat(run, error, this.#settings.maxAttempts)) {
        const lost = error.isLoss ? { lostAttempts: run.lostAttempts + 1 } : {};
        const requeue = () =>
          this.#requeue(run, { ...attempt.costs(), ...lost }, payload, context, goesOn(error), logger);
        return await untilAvailable(null, logger, requeue);
      }
      const end = error instanceof RankLostError ? lostTooOften(run, error) : error;
      await untilAvailable(null, logger, () => this.#fail(run, end, attempt.costs(), logger));
    } finally {
      if (run.engine === 'DISTRIBUTED') await this.#removeFiles(run, logger);
    }
  }

  /** The files that several hosts have used, unless the run goes on; what is left is the sweep's. */
  async #removeFiles({ workspaceId, id }: ClaimedRun, logger: Logger): Promise<void> {
    await this.#dependencies.onHosts.files.removeIfEnded(workspaceId, id).catch((error: unknown) => {
      logger.warn({ err: error }, 'files of a training on several hosts could not be removed');
    });
  }

  /** What the run's training needs; its file of the dataset stays on this machine until it is disposed of. */
  async #prepare(run: ClaimedRun, shutdown: AbortSignal, logger: Logger): Promise<PreparedWork> {
    const { database, datasets, blobs } = this.#dependencies;
    const [dataset, allColumns] = await datasets.findWhole(run, run.datasetId);
    if (dataset === null) throw new Error(`The dataset ${run.datasetId} of the run is not there.`);
    const { features } = run;
    const request = requestOfRun(run, dataset, allColumns);
    const isLarge = dataset.rowCount * features.length >= CELLS_PER_POOL;
    const checkpoint = run.checkpoint && (await readCheckpoint(database, run.checkpoint));
    const isElsewhere = run.engine === 'DISTRIBUTED';
    // What the hosts need is theirs to have.
    const minBytes = isElsewhere ? 0 : dataset.rowCount * features.length * BYTES_PER_CELL;
    const size = trainingSizeOf(run, dataset, allColumns);
    const key = { workspaceId: run.workspaceId, sha256: dataset.tableSha256 };
    const imported = run.imported && (await this.#whileClaimed(run, shutdown, logger, () => this.#readModel(run)));
    const table = await this.#whileClaimed(run, shutdown, logger, () => blobs.localFile(key));
    // An imported model is evaluated by one thread.
    const poolWorkers = isLarge && imported === null ? this.#settings.threads - 1 : 0;
    let fittedBy: string | null = null;
    const fitElsewhere = async (conditions: FitConditions) => {
      const { onHosts } = this.#dependencies;
      const fitted = await fitOnHosts(run, { tablePath: table.path, request }, onHosts, conditions, logger);
      ({ fittedBy } = fitted);
      return fitted.bytes;
    };
    const work = {
      ...{ tablePath: table.path, request, imported, poolWorkers, isLarge, checkpoint, minBytes },
      fitElsewhere: isElsewhere ? fitElsewhere : null,
    };
    return { work, size, fittedBy: () => fittedBy, [Symbol.dispose]: () => table[Symbol.dispose]() };
  }

  async #readModel(run: ClaimedRun): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#dependencies.storedModels.readOfRun(run);
    if (bytes !== null) return bytes;
    throw new RunRefusedError({
      code: 'MODEL_DELETED',
      message: 'The imported model was deleted before it was evaluated.',
      hint: 'Import its file again.',
    });
  }

  /** Repeats the work until it can be done, as long as the run is this attempt's: a cancelled one keeps no worker waiting. */
  async #whileClaimed<T>(run: ClaimedRun, shutdown: AbortSignal, logger: Logger, work: () => Promise<T>): Promise<T> {
    return await untilAvailable(shutdown, logger, async (tries) => {
      if (tries > 1) await this.#requireClaim(run);
      return await work();
    });
  }

  async #requireClaim(run: ClaimedRun): Promise<void> {
    const claim = await this.#dependencies.database.transaction(run, (tx) => findRunClaim(tx, run.id));
    if (claim?.status !== 'RUNNING' || claim.attempt !== run.attempt) throw new ClaimLostError();
  }

  async #succeed(
    attempt: TrainingAttempt,
    run: TrainingRunRow,
    model: PackedModel & { readonly fittedBy: string | null },
    cost: RunChange,
    logger: Logger,
  ): Promise<void> {
    const { modelBytes } = model;
    const prepared = modelBytes && (await this.#dependencies.models.prepare(run.workspaceId, modelBytes));
    await attempt.stopWriting();
    let saved = false;
    try {
      const { metrics, baseline, curve, featureImportances, trainRows, testRows, refitted, endReason } = model;
      const warnings = [...run.warnings, ...model.warnings];
      await this.#dependencies.database.transaction(run, async (tx) => {
        const result = {
          metrics,
          baseline,
          curve,
          featureImportances,
          warnings,
          trainRows,
          testRows,
          refitted,
          endReason,
          executedPlan: model.search?.plan ?? null,
        };
        const end = { status: 'SUCCEEDED', stage: 'DONE', progress: 1, etaSeconds: null } as const;
        const change = { ...result, ...end, ...cost, finishedAt: new Date() };
        const { bytes: predictions, testRowsSha256 } = model.predictions;
        const { evaluation, knownRows, outOfFold } = model;
        const kept = { evaluation, predictions, testRowsSha256, knownRows, outOfFold };
        const trainedBy = [this.#settings.trainedBy, ...(model.fittedBy === null ? [] : [model.fittedBy])].join(', ');
        // Megabytes, so before the update, which locks the run.
        await saveEvaluation(tx, { ...kept, trainedBy, runId: run.id, workspaceId: run.workspaceId });
        // As the model that is delivered has it: weights change where members were left out, and the last steps may not be written.
        await saveCandidates(tx, run, model.search?.candidates ?? []);
        if (!(await changeRun(tx, run.id, run.attempt, change, { kind: 'STATUS' }))) throw new ClaimLostError();
        await prepared?.save(tx, run);
      });
      saved = true;
    } finally {
      // A leftover file changes nothing about the outcome of the run.
      await prepared?.finish(saved).catch((error: unknown) => {
        logger.warn({ err: error }, 'temporary model files could not be removed');
      });
    }
  }

  /** Records the duration of a complete training for later estimates; not of one that ended early, was resumed, or is no training. */
  async #recordDuration(
    run: ClaimedRun,
    { endReason }: PackedModel,
    size: TrainingSize,
    seconds: number,
    logger: Logger,
  ): Promise<void> {
    if (endReason !== 'COMPLETED' || run.checkpoint !== null || run.imported !== null || run.engine !== 'LOCAL') return;
    const now = performance.now();
    // Many short trainings in a row would all record the same.
    if (now - this.#recordedAt < MILLISECONDS_BETWEEN_RECORDINGS) return;
    this.#recordedAt = now;
    const duration = { algorithm: run.algorithm, work: totalCost(size), seconds };
    // The run has succeeded in any case.
    await this.#dependencies.durations
      .record(duration)
      .catch((error: unknown) => logger.warn({ err: error }, 'the training duration could not be recorded'));
  }

  /** The run was cancelled, or belongs to another attempt: if this worker was considered dead, the loss is revoked. */
  async #relinquish(run: TrainingRunRow, logger: Logger): Promise<void> {
    logger.warn('this attempt has lost its claim on the run');
    await untilAvailable(null, logger, async () => {
      const wasCounted = await this.#dependencies.database.transaction(run, (tx) => contradictLoss(tx, run));
      if (wasCounted) logger.warn('this worker was considered dead but is alive; the attempt does not count as lost');
    });
  }

  /** Requeues the run as another job. Rejects if that cannot be written. */
  async #requeue(
    run: TrainingRunRow,
    cost: RunChange,
    payload: TrainModelPayload,
    context: JobContext,
    message: string,
    logger: Logger,
  ): Promise<void> {
    const details = { kind: 'STATUS', message } as const;
    try {
      await this.#dependencies.database.transaction(run, async (tx) => {
        const { jobId, queuePosition } = await this.#sendAgain(tx, payload, context);
        const change = { ...cost, status: 'QUEUED', stage: 'WAITING', etaSeconds: null, jobId } as const;
        if (!(await changeRun(tx, run.id, run.attempt, change, { ...details, queuePosition }))) {
          throw new ClaimLostError();
        }
      });
      logger.info('run requeued');
    } catch (error) {
      if (error instanceof ClaimLostError) return await this.#relinquish(run, logger);
      logger.warn({ err: error }, 'the run could not be requeued');
      throw error;
    }
  }

  async #fail(run: TrainingRunRow, error: unknown, cost: RunChange, logger: Logger): Promise<void> {
    const { code, message, hint } = toRunFailure(error);
    if (code === 'INTERNAL_ERROR' || code === 'STORAGE_FULL') logger.error({ err: error }, 'the training failed');
    else logger.info({ code }, 'the training failed because of its input');
    const failure = { errorCode: code, errorMessage: message, errorHint: hint };
    const end = { status: 'FAILED', stage: 'DONE', etaSeconds: null, endReason: 'FAILED' } as const;
    const change = { ...end, ...failure, ...cost, finishedAt: new Date() };
    const details: EventDetails = { kind: 'STATUS' };
    // Has no effect if the run was cancelled or taken over meanwhile.
    const write = (tx: Transaction) => changeRun(tx, run.id, run.attempt, change, details);
    if (await this.#dependencies.database.transaction(run, write)) this.#observe(run, 'FAILED', 'FAILED', code);
  }

  #observe(...ended: Parameters<typeof endedRun>): void {
    this.#dependencies.observeRun({ endedRun: endedRun(...ended) });
  }

  #sendAgain(tx: Transaction, payload: TrainModelPayload, { priority, group }: JobContext): Promise<SentJob> {
    return this.#dependencies.jobs.send(tx, trainModelJob, payload, { priority, group });
  }
}
