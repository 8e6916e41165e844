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
}

function notEnded({ status }: TrainingRunRow): TrainyardError {
  return new TrainyardError('CONFLICT', `The training is ${status}; only a run that has ended can be archived.`, {
    argument: 'id',
    hint: 'Wait until it ends, or cancel it first.',
  });
}
