import type { Viewer } from '../../auth/viewer.ts';
import { InputErrors, notFound } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { lockRun, setLabels, type TrainingRunRow } from '../runs/training-run.store.ts';
import { parseRunName, parseTags } from './parse-labels.ts';

/** What a user changes of the labels of a run; undefined: it stays. */
export interface LabelsChange {
  readonly name?: string | null;
  readonly tags?: readonly string[];
}

/** Names and tags runs, whatever their status. */
export class RunLabels {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws NOT_FOUND, and BAD_USER_INPUT with everything that is wrong. */
  async change(viewer: Viewer, id: string, change: LabelsChange): Promise<TrainingRunRow> {
    const errors = new InputErrors();
    const name = errors.collect(() => (typeof change.name === 'string' ? parseRunName(change.name) : change.name));
    const tags = errors.collect(() => change.tags && parseTags(change.tags));
    errors.throwIfAny();
    if (!isUuid(id)) throw notFound('training run', id);
    return await this.#database.transaction(viewer, async (tx) => {
      const run = await lockRun(tx, id);
      if (run === null) throw notFound('training run', id);
      const labels = { name: name === undefined ? run.name : name, tags: tags ?? run.tags };
      if (labels.name === run.name && labels.tags.join('\n') === run.tags.join('\n')) return run;
      const labelledAt = new Date();
      await setLabels(tx, run, { ...labels, labelledAt });
      return { ...run, ...labels, labelledAt };
    });
  }
}
