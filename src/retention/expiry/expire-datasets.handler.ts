import type { JobContext } from '../../platform/jobs/jobs.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { BatchExpiry } from '../batches/batch-expiry.service.ts';
import { eachWorkspace } from './each-workspace.ts';
import type { Expiry } from './expiry.service.ts';

/** Of a workspace at a time: another one's come in between. */
const DATASETS_AT_A_TIME = 100;
const BATCHES_AT_A_TIME = 100;

/** Removes datasets and batch predictions that have expired in all workspaces, and what can no longer be restored. Worker processes only. */
export class ExpireDatasetsHandler {
  readonly #database: Database;
  readonly #expiry: Pick<Expiry, 'cleanUp' | 'endRestoreWindows'>;
  readonly #batches: Pick<BatchExpiry, 'expire'>;
  readonly #logger: Logger;

  constructor(
    database: Database,
    expiry: Pick<Expiry, 'cleanUp' | 'endRestoreWindows'>,
    batches: Pick<BatchExpiry, 'expire'>,
    logger: Logger,
  ) {
    this.#database = database;
    this.#expiry = expiry;
    this.#batches = batches;
    this.#logger = logger;
  }

  async handle(_payload: object, { signal }: Pick<JobContext, 'signal'>): Promise<void> {
    let expired = 0;
    let ended = 0;
    let batches = 0;
    for await (const workspaceId of eachWorkspace(this.#database, signal)) {
      try {
        expired += (await this.#expiry.cleanUp(workspaceId, DATASETS_AT_A_TIME)).datasetIds.length;
        ended += await this.#expiry.endRestoreWindows(workspaceId, DATASETS_AT_A_TIME);
        batches += await this.#batches.expire(workspaceId, BATCHES_AT_A_TIME);
      } catch (error) {
        // The other workspaces are not to wait for this one.
        this.#logger.warn({ err: error, workspaceId }, 'what has expired in a workspace could not be removed');
      }
    }
    if (expired + ended > 0) this.#logger.info({ expired, ended }, 'expired datasets removed');
    if (batches > 0) this.#logger.info({ batches }, 'expired batch predictions removed');
  }
}
