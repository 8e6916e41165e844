import type { Readable } from 'node:stream';
import type { Viewer } from '../auth/viewer.ts';
import type { BlobService } from '../blobs/blob.service.ts';
import type { Database } from '../platform/database.ts';
import { isUuid } from '../platform/ids.ts';
import type { PageOfRows } from '../platform/keyset.ts';
import {
  type ColumnQuery,
  countDatasets,
  type DatasetColumnRow,
  type DatasetQuery,
  type DatasetRow,
  findColumns,
  findDataset,
  findDatasets,
  listAllColumns,
  listColumns,
  listDatasets,
} from './dataset.store.ts';

/** Reading what is known of the datasets of a workspace. */
export class DatasetService {
  readonly #database: Database;
  readonly #blobs: BlobService;

  constructor(database: Database, blobs: BlobService) {
    this.#database = database;
    this.#blobs = blobs;
  }

  async find({ workspaceId }: Pick<Viewer, 'workspaceId'>, id: string): Promise<DatasetRow | null> {
    if (!isUuid(id)) return null;
    return await this.#database.transaction({ workspaceId }, (tx) => findDataset(tx, id));
  }

  /** The datasets with these ids, in their order; null for an unknown one. */
  async findMany(viewer: Viewer, ids: readonly string[]): Promise<(DatasetRow | null)[]> {
    const rows = await this.#database.transaction(viewer, (tx) => findDatasets(tx, ids));
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  list(viewer: Viewer, query: DatasetQuery, page: PageOfRows): Promise<DatasetRow[]> {
    return this.#database.transaction(viewer, (tx) => listDatasets(tx, query, page));
  }

  count(viewer: Viewer, query: DatasetQuery): Promise<number> {
    return this.#database.transaction(viewer, (tx) => countDatasets(tx, query));
  }

  columns(viewer: Viewer, datasetId: string, query: ColumnQuery): Promise<DatasetColumnRow[]> {
    return this.#database.transaction(viewer, (tx) => listColumns(tx, datasetId, query));
  }

  /** These columns of these datasets, those of one dataset in the order of its file. */
  columnsNamed(
    viewer: Viewer,
    wanted: readonly { readonly datasetId: string; readonly name: string }[],
  ): Promise<DatasetColumnRow[]> {
    return this.#database.transaction(viewer, (tx) => findColumns(tx, wanted));
  }

  /** A dataset with all of its columns; null for an unknown one. */
  async findWhole(
    { workspaceId }: Pick<Viewer, 'workspaceId'>,
    id: string,
  ): Promise<[DatasetRow | null, readonly DatasetColumnRow[]]> {
    if (!isUuid(id)) return [null, []];
    return await this.#database.transaction({ workspaceId }, (tx) =>
      Promise.all([findDataset(tx, id), listAllColumns(tx, id)]),
    );
  }

  /** Streams the file as it was uploaded. */
  read({ workspaceId, sha256 }: Pick<DatasetRow, 'workspaceId' | 'sha256'>): Promise<Readable> {
    return this.#blobs.read({ workspaceId, sha256 });
  }
}
