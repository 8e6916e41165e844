import type { BlobService } from '../../blobs/blob.service.ts';
import type { Config } from '../../config.ts';
import { expiryFrom } from '../../datasets/time-to-live.ts';
import type { TokenBucket } from '../../platform/concurrency/token-bucket.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { removeOldBatches } from './batch-removal.store.ts';

/** What the expiry of batch predictions needs. */
export interface BatchExpiryDependencies {
  readonly database: Database;
  readonly blobs: Pick<BlobService, 'release' | 'purge'>;
  readonly observeRun: ObserveRun;
  readonly rate: Pick<TokenBucket, 'take'>;
  readonly settings: Pick<Config, 'BATCH_PREDICTION_TTL_DAYS'>;
}

/** Deletes the batch predictions that ended long ago, with their files. */
export class BatchExpiry {
  readonly #dependencies: BatchExpiryDependencies;

  constructor(dependencies: BatchExpiryDependencies) {
    this.#dependencies = dependencies;
  }

  /** Does so for one workspace, at most `limit` of them; gives how many. What a crash leaves of their files, the sweep removes. */
  async expire(workspaceId: string, limit: number): Promise<number> {
    const { database, blobs, observeRun, rate, settings } = this.#dependencies;
    const { BATCH_PREDICTION_TTL_DAYS: days } = settings;
    const endedBefore = days === null ? null : expiryFrom(new Date(), -days);
    if (endedBefore === null) return 0;
    const { batches, files } = await database.transaction({ workspaceId }, async (tx) => {
      const removed = await removeOldBatches(tx, endedBefore, limit);
      for (const { sha256 } of removed.files) await blobs.release(tx, { workspaceId, sha256 });
      return removed;
    });
    for (const { sha256 } of files) {
      await rate.take();
      const { filesRemoved, bytesReclaimed } = await blobs.purge({ workspaceId, sha256 });
      observeRun({ removed: { files: filesRemoved, bytes: bytesReclaimed } });
    }
    return batches;
  }
}
