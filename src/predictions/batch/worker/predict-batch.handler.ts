import { buffer } from 'node:stream/consumers';
import type { ArtifactService } from '../../../artifacts/artifact.service.ts';
import type { BlobService } from '../../../blobs/blob.service.ts';
import type { DatasetService } from '../../../datasets/dataset.service.ts';
import { isUnavailable } from '../../../errors.ts';
import { ClaimLostError, InterruptedError } from '../../../jobs/workers/attempt-errors.ts';
import { whileHeld } from '../../../jobs/workers/while-held.ts';
import type { WorkerRegistry } from '../../../jobs/workers/worker-registry.ts';
import { BlobMissingError, type LocalFile } from '../../../platform/blob-store/blob-store.ts';
import type { JobContext, JobSender } from '../../../platform/jobs/jobs.ts';
import type { Logger } from '../../../platform/monitoring/logger.ts';
import type { Transaction } from '../../../platform/postgres/database.ts';
import type { TrainingRunService } from '../../../training/runs/training-run.service.ts';
import { canPass, untilAvailable } from '../../../training/worker/until-available.ts';
import {
  BatchRefusedError,
  batchWorkerLost,
  DATASET_FILE_MISSING,
  MODEL_REMOVED,
  toBatchFailure,
} from '../batch-error.ts';
import {
  type BatchChange,
  type BatchRow,
  changeBatch,
  changeBatchOfJob,
  claimBatch,
  countUnfinishedBatches,
  findBatch,
  lockBatchesOf,
} from '../batch-prediction.store.ts';
import type { RunTest } from '../rows/run-test.ts';
import { BatchAttempt, type BatchAttemptDependencies, type BatchWork, type WrittenBatch } from './batch-attempt.ts';
import { type PredictBatchPayload, predictBatchJob } from './predict-batch.job.ts';

/** Dependencies of the handler. */
export interface BatchHandlerDependencies extends Omit<BatchAttemptDependencies, 'blobs'> {
  readonly blobs: BlobService;
  readonly datasets: Pick<DatasetService, 'findWhole'>;
  readonly artifacts: Pick<ArtifactService, 'find' | 'fileOf'>;
  readonly runs: Pick<TrainingRunService, 'findTest'>;
  readonly jobs: JobSender;
  readonly registry: Pick<WorkerRegistry, 'hold' | 'release'>;
}

export interface BatchSettings {
  /** After this many lost workers it fails. */
  readonly maxAttempts: number;
  /** Maximum number of concurrent ones of a workspace. */
  readonly maxConcurrent: number;
}

/** The end of an attempt whose work is done or given up. */
const ENDED = { stage: 'DONE', etaSeconds: null } as const;

/** Handles the job of a batch prediction: claims it, predicts in threads, and stores the result. Worker processes only. */
export class PredictBatchHandler {
  readonly #dependencies: BatchHandlerDependencies;
  readonly #settings: BatchSettings;
  readonly #logger: Logger;

  constructor(dependencies: BatchHandlerDependencies, settings: BatchSettings, logger: Logger) {
    this.#dependencies = dependencies;
    this.#settings = settings;
    this.#logger = logger;
  }

  /** Resolves once it has ended, was requeued or belongs to another attempt. Rejects if that could not be written. */
  async handle(payload: PredictBatchPayload, context: JobContext): Promise<void> {
    await whileHeld(this.#dependencies.registry, context, async () => {
      const batch = await this.#claim(payload, context);
      if (batch !== null) await this.#work(batch, payload, context);
    });
  }

  /** Null if there is nothing to do for this job, or not yet. */
  async #claim(payload: PredictBatchPayload, context: JobContext): Promise<BatchRow | null> {
    const { workspaceId, batchId } = payload;
    return await this.#dependencies.database.transaction({ workspaceId }, async (tx) => {
      // They must be counted after the queue is locked.
      await lockBatchesOf(tx, workspaceId);
      const { running } = await countUnfinishedBatches(tx);
      if (running >= this.#settings.maxConcurrent && (await findBatch(tx, batchId))?.status === 'QUEUED') {
        // Two workers took the last slot of the workspace at once. The job is sent again, and fetched when a slot is free.
        await changeBatchOfJob(tx, batchId, context.jobId, { jobId: await this.#sendAgain(tx, payload, context) });
        return null;
      }
      return await claimBatch(tx, batchId, context.jobId);
    });
  }

  async #work(batch: BatchRow, payload: PredictBatchPayload, context: JobContext): Promise<void> {
    const logger = this.#logger.child({ batchId: batch.id, attempt: batch.attempt });
    const attempt = new BatchAttempt(batch, this.#dependencies);
    try {
      const { lostAttempts } = batch;
      if (lostAttempts >= this.#settings.maxAttempts) throw new BatchRefusedError(batchWorkerLost(lostAttempts));
      logger.info('predicting a dataset');
      const { work, file } = await untilAvailable(context.signal, logger, () => this.#prepare(batch));
      using _file = file;
      const written = await attempt.predict(work, context.signal);
      // Where the store or the database is away now, it is predicted again: its file may be in the store already.
      await this.#succeed(batch, written);
      logger.info({ rows: written.outcome.rows }, 'dataset predicted');
    } catch (error) {
      if (error instanceof ClaimLostError) return logger.info('this attempt has lost its claim');
      // A worker that ends while it waits for the store requeues it too.
      const isEnding = error instanceof InterruptedError || (context.signal.aborted && canPass(error));
      const end = () =>
        isEnding || isUnavailable(error) ? this.#requeue(batch, payload, context) : this.#fail(batch, error, logger);
      await untilAvailable(null, logger, end);
    } finally {
      await attempt.removeFiles();
    }
  }

  async #prepare(batch: BatchRow): Promise<{ readonly work: BatchWork; readonly file: LocalFile }> {
    const { datasets, artifacts, blobs, runs } = this.#dependencies;
    const { workspaceId, artifactId, datasetId } = batch;
    const artifact = artifactId === null ? null : await artifacts.find(batch, artifactId);
    if (artifact === null) throw new BatchRefusedError(MODEL_REMOVED);
    const [dataset, columns] = datasetId === null ? [null, []] : await datasets.findWhole(batch, datasetId);
    if (dataset === null) throw new BatchRefusedError(DATASET_FILE_MISSING);
    const test = await runs.findTest(batch, artifact.runId);
    const isSameFile = test?.datasetId === dataset.id;
    const runTest: RunTest | null = test && { ...test, isSameFile };
    const modelBytes = sharedBytes(
      await artifacts
        .fileOf(artifact)
        .open()
        .then(buffer)
        .catch((error: unknown) => {
          throw error instanceof BlobMissingError ? new BatchRefusedError(MODEL_REMOVED) : error;
        }),
    );
    const file = await blobs.localFile({ workspaceId, sha256: dataset.sha256 });
    const { dialect, sizeBytes } = dataset;
    const targetFormat = columns.find(({ name }) => name === test?.target)?.numberFormat ?? null;
    const { contributions } = batch;
    const work = { path: file.path, dialect, sizeBytes, modelBytes, contributions, targetFormat, runTest };
    return { work, file };
  }

  async #succeed(batch: BatchRow, { outcome, temporaryPath }: WrittenBatch): Promise<void> {
    const { database, blobs } = this.#dependencies;
    const { workspaceId } = batch;
    const { sha256, sizeBytes, rows, preview, warnings, drift, score } = outcome;
    const blob = { sha256, sizeBytes, temporaryPath };
    let isSaved = false;
    try {
      await blobs.stage(workspaceId, blob);
      await database.transaction({ workspaceId }, async (tx) => {
        await blobs.acquire(tx, workspaceId, blob);
        const result = { sha256, sizeBytes, rowCount: rows, preview, warnings, drift };
        const scored = { metrics: score?.metrics ?? null, evaluation: score?.evaluation ?? null };
        const change = {
          ...ENDED,
          ...result,
          ...scored,
          status: 'SUCCEEDED',
          progress: 1,
          finishedAt: new Date(),
        } as const;
        await this.#change(tx, batch, change);
      });
      isSaved = true;
    } finally {
      if (!isSaved) await blobs.purge({ workspaceId, sha256 }).catch(() => undefined);
    }
  }

  async #fail(batch: BatchRow, error: unknown, logger: Logger): Promise<void> {
    const failure = toBatchFailure(error);
    if (failure.errorCode === 'INTERNAL_ERROR' || failure.errorCode === 'STORAGE_FULL') {
      logger.error({ err: error }, 'the batch prediction failed');
    } else logger.info({ code: failure.errorCode }, 'the batch prediction failed because of its input');
    const change = { ...ENDED, ...failure, status: 'FAILED', finishedAt: new Date() } as const;
    const { id, attempt, workspaceId } = batch;
    // Has no effect if it was cancelled or taken over meanwhile.
    await this.#dependencies.database.transaction({ workspaceId }, (tx) => changeBatch(tx, id, attempt, change));
  }

  /** Queues it as another job: this process shuts down, or what it needs is not available. */
  async #requeue(batch: BatchRow, payload: PredictBatchPayload, context: JobContext): Promise<void> {
    const { workspaceId } = batch;
    await this.#dependencies.database
      .transaction({ workspaceId }, async (tx) => {
        const jobId = await this.#sendAgain(tx, payload, context);
        await this.#change(tx, batch, { status: 'QUEUED', stage: 'WAITING', etaSeconds: null, jobId });
      })
      .catch((error: unknown) => {
        // An attempt that has lost its claim leaves no job behind.
        if (!(error instanceof ClaimLostError)) throw error;
      });
  }

  /** Throws ClaimLostError where it has ended, or another attempt has it. */
  async #change(tx: Transaction, { id, attempt }: BatchRow, change: BatchChange): Promise<void> {
    if (!(await changeBatch(tx, id, attempt, change))) throw new ClaimLostError();
  }

  async #sendAgain(tx: Transaction, payload: PredictBatchPayload, { priority, group }: JobContext): Promise<string> {
    return (await this.#dependencies.jobs.send(tx, predictBatchJob, payload, { priority, group })).jobId;
  }
}

/** A copy in memory that threads share. */
function sharedBytes(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}
