import type { Viewer } from '../../auth/viewer.ts';
import { notFound, TrainyardError } from '../../errors.ts';
import { isEnded } from '../../jobs/job-status.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { lockRun, setArchived, type TrainingRunRow } from './training-run.store.ts';

/** Archives ended runs, which removes them from lists and from the history, and restores them. */
export class RunArchive {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Archiving again keeps archivedAt. Throws NOT_FOUND, and CONFLICT for a run that has not ended. */
  async setArchived(viewer: Viewer, id: string, archived: boolean): Promise<TrainingRunRow> {
    if (!isUuid(id)) throw notFound('training run', id);
    return await this.#database.transaction(viewer, async (tx) => {
      const run = await lockRun(tx, id);
      if (run === null) throw notFound('training run', id);
      if (archived === (run.archivedAt !== null)) return run;
      if (!isEnded(run.status)) throw notEnded(run);
      const archivedAt = archived ? new Date() : null;
      await setArchived(tx, run, archivedAt);
      return { ...run, archivedAt };
    });
  }

  /** Archives those of these runs that have ended and are not archived yet; gives how many. */
  async archiveEnded(workspaceId: string, ids: readonly string[]): Promise<number> {
    return await this.#database.transaction({ workspaceId }, async (tx) => {
      let archived = 0;
      for (const id of ids) {
        const run = await lockRun(tx, id);
        if (run === null || run.archivedAt !== null || !isEnded(run.status)) continue;
        await setArchived(tx, run, new Date());
        archived += 1;
      }
      return archived;
    });
  }
}

function notEnded({ status }: TrainingRunRow): TrainyardError {
  return new TrainyardError('CONFLICT', `The training is ${status}; only a run that has ended can be archived.`, {
    argument: 'id',
    hint: 'Wait until it ends, or cancel it first.',
  });
}
