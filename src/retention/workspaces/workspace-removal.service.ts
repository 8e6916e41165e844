import type { BlobService } from '../../blobs/blob.service.ts';
import type { TokenBucket } from '../../platform/concurrency/token-bucket.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { removeRuns } from '../runs/run-removal.store.ts';
import { hasMembers, listAnyRuns, removeWorkspaceRows } from './workspace-removal.store.ts';

/** Their events may be a million rows: a transaction takes some seconds at the most. */
const RUNS_AT_A_TIME = 20;

export interface WorkspaceRemovalDependencies {
  readonly database: Database;
  readonly blobs: Pick<BlobService, 'listStored' | 'removeUnowned'>;
  /** One token for each file that is removed. */
  readonly rate: Pick<TokenBucket, 'take'>;
  readonly observeRun: ObserveRun;
  readonly logger: Logger;
}

/**
 * Removes a workspace that has no members: the rows of its runs, then all others, then its files. Each step can be repeated: what a
 * crash leaves are files of a workspace that the database does not know, which the sweep removes too.
 */
export class WorkspaceRemoval {
  readonly #dependencies: WorkspaceRemovalDependencies;

  constructor(dependencies: WorkspaceRemovalDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Removes a workspace, also one that nobody belongs to since its last member's account was deleted. False, and nothing done, if it
   * has a member. Rejects where the database or the store does not answer.
   */
  async carryOut(workspaceId: string, signal?: AbortSignal): Promise<boolean> {
    const { database, logger, observeRun } = this.#dependencies;
    const isUsed = await database.transaction({ workspaceId }, hasMembers);
    if (isUsed) return false;
    for (let left = true; left; ) {
      signal?.throwIfAborted();
      left = await this.#removeSomeRuns(workspaceId);
    }
    await database.transaction({ workspaceId }, removeWorkspaceRows);
    const removed = await this.#removeFiles(workspaceId, signal);
    observeRun({ removed });
    logger.info({ workspaceId, filesRemoved: removed.files, bytesReclaimed: removed.bytes }, 'a workspace was removed');
    return true;
  }

  /** False where there were none. */
  async #removeSomeRuns(workspaceId: string): Promise<boolean> {
    return await this.#dependencies.database.transaction({ workspaceId }, async (tx) => {
      const ids = await listAnyRuns(tx, RUNS_AT_A_TIME);
      if (ids.length > 0) await removeRuns(tx, ids);
      return ids.length > 0;
    });
  }

  async #removeFiles(workspaceId: string, signal: AbortSignal | undefined): Promise<{ files: number; bytes: number }> {
    const { blobs, rate } = this.#dependencies;
    const removed = { files: 0, bytes: 0 };
    for await (const { sha256, sizeBytes } of blobs.listStored(workspaceId)) {
      signal?.throwIfAborted();
      await rate.take();
      if (!(await blobs.removeUnowned({ workspaceId, sha256 }))) continue;
      removed.files += 1;
      removed.bytes += sizeBytes;
    }
    return removed;
  }
}
