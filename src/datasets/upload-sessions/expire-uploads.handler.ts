import type { JobContext } from '../../platform/jobs/jobs.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { PartedUpload, PartStore } from '../../platform/part-store/part-store.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { UPLOAD_EXPIRED } from './upload-error.ts';
import { changeUpload, deleteOldUploads, findUpload, listExpiredUploads } from './upload-session.store.ts';
import { isUploadEnded } from './upload-session-status.ts';

/** Small enough for short transactions. */
const SESSIONS_AT_A_TIME = 100;

/** For so long users can still read how an upload ended. */
const KEPT_MILLISECONDS = 7 * 24 * 60 * 60 * 1000;

/** Aborts uploads that nobody completed in time, forgets those that ended long ago, and removes parts that belong to none. */
export class ExpireUploadsHandler {
  readonly #database: Database;
  readonly #parts: PartStore;
  readonly #logger: Logger;

  constructor(database: Database, parts: PartStore, logger: Logger) {
    this.#database = database;
    this.#parts = parts;
    this.#logger = logger;
  }

  async handle(_payload: object, { signal }: Pick<JobContext, 'signal'>): Promise<void> {
    const expired = await this.#abortExpired(signal);
    const before = new Date(Date.now() - KEPT_MILLISECONDS);
    const forgotten = await this.#database.transaction({ maintenance: true }, (tx) => deleteOldUploads(tx, before));
    const removed = await this.#removeOrphans(signal);
    if (expired + forgotten + removed > 0) this.#logger.info({ expired, forgotten, removed }, 'old uploads removed');
  }

  async #abortExpired(signal: AbortSignal): Promise<number> {
    let expired = 0;
    for (let last = SESSIONS_AT_A_TIME; last === SESSIONS_AT_A_TIME && !signal.aborted; expired += last) {
      const found = await this.#database.transaction({ maintenance: true }, (tx) =>
        listExpiredUploads(tx, SESSIONS_AT_A_TIME),
      );
      for (const { id, workspaceId } of found) {
        const end = { ...UPLOAD_EXPIRED, status: 'ABORTED', etaSeconds: null, finishedAt: new Date() } as const;
        await this.#database.transaction({ workspaceId }, (tx) => changeUpload(tx, id, ['RECEIVING'], end));
      }
      last = found.length;
    }
    return expired;
  }

  /** What has ended keeps no parts, and neither does what a crash has left without a row. */
  async #removeOrphans(signal: AbortSignal): Promise<number> {
    let removed = 0;
    for await (const upload of this.#parts.uploads()) {
      if (signal.aborted) break;
      if (await this.#isNeeded(upload)) continue;
      await this.#parts.remove(upload);
      removed += 1;
    }
    return removed;
  }

  async #isNeeded({ id, workspaceId, startedAt }: PartedUpload & { readonly startedAt: Date }): Promise<boolean> {
    const session = await this.#database.transaction({ workspaceId }, (tx) => findUpload(tx, id));
    // An upload is begun before its row is written.
    if (session === null) return Date.now() - startedAt.getTime() < GRACE_MILLISECONDS;
    return !isUploadEnded(session.status);
  }
}

/** Longer than it takes to begin an upload, and to restore one half of a backup after the other. */
const GRACE_MILLISECONDS = 24 * 60 * 60 * 1000;
