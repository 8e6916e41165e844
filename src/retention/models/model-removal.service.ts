import { recordAudit } from '../../auth/audit/record-audit.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { BlobService, Removal } from '../../blobs/blob.service.ts';
import { notFound } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { ObserveRun } from '../../platform/monitoring/process-metrics.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { recordModelRemoval } from '../../training/runs/training-run.service.ts';
import type { ModelWriter, PreparedModel } from '../../training/worker/model-files.ts';
import { forgetModelsOfBatches } from '../batches/batch-removal.store.ts';
import { countUnpinnedModels, listModelsBeyond, removeModel } from './model-removal.store.ts';

/** What removing models needs. */
export interface ModelRemovalDependencies {
  readonly database: Database;
  readonly blobs: Pick<BlobService, 'release' | 'purge'>;
  readonly observeRun: ObserveRun;
}

/** Removes the files of trained models: on request, and the oldest ones beyond the limit. The runs stay, and say when. */
export class ModelRemoval {
  readonly #dependencies: ModelRemovalDependencies;

  constructor(dependencies: ModelRemovalDependencies) {
    this.#dependencies = dependencies;
  }

  /** Deletes a model and its file. Throws NOT_FOUND. */
  async delete(viewer: Viewer, id: string): Promise<Removal> {
    const removal = isUuid(id) ? await this.#remove(viewer, id, false) : null;
    if (removal === null) throw notFound('artifact', id);
    return removal;
  }

  /** Removes the oldest unpinned models of a workspace beyond the limit, but never the best of what they predict. */
  async enforceLimit(workspaceId: string, maxModels: number): Promise<void> {
    const beyond = await this.#dependencies.database.transaction({ workspaceId }, async (tx) =>
      (await countUnpinnedModels(tx)) > maxModels ? await listModelsBeyond(tx, maxModels) : [],
    );
    for (const id of beyond) await this.#remove({ workspaceId }, id, true);
  }

  async #remove(
    remover: Pick<Viewer, 'workspaceId'> & Partial<Viewer>,
    id: string,
    onlyUnpinned: boolean,
  ): Promise<Removal | null> {
    const { workspaceId } = remover;
    const { database, blobs, observeRun } = this.#dependencies;
    const key = await database.transaction(remover, async (tx) => {
      const row = await removeModel(tx, id, onlyUnpinned);
      if (row === null) return null;
      await blobs.release(tx, { workspaceId, sha256: row.sha256 });
      await forgetModelsOfBatches(tx, [id]);
      await recordModelRemoval(tx, row.runId);
      await recordAudit(tx, 'model.deleted', { subject: id, details: { runId: row.runId } });
      return { workspaceId, sha256: row.sha256 };
    });
    if (key === null) return null;
    const removal = await blobs.purge(key);
    observeRun({ removed: { artifacts: 1, files: removal.filesRemoved, bytes: removal.bytesReclaimed } });
    return removal;
  }
}

/** Writes models, and keeps a workspace within its limit whenever it has one more. */
export class LimitedModelWriter implements ModelWriter {
  readonly #writer: ModelWriter;
  readonly #removal: Pick<ModelRemoval, 'enforceLimit'>;
  readonly #maxModels: number;

  /** `maxModels` is how many unpinned models a workspace keeps. */
  constructor(writer: ModelWriter, removal: Pick<ModelRemoval, 'enforceLimit'>, maxModels: number) {
    this.#writer = writer;
    this.#removal = removal;
    this.#maxModels = maxModels;
  }

  async prepare(workspaceId: string, bytes: Uint8Array): Promise<PreparedModel> {
    const prepared = await this.#writer.prepare(workspaceId, bytes);
    return {
      save: (tx, run) => prepared.save(tx, run),
      finish: async (saved) => {
        await prepared.finish(saved);
        if (saved) await this.#removal.enforceLimit(workspaceId, this.#maxModels);
      },
    };
  }
}
