import { expiryFrom } from '../../datasets/time-to-live.ts';
import { badInput } from '../../errors.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import { holdActiveBatches } from '../../predictions/batch/active-batches.service.ts';
import { holdActiveRuns } from '../../training/requests/active-runs.service.ts';
import { type DeletionRow, findDeletion, listDueDeletions } from '../datasets/dataset-deletion.store.ts';
import type { DatasetRemoval } from '../datasets/dataset-removal.service.ts';
import { endRestoreWindow, type MarkedDeletion, markAsDeleted } from '../datasets/mark-dataset.service.ts';
import { lockDataset } from '../datasets/marked-rows.store.ts';
import { countExpired, listExpired, measureRemovable } from './expiry.store.ts';

/** Of one call: each dataset takes some transactions. */
const MAX_DATASETS = 1_000;

/** The settings of expiry. */
export interface ExpirySettings {
  readonly RESTORE_WINDOW_DAYS: number;
  /** Whether runs outlive an expired dataset. */
  readonly DATASET_TTL_KEEPS_RUNS: boolean;
}

/** What expiry needs. */
export interface ExpiryDependencies {
  readonly database: Database;
  readonly jobs: Pick<JobSender, 'send'>;
  readonly removal: DatasetRemoval;
  readonly settings: ExpirySettings;
}

/** What a cleanup has done, or would do. */
export interface CleanupReport {
  readonly datasetIds: readonly string[];
  readonly runsDeleted: number;
  readonly artifactsDeleted: number;
  readonly filesRemoved: number;
  readonly filesMissing: number;
  readonly bytesReclaimed: number;
  /** Expired datasets that are still there. */
  readonly remaining: number;
}

/** Removes datasets whose time to live is over, and deleted ones that can no longer be restored. */
export class Expiry {
  readonly #dependencies: ExpiryDependencies;

  constructor(dependencies: ExpiryDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Deletes expired datasets of a workspace, at most `limit`, the first to expire first; with `dryRun` only tells what that would
   * remove. What active runs need stays. Throws BAD_USER_INPUT.
   */
  async cleanUp(workspaceId: string, limit: number, dryRun = false): Promise<CleanupReport> {
    if (limit < 1 || limit > MAX_DATASETS) {
      throw badInput('limit', `limit must be from 1 to ${MAX_DATASETS}; got ${limit}.`);
    }
    const now = new Date();
    const ids = await this.#inWorkspace(workspaceId, (tx) => listExpired(tx, now, limit));
    if (dryRun) return await this.#estimate(workspaceId, ids, now);
    const removed: Removed[] = [];
    for (const id of ids) {
      const one = await this.#expire(workspaceId, id);
      if (one !== null) removed.push(one);
    }
    const sum = (of: (one: Removed) => number) => removed.reduce((total, one) => total + of(one), 0);
    return {
      datasetIds: removed.map(({ deletion }) => deletion.id),
      runsDeleted: sum(({ marked }) => marked.runIds.length),
      artifactsDeleted: sum(({ marked }) => marked.artifacts),
      filesRemoved: sum(({ deletion }) => deletion.filesRemoved),
      filesMissing: sum(({ deletion }) => deletion.filesMissing),
      bytesReclaimed: sum(({ deletion }) => deletion.bytesReclaimed),
      remaining: await this.#inWorkspace(workspaceId, (tx) => countExpired(tx, now)),
    };
  }

  /** Removes deleted datasets of a workspace that can no longer be restored, at most `limit`; gives how many. */
  async endRestoreWindows(workspaceId: string, limit: number): Promise<number> {
    const { jobs, removal } = this.#dependencies;
    const due = await this.#inWorkspace(workspaceId, (tx) => listDueDeletions(tx, new Date(), limit));
    for (const id of due) {
      await this.#inWorkspace(workspaceId, async (tx) => {
        const dataset = await lockDataset(tx, id);
        if (!dataset?.restorableUntil || dataset.restorableUntil > new Date()) return;
        await endRestoreWindow(tx, jobs, dataset);
      });
      await removal.carryOut({ id, workspaceId });
    }
    return due.length;
  }

  /** Null for a dataset that has been pinned or deleted meanwhile, or that a run needs that has been started meanwhile. */
  async #expire(workspaceId: string, id: string): Promise<Removed | null> {
    const { jobs, removal, settings } = this.#dependencies;
    const marked = await this.#inWorkspace(workspaceId, async (tx) => {
      const active = await holdActiveRuns(tx, workspaceId, id);
      const batches = await holdActiveBatches(tx, workspaceId, id);
      const dataset = await lockDataset(tx, id);
      if (active.length > 0 || batches.length > 0 || dataset === null || dataset.deletedAt !== null) return null;
      if (dataset.expiresAt === null || dataset.expiresAt > new Date()) return null;
      const days = settings.RESTORE_WINDOW_DAYS;
      return await markAsDeleted(tx, jobs, dataset, {
        restorableUntil: days === 0 ? null : expiryFrom(new Date(), days),
        runs: settings.DATASET_TTL_KEEPS_RUNS ? 'NONE' : 'WITHOUT_USED_MODEL',
      });
    });
    if (marked === null) return null;
    await removal.carryOut({ id, workspaceId });
    const deletion = await this.#inWorkspace(workspaceId, (tx) => findDeletion(tx, id));
    return { marked, deletion: deletion ?? marked.deletion };
  }

  async #estimate(workspaceId: string, ids: readonly string[], now: Date): Promise<CleanupReport> {
    const { RESTORE_WINDOW_DAYS, DATASET_TTL_KEEPS_RUNS } = this.#dependencies.settings;
    const { removable, expired } = await this.#inWorkspace(workspaceId, async (tx) => ({
      removable: await measureRemovable(tx, ids, !DATASET_TTL_KEEPS_RUNS),
      expired: await countExpired(tx, now),
    }));
    const { runs: runsDeleted, artifacts: artifactsDeleted, files, bytes } = removable;
    // What can be restored keeps its files.
    const isAtOnce = RESTORE_WINDOW_DAYS === 0;
    const freed = { filesRemoved: isAtOnce ? files : 0, filesMissing: 0, bytesReclaimed: isAtOnce ? bytes : 0 };
    return { datasetIds: ids, runsDeleted, artifactsDeleted, ...freed, remaining: expired - ids.length };
  }

  #inWorkspace<T>(workspaceId: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#dependencies.database.transaction({ workspaceId }, work);
  }
}

/** An expired dataset that was deleted. */
interface Removed {
  readonly marked: MarkedDeletion;
  readonly deletion: DeletionRow;
}
