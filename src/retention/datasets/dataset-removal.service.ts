import { setTimeout as delay } from 'node:timers/promises';
import type { BlobService, Removal } from '../../blobs/blob.service.ts';
import type { TokenBucket } from '../../platform/concurrency/token-bucket.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import { keepWorkingTime } from '../../training/working-time/working-time.service.ts';
import { removeBatchesOfDataset } from '../batches/batch-removal.store.ts';
import { removeRuns } from '../runs/run-removal.store.ts';
import {
  addReleasedFiles,
  countTowards,
  type DeletionFileRow,
  type DeletionRow,
  dropReleasedFile,
  finishDeletion,
  listReleasedFiles,
  lockDeletion,
  lockReleasedFile,
  recordRelease,
} from './dataset-deletion.store.ts';
import { listMarkedRuns, removeDataset } from './marked-rows.store.ts';
import { removeDatasetJob } from './remove-dataset.job.ts';

/** Their events may be a million rows: a transaction takes some seconds at the most. */
const RUNS_AT_A_TIME = 20;

const FILES_AT_A_TIME = 100;

/** How long a caller waits for the end of a removal that goes on without it. */
const MAX_WAIT_MILLISECONDS = 5_000;

/** Which deletion is meant. */
export type DeletionKey = Pick<DeletionRow, 'id' | 'workspaceId'>;

/** What the removal needs. */
export interface RemovalDependencies {
  readonly database: Database;
  readonly blobs: BlobService;
  readonly jobs: Pick<JobSender, 'remove'>;
  readonly observeRun: ObserveRun;
  /** One token for each file that is removed. */
  readonly rate: Pick<TokenBucket, 'take'>;
  readonly logger: Logger;
}

/**
 * Removes what is marked as deleted: the rows of the runs, then that of the dataset, then the files that they referred to. Each
 * step is a transaction that can be repeated, and several processes may do them at once: what has been removed is counted once.
 * A file keeps its row in `blobs` until it is removed, so that none is forgotten.
 */
export class DatasetRemoval {
  readonly #dependencies: RemovalDependencies;
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(dependencies: RemovalDependencies) {
    this.#dependencies = dependencies;
  }

  /** Begins at once, and waits some seconds for the end. What fails is left to the job. */
  async start(deletion: DeletionKey): Promise<void> {
    const removing = this.carryOut(deletion, this.#closing.signal).catch((error: unknown) => {
      this.#dependencies.logger.warn({ err: error, datasetId: deletion.id }, 'a dataset could not be removed yet');
    });
    this.#running.add(removing);
    void removing.finally(() => this.#running.delete(removing));
    await Promise.race([removing, delay(MAX_WAIT_MILLISECONDS, undefined, { ref: false })]);
  }

  /** Does what is left to be done; nothing where that is nothing. Rejects where the database or the store does not answer. */
  async carryOut(deletion: DeletionKey, signal?: AbortSignal): Promise<void> {
    while (!(await this.#step(deletion, signal))) signal?.throwIfAborted();
  }

  /** Ends with the file, or the rows, that are being removed. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running);
  }

  /** One step; true where none is left. */
  async #step(deletion: DeletionKey, signal: AbortSignal | undefined): Promise<boolean> {
    const { workspaceId, id } = deletion;
    const { isDone, files, finished } = await this.#dependencies.database.transaction({ workspaceId }, async (tx) => {
      const current = await lockDeletion(tx, id);
      if (current?.status !== 'DELETING') return { isDone: true };
      if (await this.#removeRows(tx, current)) return { isDone: false };
      const released = await listReleasedFiles(tx, id, FILES_AT_A_TIME);
      if (released.length > 0) return { isDone: false, files: released };
      await this.#finish(tx, current);
      return { isDone: true, finished: current };
    });
    for (const file of files ?? []) {
      signal?.throwIfAborted();
      await this.#removeFile(file);
    }
    if (finished !== undefined) this.#report(finished);
    return isDone;
  }

  /** Removes some of the runs, or else the dataset; false where all are gone. */
  async #removeRows(tx: Transaction, deletion: DeletionRow): Promise<boolean> {
    const ids = await listMarkedRuns(tx, deletion.id, RUNS_AT_A_TIME);
    if (ids.length > 0) {
      await keepWorkingTime(tx, ids);
      const { runs, models } = await removeRuns(tx, ids);
      await addReleasedFiles(tx, deletion, models);
      await countTowards(tx, deletion.id, { runsDeleted: runs, artifactsDeleted: models.length });
      return true;
    }
    await addReleasedFiles(tx, deletion, await removeBatchesOfDataset(tx, deletion.id));
    const files = await removeDataset(tx, deletion.id);
    await addReleasedFiles(tx, deletion, files);
    return files.length > 0;
  }

  async #removeFile({ deletionId: id, workspaceId, sha256 }: DeletionFileRow): Promise<void> {
    const { database, blobs, rate } = this.#dependencies;
    const key = { workspaceId, sha256 };
    await rate.take();
    const existed = await blobs.exists(key);
    await database.transaction({ workspaceId }, async (tx) => {
      const file = await lockReleasedFile(tx, id, sha256);
      if (file === null) return;
      if (file.references > 0) await blobs.release(tx, key, file.references);
      await recordRelease(tx, id, sha256, existed);
    });
    const removal = await blobs.purge(key);
    const removed = await database.transaction({ workspaceId }, async (tx) => {
      const file = await lockReleasedFile(tx, id, sha256);
      if (file === null || !(await dropReleasedFile(tx, id, sha256))) return null;
      await countTowards(tx, id, removedOf(removal, file));
      return removedOf(removal, file);
    });
    if (removed === null) return;
    const { filesRemoved: files, bytesReclaimed: bytes } = removed;
    this.#dependencies.observeRun({ removed: { files, bytes } });
  }

  async #finish(tx: Transaction, { id, jobId }: DeletionRow): Promise<void> {
    if (jobId !== null) await this.#dependencies.jobs.remove(tx, removeDatasetJob, jobId);
    await finishDeletion(tx, id, new Date());
  }

  #report({
    id: datasetId,
    filesRemoved,
    filesMissing,
    bytesReclaimed,
    runsDeleted,
    artifactsDeleted,
  }: DeletionRow): void {
    const { observeRun, logger } = this.#dependencies;
    // Its files were counted one by one.
    observeRun({ removed: { datasets: 1, runs: runsDeleted, artifacts: artifactsDeleted } });
    logger.info({ datasetId, filesRemoved, filesMissing, bytesReclaimed, runsDeleted }, 'a dataset was removed');
  }
}

/** A file that was there and is missing now was removed by a process that ended before it could say so. */
function removedOf(removal: Removal, { existed, sizeBytes }: DeletionFileRow): Removal {
  if (removal.filesMissing === 0 || existed !== true) return removal;
  return { filesRemoved: 1, filesMissing: 0, bytesReclaimed: sizeBytes };
}
