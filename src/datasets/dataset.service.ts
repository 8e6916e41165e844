import type { Readable } from 'node:stream';
import type { Viewer } from '../auth/viewer.ts';
import type { BlobService, ReadableFile } from '../blobs/blob.service.ts';
import type { ByteRange } from '../platform/blob-store/blob-store.ts';
import { isUuid } from '../platform/ids.ts';
import { byIds } from '../platform/postgres/batch-query.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { PageOfRows } from '../platform/postgres/keyset.ts';
import {
  type ColumnOutline,
  type DatasetColumnRow,
  type DatasetRow,
  findColumns,
  findDataset,
  findDatasets,
  listOutlines,
} from './dataset.store.ts';
import {
  countDatasets,
  countVersions,
  type DatasetContents,
  type DatasetQuery,
  findListedDatasets,
  type ListedDataset,
  listDatasets,
  listVersions,
  type VersionsRequest,
} from './dataset-list.store.ts';
import { type ColumnsRequest, findContents, listColumns } from './dataset-parts.store.ts';

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

  /** The file as it was uploaded; null where there is none of that id. */
  async findFile(scope: Pick<Viewer, 'workspaceId'>, id: string): Promise<ReadableFile | null> {
    const dataset = await this.find(scope, id);
    if (dataset === null) return null;
    const { filename, sizeBytes, sha256 } = dataset;
    return { filename, contentType: 'text/csv', sizeBytes, sha256, open: (range) => this.read(dataset, range) };
  }

  /** The datasets with these ids, in their order; null for an unknown one. */
  async findMany(viewer: Viewer, ids: readonly string[]): Promise<(DatasetRow | null)[]> {
    return byIds(await this.#database.transaction(viewer, (tx) => findDatasets(tx, ids)), ids);
  }

  /** The same, without what can be large of them: for as many as a page shows. */
  async findListed(viewer: Viewer, ids: readonly string[]): Promise<(ListedDataset | null)[]> {
    return byIds(await this.#database.transaction(viewer, (tx) => findListedDatasets(tx, ids)), ids);
  }

  list(viewer: Viewer, query: DatasetQuery, page: PageOfRows): Promise<ListedDataset[]> {
    return this.#database.transaction(viewer, (tx) => listDatasets(tx, query, page));
  }

  count(viewer: Viewer, query: DatasetQuery): Promise<number> {
    return this.#database.transaction(viewer, (tx) => countDatasets(tx, query));
  }

  /** Of each of these names a page of its versions, newest first. */
  versions(viewer: Viewer, requests: readonly VersionsRequest[]): Promise<ListedDataset[][]> {
    return this.#database.transaction(viewer, (tx) => listVersions(tx, requests));
  }

  countVersions(viewer: Viewer, names: readonly string[]): Promise<number[]> {
    return this.#database.transaction(viewer, (tx) => countVersions(tx, names));
  }

  /** Of each of these datasets a page of its columns. */
  columns(viewer: Viewer, requests: readonly ColumnsRequest[]): Promise<DatasetColumnRow[][]> {
    return this.#database.transaction(viewer, (tx) => listColumns(tx, requests));
  }

  /** What lists leave out of these datasets, in their order; null for an unknown one. */
  async contents(viewer: Viewer, ids: readonly string[]): Promise<(DatasetContents | null)[]> {
    return byIds(await this.#database.transaction(viewer, (tx) => findContents(tx, ids)), ids);
  }

  /** These columns of these datasets, those of one dataset in the order of its file. */
  columnsNamed(
    viewer: Viewer,
    wanted: readonly { readonly datasetId: string; readonly name: string }[],
  ): Promise<DatasetColumnRow[]> {
    return this.#database.transaction(viewer, (tx) => findColumns(tx, wanted));
  }

  /** A dataset with what a training has to know of all of its columns; null for an unknown one. */
  async findWhole(
    { workspaceId }: Pick<Viewer, 'workspaceId'>,
    id: string,
  ): Promise<[DatasetRow | null, readonly ColumnOutline[]]> {
    if (!isUuid(id)) return [null, []];
    return await this.#database.transaction({ workspaceId }, (tx) =>
      Promise.all([findDataset(tx, id), listOutlines(tx, id)]),
    );
  }

  /** Streams the file as it was uploaded. */
  read({ workspaceId, sha256 }: Pick<DatasetRow, 'workspaceId' | 'sha256'>, range?: ByteRange): Promise<Readable> {
    return this.#blobs.read({ workspaceId, sha256 }, range);
  }
}
