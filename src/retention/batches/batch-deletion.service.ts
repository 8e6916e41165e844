import { recordAudit } from '../../auth/audit/record-audit.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { BlobService } from '../../blobs/blob.service.ts';
import { notFound, TrainyardError } from '../../errors.ts';
import { isEnded } from '../../jobs/job-status.ts';
import { isUuid } from '../../platform/ids.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { lockRemovableBatch, removeBatch } from './batch-removal.store.ts';

/** What deleting batch predictions needs. */
export interface BatchDeletionDependencies {
  readonly database: Database;
  readonly blobs: Pick<BlobService, 'release' | 'purge'>;
  readonly observeRun: ObserveRun;
}

/** Deletes single batch predictions. */
export class BatchDeletions {
  readonly #dependencies: BatchDeletionDependencies;

  constructor(dependencies: BatchDeletionDependencies) {
    this.#dependencies = dependencies;
  }

  /** Deletes one that has ended, with its file. Throws NOT_FOUND, and CONFLICT for an active one. */
  async delete(viewer: Viewer, id: string): Promise<void> {
    if (!isUuid(id)) throw notFound('batch prediction', id);
    const { workspaceId } = viewer;
    const { database, blobs, observeRun } = this.#dependencies;
    const files = await database.transaction(viewer, async (tx) => {
      const batch = await lockRemovableBatch(tx, id);
      if (batch === null) throw notFound('batch prediction', id);
      if (!isEnded(batch.status)) throw stillActive(batch.status);
      const removed = await removeBatch(tx, batch.id);
      for (const { sha256 } of removed) await blobs.release(tx, { workspaceId, sha256 });
      await recordAudit(tx, 'prediction.deleted', { subject: batch.id });
      return removed;
    });
    for (const { sha256 } of files) {
      const { filesRemoved, bytesReclaimed } = await blobs.purge({ workspaceId, sha256 });
      observeRun({ removed: { files: filesRemoved, bytes: bytesReclaimed } });
    }
  }
}

function stillActive(status: string): TrainyardError {
  return new TrainyardError('CONFLICT', `The batch prediction is ${status}; only one that has ended can be deleted.`, {
    argument: 'id',
    hint: 'Wait until it ends, or cancel it first.',
  });
}
