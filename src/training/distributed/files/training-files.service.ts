import type { BlobService, NewBlob } from '../../../blobs/blob.service.ts';
import { isEnded } from '../../../jobs/job-status.ts';
import { ClaimLostError } from '../../../jobs/workers/attempt-errors.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import { findRunClaim } from '../../runs/training-run.store.ts';
import {
  deleteTrainingFile,
  deleteTrainingFiles,
  insertTrainingFile,
  listEndedRunsWithFiles,
} from './training-file.store.ts';

/** The attempt that a file is stored for. */
export interface FileOwner {
  readonly workspaceId: string;
  readonly runId: string;
  readonly attempt: number;
}

const RUNS_AT_A_TIME = 100;

/** The files that trainings on several hosts have in the store until they end. */
export class TrainingFiles {
  readonly #database: Database;
  readonly #blobs: Pick<BlobService, 'stage' | 'acquire' | 'release' | 'purge'>;

  constructor(database: Database, blobs: Pick<BlobService, 'stage' | 'acquire' | 'release' | 'purge'>) {
    this.#database = database;
    this.#blobs = blobs;
  }

  /** Stores a temporary file. Throws ClaimLostError, and keeps nothing, if the attempt is no longer the run's. */
  async save({ workspaceId, runId, attempt }: FileOwner, blob: NewBlob): Promise<void> {
    await this.#blobs.stage(workspaceId, blob);
    try {
      await this.#database.transaction({ workspaceId }, async (tx) => {
        const claim = await findRunClaim(tx, runId);
        if (claim?.status !== 'RUNNING' || claim.attempt !== attempt) throw new ClaimLostError();
        const isNew = await insertTrainingFile(tx, { workspaceId, runId, sha256: blob.sha256 });
        if (isNew) await this.#blobs.acquire(tx, workspaceId, blob);
      });
    } catch (error) {
      // What the purge leaves, the sweep finds.
      await this.#blobs.purge({ workspaceId, sha256: blob.sha256 }).catch(() => undefined);
      throw error;
    }
  }

  /** Removes the files of a run, but those to keep. May be repeated. */
  async remove(workspaceId: string, runId: string, kept: readonly string[] = []): Promise<number> {
    const removed = await this.#database.transaction({ workspaceId }, async (tx) => {
      const hashes = await deleteTrainingFiles(tx, runId, kept);
      for (const sha256 of hashes) await this.#blobs.release(tx, { workspaceId, sha256 });
      return hashes;
    });
    for (const sha256 of removed) await this.#blobs.purge({ workspaceId, sha256 });
    return removed.length;
  }

  /** Removes one file of a run. May be repeated. */
  async removeOne(workspaceId: string, runId: string, sha256: string): Promise<void> {
    const isRemoved = await this.#database.transaction({ workspaceId }, async (tx) => {
      if (!(await deleteTrainingFile(tx, runId, sha256))) return false;
      await this.#blobs.release(tx, { workspaceId, sha256 });
      return true;
    });
    if (isRemoved) await this.#blobs.purge({ workspaceId, sha256 });
  }

  /** Removes the files of a run, unless it goes on. */
  async removeIfEnded(workspaceId: string, runId: string): Promise<void> {
    const claim = await this.#database.transaction({ workspaceId }, (tx) => findRunClaim(tx, runId));
    if (claim === null || isEnded(claim.status)) await this.remove(workspaceId, runId);
  }

  /** Removes the files of runs that have ended, or are gone: their worker did not come to it. Gives their number. */
  async removeOrphans(workspaceId: string): Promise<number> {
    let count = 0;
    for (;;) {
      const runs = await this.#database.transaction({ workspaceId }, (tx) =>
        listEndedRunsWithFiles(tx, RUNS_AT_A_TIME),
      );
      for (const runId of runs) count += await this.remove(workspaceId, runId);
      if (runs.length < RUNS_AT_A_TIME) return count;
    }
  }
}
