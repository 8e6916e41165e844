import { createHash, randomUUID } from 'node:crypto';
import { type ArtifactService, holdModel } from '../../artifacts/artifact.service.ts';
import type { ArtifactRow } from '../../artifacts/artifact.store.ts';
import { recordAudit } from '../../auth/audit/record-audit.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { BlobService, ReadableFile } from '../../blobs/blob.service.ts';
import type { Config } from '../../config.ts';
import { type DatasetService, holdDataset } from '../../datasets/dataset.service.ts';
import type { DatasetRow } from '../../datasets/dataset.store.ts';
import { parseIdempotencyKey } from '../../datasets/uploads/idempotency-key.ts';
import { badInput, InputErrors, notFound, TrainyardError } from '../../errors.ts';
import { findJobOfKey } from '../../jobs/idempotency-key.ts';
import { isEnded } from '../../jobs/job-status.ts';
import { isUuid } from '../../platform/ids.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import type { PageOfRows } from '../../platform/postgres/keyset.ts';
import type { PredictionService } from '../prediction.service.ts';
import { cancelBatch } from './active-batches.service.ts';
import {
  type BatchFilter,
  type BatchRow,
  countBatches,
  countUnfinishedBatches,
  findBatch,
  findBatchByKey,
  findBatchPace,
  forgetBatchKey,
  insertBatch,
  listBatches,
  lockBatch,
  lockBatchesOf,
  sumBatchBytes,
} from './batch-prediction.store.ts';
import { predictBatchJob } from './worker/predict-batch.job.ts';

/** Each takes two columns of the result. */
const MAX_CONTRIBUTIONS = 10;

/** Names of missing columns that a message repeats. */
const MAX_NAMES = 10;

/** About what the smallest one takes. */
const MIN_SECONDS = 0.5;

/** The initial state. */
const QUEUED = {
  status: 'QUEUED',
  stage: 'WAITING',
  progress: 0,
  etaSeconds: null,
  attempt: 0,
  lostAttempts: 0,
  lastSeq: 1,
  cancelRequestedAt: null,
  errorCode: null,
  errorMessage: null,
  errorHint: null,
  sha256: null,
  sizeBytes: null,
  rowCount: null,
  preview: [],
  warnings: [],
  metrics: null,
  evaluation: null,
  drift: null,
  startedAt: null,
  finishedAt: null,
  deletedAt: null,
} as const;

/** What is to be predicted, and by which model. */
export interface BatchParams {
  readonly artifactId: string;
  readonly datasetId: string;
  readonly contributions: number;
}

export interface BatchDependencies {
  readonly database: Database;
  readonly datasets: Pick<DatasetService, 'findWhole'>;
  readonly artifacts: Pick<ArtifactService, 'find'>;
  readonly predictions: Pick<PredictionService, 'describe'>;
  readonly blobs: Pick<BlobService, 'readable'>;
  readonly jobs: JobSender;
  readonly settings: Pick<Config, 'MAX_QUEUED_RUNS' | 'MAX_TOTAL_PREDICTION_BYTES'>;
}

/** Starts, cancels and finds batch predictions. */
export class BatchPredictions {
  readonly #dependencies: BatchDependencies;

  constructor(dependencies: BatchDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Checks that the dataset has what the model reads, and queues the job: its row and its job commit together. For a day the same
   * key with the same request returns the same one. Throws NOT_FOUND, BAD_USER_INPUT, QUOTA_EXCEEDED, IDEMPOTENCY_CONFLICT.
   */
  async start(viewer: Viewer, params: BatchParams, idempotencyKey: string | null): Promise<BatchRow> {
    const { database } = this.#dependencies;
    const errors = new InputErrors();
    const key = errors.collect(() => (idempotencyKey === null ? null : parseIdempotencyKey(idempotencyKey))) ?? null;
    errors.collect(() => checkContributions(params.contributions));
    errors.throwIfAny();
    const fingerprint = key === null ? null : fingerprintOf(params);
    const made = key && (await database.transaction(viewer, (tx) => findSame(tx, key, fingerprint)));
    if (made) return made;
    const { artifact, dataset } = await this.#check(viewer, params);
    return await database.transaction(viewer, async (tx) => {
      await lockBatchesOf(tx, viewer.workspaceId);
      // Of concurrent requests with the same key, the first one has begun it by now.
      const madeMeanwhile = key && (await findSame(tx, key, fingerprint));
      if (madeMeanwhile) return madeMeanwhile;
      const request = { contributions: params.contributions, idempotencyKey: key, idempotencyFingerprint: fingerprint };
      return await this.#queue(tx, viewer, artifact, dataset, request);
    });
  }

  /** Cancels one, of which nothing is kept. Idempotent. Throws NOT_FOUND, and RUN_ALREADY_ENDED. */
  async cancel(viewer: Viewer, id: string): Promise<BatchRow> {
    if (!isUuid(id)) throw notFound('batch prediction', id);
    const { database, jobs } = this.#dependencies;
    return await database.transaction(viewer, async (tx) => {
      const batch = await lockBatch(tx, id);
      if (batch === null) throw notFound('batch prediction', id);
      if (batch.status === 'CANCELLED') return batch;
      if (isEnded(batch.status)) throw alreadyEnded(batch);
      await recordAudit(tx, 'prediction.cancelled', { subject: batch.id });
      return await cancelBatch(tx, jobs, batch);
    });
  }

  async find({ workspaceId }: Pick<Viewer, 'workspaceId'>, id: string): Promise<BatchRow | null> {
    if (!isUuid(id)) return null;
    return await this.#dependencies.database.transaction({ workspaceId }, (tx) => findBatch(tx, id));
  }

  list(viewer: Viewer, filter: BatchFilter, page: PageOfRows): Promise<BatchRow[]> {
    return this.#dependencies.database.transaction(viewer, (tx) => listBatches(tx, filter, page));
  }

  count(viewer: Viewer, filter: BatchFilter): Promise<number> {
    return this.#dependencies.database.transaction(viewer, (tx) => countBatches(tx, filter));
  }

  /** The file with the predictions; null where there is none. */
  async findFile(scope: Pick<Viewer, 'workspaceId'>, id: string): Promise<ReadableFile | null> {
    const batch = await this.find(scope, id);
    if (batch === null || batch.sha256 === null || batch.sizeBytes === null) return null;
    const { workspaceId, sha256 } = batch;
    const download = { filename: `predictions-${batch.id}.csv`, contentType: 'text/csv; charset=utf-8' };
    return this.#dependencies.blobs.readable({ workspaceId, sha256 }, batch.sizeBytes, download);
  }

  async #check(
    viewer: Viewer,
    { artifactId, datasetId }: BatchParams,
  ): Promise<{ readonly artifact: ArtifactRow; readonly dataset: DatasetRow }> {
    const { artifacts, datasets, predictions } = this.#dependencies;
    const artifact = await artifacts.find(viewer, artifactId);
    if (artifact === null) throw notFound('model', artifactId);
    const [dataset, columns] = await datasets.findWhole(viewer, datasetId);
    if (dataset === null) throw notFound('dataset', datasetId);
    const { inputs } = await predictions.describe(artifact);
    const names = new Set(columns.map(({ name }) => name));
    const missing = inputs.filter(({ name }) => !names.has(name)).map(({ name }) => name);
    if (missing.length > 0) throw columnsMissing(missing);
    return { artifact, dataset };
  }

  /** To be called within a transaction that has locked the queue of the workspace. */
  async #queue(
    tx: Transaction,
    { workspaceId, userId }: Viewer,
    artifact: ArtifactRow,
    dataset: DatasetRow,
    request: Pick<BatchRow, 'contributions' | 'idempotencyKey' | 'idempotencyFingerprint'>,
  ): Promise<BatchRow> {
    // Either may have been deleted since it was read.
    if (!(await holdDataset(tx, dataset.id))) throw notFound('dataset', dataset.id);
    if (!(await holdModel(tx, artifact.id))) throw notFound('model', artifact.id);
    const { jobs, settings } = this.#dependencies;
    const { queued, running } = await countUnfinishedBatches(tx);
    if (queued >= settings.MAX_QUEUED_RUNS) throw queueFull(queued);
    const bytes = (await sumBatchBytes(tx)) + dataset.sizeBytes;
    if (bytes > settings.MAX_TOTAL_PREDICTION_BYTES) throw storageExceeded(bytes, settings.MAX_TOTAL_PREDICTION_BYTES);
    const id = randomUUID();
    // The more a workspace has queued, the lower the priority of its next one: this shares the workers fairly.
    const options = { priority: -(queued + running), group: workspaceId };
    const pace = await findBatchPace(tx, artifact.id);
    const expectedSeconds = pace === null ? null : Math.max(MIN_SECONDS, pace.secondsPerRow * dataset.rowCount);
    const payload = { workspaceId, batchId: id, expectedSeconds };
    const { jobId } = await jobs.send(tx, predictBatchJob, payload, options);
    const ids = { id, workspaceId, jobId, artifactId: artifact.id, datasetId: dataset.id, createdBy: userId };
    const batch: BatchRow = { ...QUEUED, ...request, ...ids, createdAt: new Date() };
    await insertBatch(tx, batch);
    const details = { artifactId: artifact.id, datasetId: dataset.id };
    await recordAudit(tx, 'prediction.started', { subject: id, details });
    return batch;
  }
}

function checkContributions(contributions: number): void {
  if (contributions >= 0 && contributions <= MAX_CONTRIBUTIONS) return;
  throw badInput('input.contributions', `contributions must be from 0 to ${MAX_CONTRIBUTIONS}; got ${contributions}.`);
}

/** The one that was begun with a key, if any. Throws IDEMPOTENCY_CONFLICT if the request was a different one. */
function findSame(tx: Transaction, key: string, fingerprint: string | null): Promise<BatchRow | null> {
  const conflict = {
    message:
      'The idempotencyKey was used for a batch prediction of another dataset, by another model or with other contributions.',
    hint: 'Use a new key for each new batch prediction.',
  };
  const find = () => findBatchByKey(tx, key);
  return findJobOfKey({ find, forgetKey: (id) => forgetBatchKey(tx, id), conflict }, fingerprint);
}

function fingerprintOf({ artifactId, datasetId, contributions }: BatchParams): string {
  return createHash('sha256')
    .update(JSON.stringify([artifactId, datasetId, contributions]))
    .digest('hex');
}

function columnsMissing(names: readonly string[]): TrainyardError {
  const shown = names.slice(0, MAX_NAMES).join(', ') + (names.length > MAX_NAMES ? ', …' : '');
  const what = names.length === 1 ? `the column ${shown}` : `${names.length} columns (${shown})`;
  return badInput(
    'input.datasetId',
    `The dataset lacks ${what}, which the model reads.`,
    'Artifact.inputs lists what the model reads. Upload a file that has all of it, with the same names.',
  );
}

function alreadyEnded({ status, finishedAt }: BatchRow): TrainyardError {
  const at = finishedAt === null ? '' : ` at ${finishedAt.toISOString()}`;
  return new TrainyardError('RUN_ALREADY_ENDED', `The batch prediction has already ended: ${status}${at}.`, {
    hint: 'Start another one with startBatchPrediction.',
  });
}

function storageExceeded(bytes: number, maxBytes: number): TrainyardError {
  return new TrainyardError(
    'QUOTA_EXCEEDED',
    `The files of all batch predictions would have at least ${bytes} bytes together; the workspace may have ${maxBytes}.`,
    { hint: 'Delete batch predictions that are no longer needed.' },
  );
}

function queueFull(queued: number): TrainyardError {
  return new TrainyardError(
    'QUOTA_EXCEEDED',
    `The workspace already has ${queued} queued batch predictions, the maximum.`,
    { hint: 'Wait until some of them have ended, or cancel some.' },
  );
}
