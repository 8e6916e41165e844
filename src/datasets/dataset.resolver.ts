import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { BatchLoader } from '../api/graphql/batch-loader.ts';
import type { Context } from '../api/graphql/context.ts';
import { Cost } from '../api/graphql/field-cost.ts';
import { type Connection, parsePage, toConnection } from '../api/graphql/pagination.ts';
import { Upload } from '../api/graphql/scalars.ts';
import type { DownloadLinks } from '../api/http/download-links.ts';
import type { FormFile } from '../api/http/form-file.ts';
import { badInput, InputErrors } from '../errors.ts';
import { composed } from '../platform/user-text.ts';
import { ColumnPageArgs, DatasetFilter, UploadDatasetInput } from './dataset.input.ts';
import { toColumn, toDataset } from './dataset.mapper.ts';
import type { DatasetService } from './dataset.service.ts';
import type { DatasetColumnRow } from './dataset.store.ts';
import {
  ColumnType,
  DatasetConnection,
  DatasetIssueType,
  DatasetReportType,
  DatasetType,
  PreviewRowType,
  UploadDatasetPayloadType,
  ValueCountType,
} from './dataset.type.ts';
import type { DatasetContents } from './dataset-list.store.ts';
import type { ColumnsRequest } from './dataset-parts.store.ts';
import { parseCsvOptions } from './uploads/csv-options.ts';
import type { UploadService } from './uploads/upload.service.ts';
import { parseUploadOptions } from './uploads/upload-options.ts';

const MAX_COLUMN_PAGE = 1_000;

@Resolver(() => DatasetType)
export class DatasetResolver {
  readonly #datasets: DatasetService;
  readonly #uploads: UploadService;
  readonly #links: DownloadLinks;
  readonly #columns: BatchLoader<ColumnsRequest, readonly DatasetColumnRow[]>;
  readonly #contents: BatchLoader<string, DatasetContents | null>;

  constructor(datasets: DatasetService, uploads: UploadService, links: DownloadLinks) {
    this.#datasets = datasets;
    this.#uploads = uploads;
    this.#links = links;
    this.#columns = new BatchLoader((viewer, requests) => datasets.columns(viewer, requests));
    this.#contents = new BatchLoader((viewer, ids) => datasets.contents(viewer, ids));
  }

  @Query(() => DatasetConnection, { nullable: true, description: 'The datasets of the workspace, newest first.' })
  async datasets(
    @Arg('filter', () => DatasetFilter, { defaultValue: {} }) filter: DatasetFilter,
    @Arg('first', () => Int, { defaultValue: 20 }) first: number,
    @Arg('after', () => String, { nullable: true }) after: string | null,
    @Ctx() context: Context,
  ): Promise<Connection<DatasetType>> {
    const viewer = context.caller.viewer;
    const { name = null, nameContains: part = null, latestOnly, expiringBefore = null, deleted } = filter;
    // Names are stored composed.
    const nameContains = part === null ? null : composed(part);
    const query = { name, nameContains, latestOnly, expiringBefore, deleted };
    const page = parsePage(first, after);
    const rows = await this.#datasets.list(viewer, query, page);
    return toConnection(rows, page, toDataset, () => this.#datasets.count(viewer, query));
  }

  @Query(() => DatasetType, {
    nullable: true,
    description: 'Null, without an error, if the workspace has no such dataset.',
  })
  async dataset(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DatasetType | null> {
    const row = await this.#datasets.find(context.caller.viewer, id);
    return row && toDataset(row);
  }

  @Mutation(() => DatasetReportType, {
    nullable: true,
    description: 'A dry run of uploadDataset: the same report, but nothing is stored.',
  })
  async inspectDataset(
    @Arg('file', () => Upload) file: FormFile,
    @Arg('input', () => UploadDatasetInput, { nullable: true }) input: UploadDatasetInput | null,
    @Ctx() context: Context,
  ): Promise<DatasetReportType> {
    const csv = parseCsvOptions(input?.csv ?? null);
    const { clientAborted } = context;
    return await this.#uploads.inspect(context.caller.viewer, { ...(await file.open()), clientAborted }, csv);
  }

  @Mutation(() => UploadDatasetPayloadType, {
    nullable: true,
    description: 'Stores a CSV file as the next version of its name.',
  })
  async uploadDataset(
    @Arg('file', () => Upload) file: FormFile,
    @Arg('input', () => UploadDatasetInput, { nullable: true }) input: UploadDatasetInput | null,
    @Ctx() context: Context,
  ): Promise<UploadDatasetPayloadType> {
    const options = parseUploadOptions(input);
    const incoming = { ...(await file.open()), clientAborted: context.clientAborted };
    const { dataset, report } = await this.#uploads.upload(context.caller.viewer, incoming, options);
    return { dataset: dataset && toDataset(dataset), report };
  }

  @Cost({ itemWeight: 5 })
  @FieldResolver(() => [ColumnType])
  async columns(
    @Root() { id, rowCount }: DatasetType,
    @Args(() => ColumnPageArgs) page: ColumnPageArgs,
    @Ctx() context: Context,
  ): Promise<ColumnType[]> {
    const rows = await this.#columns.load(context, { datasetId: id, ...parseColumnPage(page) });
    return rows.map((row) => toColumn(row, rowCount));
  }

  @FieldResolver(() => [PreviewRowType])
  async preview(
    @Root() { id, preview }: DatasetType,
    @Arg('rows', () => Int, { defaultValue: 5 }) rows: number,
    @Ctx() context: Context,
  ): Promise<readonly PreviewRowType[]> {
    if (rows < 0) throw badInput('rows', `rows must not be negative; got ${rows}.`);
    return (preview ?? (await this.#contentsOf(context, id)).preview).slice(0, rows);
  }

  @Cost({ items: 10 })
  @FieldResolver(() => [DatasetIssueType], {
    description: 'Warnings and notes; a file with an ERROR is never stored.',
  })
  async issues(@Root() { id, issues }: DatasetType, @Ctx() context: Context): Promise<readonly DatasetIssueType[]> {
    return issues ?? (await this.#contentsOf(context, id)).issues;
  }

  @Cost({ weight: 20 })
  @FieldResolver(() => String, {
    nullable: true,
    deprecationReason: 'createDownload',
    description:
      'A download link of the uploaded file, valid for 5 minutes without a header. Request it when the user clicks. Null for a deleted dataset.',
  })
  async downloadUrl(@Root() { id, deletedAt }: DatasetType, @Ctx() context: Context): Promise<string | null> {
    return deletedAt === null ? await this.#links.dataset(context, id) : null;
  }

  async #contentsOf(context: Context, id: string): Promise<DatasetContents> {
    // A dataset that was deleted after its row was read has none, just as it has no columns.
    return (await this.#contents.load(context, id)) ?? { preview: [], issues: [] };
  }
}

@Resolver(() => DatasetReportType)
export class DatasetReportResolver {
  @FieldResolver(() => [ColumnType])
  async columns(
    @Root() { columns, rowCount }: DatasetReportType,
    @Args(() => ColumnPageArgs) page: ColumnPageArgs,
  ): Promise<ColumnType[]> {
    const rows = await columns.page(parseColumnPage(page));
    return rows.map((row) => toColumn(row, rowCount ?? 0));
  }
}

@Resolver(() => ColumnType)
export class ColumnResolver {
  @FieldResolver(() => [ValueCountType], {
    description: 'The most frequent values first, at most 20; values are truncated to 200 characters.',
  })
  topValues(
    @Root() { topValues }: ColumnType,
    @Arg('limit', () => Int, { defaultValue: 10 }) limit: number,
  ): readonly ValueCountType[] {
    if (limit < 0) throw badInput('limit', `limit must not be negative; got ${limit}.`);
    return topValues.slice(0, limit);
  }
}

function parseColumnPage({ names, offset, limit }: ColumnPageArgs): Omit<ColumnsRequest, 'datasetId'> {
  const errors = new InputErrors();
  errors.collect(() => {
    if (offset < 0) throw badInput('offset', `offset must not be negative; got ${offset}.`);
  });
  errors.collect(() => {
    if (limit < 0 || limit > MAX_COLUMN_PAGE) {
      throw badInput('limit', `limit must be from 0 to ${MAX_COLUMN_PAGE}; got ${limit}.`);
    }
  });
  errors.throwIfAny();
  return { names: names ?? null, offset, limit };
}
