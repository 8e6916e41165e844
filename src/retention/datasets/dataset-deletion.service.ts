import { recordAudit } from '../../auth/audit/record-audit.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { DatasetService } from '../../datasets/dataset.service.ts';
import type { DatasetRow } from '../../datasets/dataset.store.ts';
import { announceNewDataset } from '../../datasets/live/announce-dataset.ts';
import { expiryFrom } from '../../datasets/time-to-live.ts';
import { notFound, TrainyardError } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { JobSender } from '../../platform/jobs/jobs.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import { cancelBatch, holdActiveBatches } from '../../predictions/batch/active-batches.service.ts';
import { announceRestoredRuns } from '../../training/live/announce-deleted-runs.ts';
import { cancelRun, holdActiveRuns } from '../../training/requests/active-runs.service.ts';
import { endedRun } from '../../training/runs/ended-run.ts';
import type { ListedRun } from '../../training/runs/training-run-list.store.ts';
import { unmarkBatchesOfDataset } from '../batches/batch-removal.store.ts';
import { type DeletionRow, dropDeletion, findDeletion } from './dataset-deletion.store.ts';
import type { DatasetRemoval } from './dataset-removal.service.ts';
import { endRestoreWindow, markAsDeleted } from './mark-dataset.service.ts';
import { lockDataset, type MarkedDataset, unmarkDataset, unmarkRuns } from './marked-rows.store.ts';

export const ACTIVE_RUNS_POLICIES = ['REFUSE', 'CANCEL'] as const;

/** What is to become of the runs of a deleted dataset that have not ended. */
export type ActiveRunsPolicy = (typeof ACTIVE_RUNS_POLICIES)[number];

/** So many ids of active runs are told; the message tells how many there are. */
const MAX_LISTED_RUNS = 100;

/** The settings of deletions. */
export interface DeletionSettings {
  readonly RESTORE_WINDOW_DAYS: number;
  readonly DATASET_TTL_DAYS: number | null;
}

/** What deleting needs. */
export interface DeletionDependencies {
  readonly database: Database;
  readonly datasets: Pick<DatasetService, 'find'>;
  readonly jobs: JobSender;
  readonly removal: DatasetRemoval;
  readonly observeRun: ObserveRun;
  readonly settings: DeletionSettings;
}

/** Deletes datasets with all that was made of them, and restores them. */
export class DatasetDeletions {
  readonly #dependencies: DeletionDependencies;

  constructor(dependencies: DeletionDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Deletes a dataset, its runs and their models: gone for every reader at once, and removed then, or when the restore window
   * ends. Of one that can still be restored gives the same deletion again, and with `permanent` ends that. Throws NOT_FOUND, and
   * CONFLICT where runs are active and not to be cancelled.
   */
  async delete(
    viewer: Viewer,
    id: string,
    { activeRuns, permanent }: { readonly activeRuns: ActiveRunsPolicy; readonly permanent: boolean },
  ): Promise<DeletionRow> {
    if (!isUuid(id)) throw notFound('dataset', id);
    const { database, jobs, removal, observeRun } = this.#dependencies;
    const { deletion, cancelled } = await database.transaction(viewer, async (tx) => {
      // The queue before the dataset: in that order a start of a run locks them too.
      const active = await holdActiveRuns(tx, viewer.workspaceId, id);
      const batches = await holdActiveBatches(tx, viewer.workspaceId, id);
      const dataset = await lockDataset(tx, id);
      if (dataset === null) throw notFound('dataset', id);
      if (dataset.deletedAt !== null) return { deletion: await this.#again(tx, dataset, permanent), cancelled: [] };
      if (active.length > 0 && activeRuns === 'REFUSE') throw inUse(active);
      if (batches.length > 0 && activeRuns === 'REFUSE') throw inUseByBatches(batches.length);
      for (const run of active) await cancelRun(tx, jobs, run);
      for (const batch of batches) await cancelBatch(tx, jobs, batch);
      const restorableUntil = permanent ? null : this.#restorableUntil();
      const marked = await markAsDeleted(tx, jobs, dataset, { restorableUntil, runs: 'ALL' });
      return { deletion: marked.deletion, cancelled: active };
    });
    for (const run of cancelled) observeRun({ endedRun: endedRun(run, 'CANCELLED', 'CANCELLED') });
    if (deletion.status !== 'DELETING') return deletion;
    await removal.start(deletion);
    return await this.find(viewer, id);
  }

  /** What has become of a deletion. Throws NOT_FOUND where there is none, or where it ended more than 30 days ago. */
  async find(viewer: Viewer, id: string): Promise<DeletionRow> {
    const row = isUuid(id) ? await this.#dependencies.database.transaction(viewer, (tx) => findDeletion(tx, id)) : null;
    if (row === null) throw notFound('deletion of a dataset', id);
    return row;
  }

  /**
   * Restores a deleted dataset with its runs and models; its time to live begins anew. One that is not deleted stays as it is.
   * Throws NOT_FOUND, and CONFLICT where it is too late.
   */
  async restore(viewer: Viewer, id: string): Promise<DatasetRow> {
    if (!isUuid(id)) throw notFound('dataset', id);
    const { database, datasets } = this.#dependencies;
    await database.transaction(viewer, async (tx) => {
      const dataset = await lockDataset(tx, id);
      if (dataset === null) throw notFound('dataset', id);
      if (dataset.deletedAt === null) return;
      if (dataset.restorableUntil === null || dataset.restorableUntil <= new Date()) throw tooLate();
      await unmarkDataset(tx, id, this.#expiresAt(dataset));
      await unmarkBatchesOfDataset(tx, id);
      await announceRestoredRuns(tx, viewer.workspaceId, await unmarkRuns(tx, id));
      await announceNewDataset(tx, dataset);
      await dropDeletion(tx, id);
      await recordAudit(tx, 'dataset.restored', { subject: id });
    });
    const restored = await datasets.find(viewer, id);
    if (restored === null) throw notFound('dataset', id);
    return restored;
  }

  /** Of a dataset that is marked as deleted already. */
  async #again(tx: Transaction, dataset: MarkedDataset, permanent: boolean): Promise<DeletionRow> {
    // It cannot be restored any more: nobody sees it.
    if (dataset.restorableUntil === null) throw notFound('dataset', dataset.id);
    const deletion = permanent
      ? await endRestoreWindow(tx, this.#dependencies.jobs, dataset)
      : await findDeletion(tx, dataset.id);
    if (deletion === null) throw notFound('dataset', dataset.id);
    return deletion;
  }

  #restorableUntil(): Date | null {
    const days = this.#dependencies.settings.RESTORE_WINDOW_DAYS;
    return days === 0 ? null : expiryFrom(new Date(), days);
  }

  #expiresAt({ pinned, expiresAt }: MarkedDataset): Date | null {
    return pinned || expiresAt === null ? null : expiryFrom(new Date(), this.#dependencies.settings.DATASET_TTL_DAYS);
  }
}

function inUse(active: readonly Pick<ListedRun, 'id'>[]): TrainyardError {
  const runs = active.length === 1 ? '1 run' : `${active.length} runs`;
  return new TrainyardError(
    'CONFLICT',
    `${runs} of the dataset ${active.length === 1 ? 'has' : 'have'} not ended yet.`,
    {
      argument: 'activeRuns',
      hint: 'Wait until they have ended, or delete the dataset with activeRuns: CANCEL.',
      runIds: active.slice(0, MAX_LISTED_RUNS).map(({ id }) => id),
    },
  );
}

function inUseByBatches(count: number): TrainyardError {
  const what = count === 1 ? '1 batch prediction of the dataset has' : `${count} batch predictions of the dataset have`;
  return new TrainyardError('CONFLICT', `${what} not ended yet.`, {
    argument: 'activeRuns',
    hint: 'Wait until they have ended, or delete the dataset with activeRuns: CANCEL.',
  });
}

function tooLate(): TrainyardError {
  return new TrainyardError('CONFLICT', 'The dataset is being removed; it can no longer be restored.', {
    argument: 'id',
    hint: 'Upload the file again.',
  });
}
