import type { Viewer } from '../auth/viewer.ts';
import type { BlobService, ReadableFile } from '../blobs/blob.service.ts';
import { isUuid } from '../platform/ids.ts';
import { byIds } from '../platform/postgres/batch-query.ts';
import type { Database, Transaction } from '../platform/postgres/database.ts';
import type { PageOfRows } from '../platform/postgres/keyset.ts';
import {
  type ColumnOutline,
  type DatasetColumnRow,
  type DatasetRow,
  findColumns,
  findDataset,
  findDatasets,
  listOutlines,
  shareDataset,
} from './dataset.store.ts';
import {
  countDatasets,
  countVersions,
  type DatasetContents,
  type DatasetQuery,
  findDatasetHeads,
  findListedDatasets,
  type ListedDataset,
  listDatasets,
  listVersions,
  type VersionsRequest,
} from './dataset-list.store.ts';
import { type ColumnsRequest, findContents, listColumns } from './dataset-parts.store.ts';

/** So many are compared where notifications may have been missed; older ones hardly ever change. */
const FOLLOWED_DATASETS = 200;

/** Reads the datasets of a workspace. */
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

  /** The uploaded file; null for an unknown id. */
  async findFile(scope: Pick<Viewer, 'workspaceId'>, id: string): Promise<ReadableFile | null> {
    const dataset = await this.find(scope, id);
    if (dataset === null) return null;
    return this.#blobs.readable(dataset, dataset.sizeBytes, { filename: dataset.filename, contentType: 'text/csv' });
  }

  /** The datasets with these ids, in that order; null for an unknown id. */
  async findMany(viewer: Viewer, ids: readonly string[]): Promise<(DatasetRow | null)[]> {
    return byIds(await this.#database.transaction(viewer, (tx) => findDatasets(tx, ids)), ids);
  }

  /** The same without the large parts, for whole pages. */
  async findListed(viewer: Viewer, ids: readonly string[]): Promise<(ListedDataset | null)[]> {
    return byIds(await this.#database.transaction(viewer, (tx) => findListedDatasets(tx, ids)), ids);
  }

  /** Of the newest datasets what can change while they are there. */
  heads(viewer: Viewer): Promise<Pick<DatasetRow, 'id' | 'pinned' | 'expiresAt'>[]> {
    return this.#database.transaction(viewer, (tx) => findDatasetHeads(tx, FOLLOWED_DATASETS));
  }

  list(viewer: Viewer, query: DatasetQuery, page: PageOfRows): Promise<ListedDataset[]> {
    return this.#database.transaction(viewer, (tx) => listDatasets(tx, query, page));
  }

  count(viewer: Viewer, query: DatasetQuery): Promise<number> {
    return this.#database.transaction(viewer, (tx) => countDatasets(tx, query));
  }

  /** For each name, a page of its versions, newest first. */
  versions(viewer: Viewer, requests: readonly VersionsRequest[]): Promise<ListedDataset[][]> {
    return this.#database.transaction(viewer, (tx) => listVersions(tx, requests));
  }

  countVersions(viewer: Viewer, names: readonly string[]): Promise<number[]> {
    return this.#database.transaction(viewer, (tx) => countVersions(tx, names));
  }

  /** For each dataset, a page of its columns. */
  columns(viewer: Viewer, requests: readonly ColumnsRequest[]): Promise<DatasetColumnRow[][]> {
    return this.#database.transaction(viewer, (tx) => listColumns(tx, requests));
  }

  /** The parts that lists leave out, in the order of the ids; null for an unknown id. */
  async contents(viewer: Viewer, ids: readonly string[]): Promise<(DatasetContents | null)[]> {
    return byIds(await this.#database.transaction(viewer, (tx) => findContents(tx, ids)), ids);
  }

  /** The named columns of the datasets; the columns of a dataset are in file order. */
  columnsNamed(
    viewer: Viewer,
    wanted: readonly { readonly datasetId: string; readonly name: string }[],
  ): Promise<DatasetColumnRow[]> {
    return this.#database.transaction(viewer, (tx) => findColumns(tx, wanted));
  }

  /** A dataset with all of its columns as a training needs them; null for an unknown id. */
  async findWhole(
    { workspaceId }: Pick<Viewer, 'workspaceId'>,
    id: string,
  ): Promise<[DatasetRow | null, readonly ColumnOutline[]]> {
    if (!isUuid(id)) return [null, []];
    return await this.#database.transaction({ workspaceId }, (tx) =>
      Promise.all([findDataset(tx, id), listOutlines(tx, id)]),
    );
  }
}

/** Keeps a dataset from being deleted until the transaction ends; false where there is none any more. */
export function holdDataset(tx: Transaction, id: string): Promise<boolean> {
  return shareDataset(tx, id);
}
