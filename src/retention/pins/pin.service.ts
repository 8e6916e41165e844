import type { ArtifactService } from '../../artifacts/artifact.service.ts';
import type { ArtifactRow } from '../../artifacts/artifact.store.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type { DatasetService } from '../../datasets/dataset.service.ts';
import type { DatasetRow } from '../../datasets/dataset.store.ts';
import { announceDataset } from '../../datasets/live/announce-dataset.ts';
import { expiryFrom } from '../../datasets/time-to-live.ts';
import { notFound } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { setDatasetPinned, setModelPinned } from './pin.store.ts';

/** Pins what is never to be removed automatically. */
export class Pins {
  readonly #database: Database;
  readonly #datasets: Pick<DatasetService, 'find'>;
  readonly #artifacts: Pick<ArtifactService, 'find'>;
  readonly #ttlDays: number | null;

  /** `ttlDays` is how long an unpinned dataset lives; null: for ever. */
  constructor(
    database: Database,
    datasets: Pick<DatasetService, 'find'>,
    artifacts: Pick<ArtifactService, 'find'>,
    ttlDays: number | null,
  ) {
    this.#database = database;
    this.#datasets = datasets;
    this.#artifacts = artifacts;
    this.#ttlDays = ttlDays;
  }

  /** A dataset that is unpinned lives as long as a new one. Throws NOT_FOUND. */
  async pinDataset(viewer: Viewer, id: string, pinned: boolean): Promise<DatasetRow> {
    const { workspaceId } = viewer;
    const expiresAt = expiryFrom(new Date(), this.#ttlDays);
    const isThere =
      isUuid(id) &&
      (await this.#database.transaction(viewer, async (tx) => {
        const isPinned = await setDatasetPinned(tx, id, pinned, expiresAt);
        if (isPinned) await announceDataset(tx, { id: id.toLowerCase(), workspaceId });
        return isPinned;
      }));
    const dataset = isThere ? await this.#datasets.find(viewer, id) : null;
    if (dataset === null) throw notFound('dataset', id);
    return dataset;
  }

  /** Throws NOT_FOUND. */
  async pinArtifact(viewer: Viewer, id: string, pinned: boolean): Promise<ArtifactRow> {
    const isThere = isUuid(id) && (await this.#database.transaction(viewer, (tx) => setModelPinned(tx, id, pinned)));
    const artifact = isThere ? await this.#artifacts.find(viewer, id) : null;
    if (artifact === null) throw notFound('artifact', id);
    return artifact;
  }
}
