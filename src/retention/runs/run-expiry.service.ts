import type { BlobService } from '../../blobs/blob.service.ts';
import type { Config } from '../../config.ts';
import type { TokenBucket } from '../../platform/concurrency/token-bucket.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import type { Database, Transaction } from '../../platform/postgres/database.ts';
import { announceDeletedRuns } from '../../training/live/announce-deleted-runs.ts';
import type { RunArchive } from '../../training/runs/run-archive.service.ts';
import { keepWorkingTime } from '../../training/working-time/working-time.service.ts';
import { countOldRuns, listOldRuns, lockUnusedRuns } from './run-expiry.store.ts';
import { removeRuns } from './run-removal.store.ts';

const MILLISECONDS_PER_DAY = 24 * 60 * 60 * 1000;

/** Their events may be a million rows: a transaction takes some seconds at the most. */
const RUNS_AT_A_TIME = 20;

/** What the expiry of runs needs. */
export interface RunExpiryDependencies {
  readonly database: Database;
  readonly blobs: Pick<BlobService, 'release' | 'purge'>;
  readonly archive: Pick<RunArchive, 'archiveEnded'>;
  readonly observeRun: ObserveRun;
  readonly rate: Pick<TokenBucket, 'take'>;
  readonly settings: Pick<Config, 'TRAINING_RUN_TTL_DAYS' | 'TRAINING_RUN_TTL_ACTION'>;
}

/** What has been done about old runs. */
export interface ExpiredRuns {
  readonly archived: number;
  readonly deleted: number;
  readonly bytesReclaimed: number;
}

/** Archives or deletes the runs that ended long ago, but none that is pinned. */
export class RunExpiry {
  readonly #dependencies: RunExpiryDependencies;

  constructor(dependencies: RunExpiryDependencies) {
    this.#dependencies = dependencies;
  }

  /** Does so for one workspace. With `isDryRun` it only counts them. */
  async expire(workspaceId: string, isDryRun: boolean): Promise<ExpiredRuns> {
    const { TRAINING_RUN_TTL_DAYS: days, TRAINING_RUN_TTL_ACTION: action } = this.#dependencies.settings;
    const done = { archived: 0, deleted: 0, bytesReclaimed: 0 };
    if (days === null) return done;
    const isDeleting = action === 'delete';
    const query = { endedBefore: new Date(Date.now() - days * MILLISECONDS_PER_DAY), withArchived: isDeleting };
    const inWorkspace = <T>(work: (tx: Transaction) => Promise<T>) =>
      this.#dependencies.database.transaction({ workspaceId }, work);
    if (isDryRun) {
      const old = await inWorkspace((tx) => countOldRuns(tx, query));
      return isDeleting ? { ...done, deleted: old } : { ...done, archived: old };
    }
    for (let listed = RUNS_AT_A_TIME, changed = 1; listed === RUNS_AT_A_TIME && changed > 0; ) {
      const ids = await inWorkspace((tx) => listOldRuns(tx, query, RUNS_AT_A_TIME));
      listed = ids.length;
      if (isDeleting) {
        const { runs, bytes } = await this.#delete(workspaceId, ids);
        changed = runs;
        done.deleted += runs;
        done.bytesReclaimed += bytes;
      } else {
        changed = await this.#dependencies.archive.archiveEnded(workspaceId, ids);
        done.archived += changed;
      }
    }
    return done;
  }

  /** Deletes runs with all that belongs to them. What a crash leaves of their files, the sweep removes. */
  async #delete(
    workspaceId: string,
    ids: readonly string[],
  ): Promise<{ readonly runs: number; readonly bytes: number }> {
    const { database, blobs, observeRun, rate } = this.#dependencies;
    const { runs, models } = await database.transaction({ workspaceId }, async (tx) => {
      const old = await lockUnusedRuns(tx, ids);
      const oldIds = old.map(({ id }) => id);
      await keepWorkingTime(tx, oldIds);
      const removed = await removeRuns(tx, oldIds);
      for (const { sha256 } of removed.models) await blobs.release(tx, { workspaceId, sha256 });
      for (const { id, datasetId } of old) await announceDeletedRuns(tx, workspaceId, datasetId, [id]);
      return removed;
    });
    observeRun({ removed: { runs, artifacts: models.length } });
    let total = 0;
    for (const { sha256 } of models) {
      await rate.take();
      const { filesRemoved: files, bytesReclaimed: bytes } = await blobs.purge({ workspaceId, sha256 });
      observeRun({ removed: { files, bytes } });
      total += bytes;
    }
    return { runs, bytes: total };
  }
}
