import { recordAudit } from '../../auth/audit/record-audit.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { BlobService, Removal } from '../../blobs/blob.service.ts';
import { notFound, TrainyardError } from '../../errors.ts';
import { isEnded } from '../../jobs/job-status.ts';
import { isUuid } from '../../platform/ids.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { announceDeletedRuns } from '../../training/live/announce-deleted-runs.ts';
import { keepWorkingTime } from '../../training/working-time/working-time.service.ts';
import { lockRemovableRun, type RemovableRun, removeRuns } from './run-removal.store.ts';

/** What deleting runs needs. */
export interface RunDeletionDependencies {
  readonly database: Database;
  readonly blobs: Pick<BlobService, 'release' | 'purge'>;
  readonly observeRun: ObserveRun;
}

/** Deletes single runs. */
export class RunDeletions {
  readonly #dependencies: RunDeletionDependencies;

  constructor(dependencies: RunDeletionDependencies) {
    this.#dependencies = dependencies;
  }

  /** Deletes a run that has ended, with its events, evaluation and model. Throws NOT_FOUND, and CONFLICT for an active run. */
  async delete(viewer: Viewer, id: string): Promise<Removal> {
    if (!isUuid(id)) throw notFound('training run', id);
    const { workspaceId } = viewer;
    const { database, blobs, observeRun } = this.#dependencies;
    const models = await database.transaction(viewer, async (tx) => {
      const run = await lockRemovableRun(tx, id);
      if (run === null) throw notFound('training run', id);
      if (!isEnded(run.status)) throw stillActive(run);
      await keepWorkingTime(tx, [run.id]);
      const removed = await removeRuns(tx, [run.id]);
      for (const { sha256 } of removed.models) await blobs.release(tx, { workspaceId, sha256 });
      await announceDeletedRuns(tx, workspaceId, run.datasetId, [run.id]);
      await recordAudit(tx, 'training.deleted', { subject: run.id });
      return removed.models;
    });
    let total: Removal = { filesRemoved: 0, filesMissing: 0, bytesReclaimed: 0 };
    for (const { sha256 } of models) total = sumOf(total, await blobs.purge({ workspaceId, sha256 }));
    const { filesRemoved: files, bytesReclaimed: bytes } = total;
    observeRun({ removed: { runs: 1, artifacts: models.length, files, bytes } });
    return total;
  }
}

function sumOf(one: Removal, other: Removal): Removal {
  return {
    filesRemoved: one.filesRemoved + other.filesRemoved,
    filesMissing: one.filesMissing + other.filesMissing,
    bytesReclaimed: one.bytesReclaimed + other.bytesReclaimed,
  };
}

function stillActive({ id, status }: RemovableRun): TrainyardError {
  return new TrainyardError('CONFLICT', `The training is ${status}; only a run that has ended can be deleted.`, {
    argument: 'id',
    hint: 'Wait until it ends, or cancel it first.',
    runIds: [id],
  });
}
