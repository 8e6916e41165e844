import type { Viewer } from '../../auth/viewer.ts';
import { notFound, TrainyardError } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { lockRun, setArchived, type TrainingRunRow } from './training-run.store.ts';
import { isEnded } from './training-run-status.ts';

/** Putting ended runs away, out of the lists and of the history, and taking them out again. */
export class RunArchive {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A run that is put away again keeps its moment. Throws NOT_FOUND, and CONFLICT for one that has not ended. */
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
  return new TrainyardError('CONFLICT', `The training is ${status}: only one that has ended can be archived.`, {
    argument: 'id',
    hint: 'Wait for its end, or cancel it first.',
  });
}
