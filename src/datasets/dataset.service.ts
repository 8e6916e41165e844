import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import type { Viewer } from '../auth/viewer.ts';
import type { BlobService, NewBlob } from '../blobs/blob.service.ts';
import type { Config } from '../config.ts';
import { badInput } from '../errors.ts';
import type { Database } from '../platform/database.ts';
import { isUuid } from '../platform/ids.ts';
import type { PageOfRows } from '../platform/keyset.ts';
import type { CsvOptions } from '../tabular/csv-options.ts';
import type { CsvInspector } from './csv-inspector.ts';
import {
  type ColumnQuery,
  countDatasets,
  type DatasetColumnRow,
  type DatasetQuery,
  type DatasetRow,
  findDataset,
  findDatasets,
  insertDataset,
  listColumns,
  listDatasets,
  type NewDataset,
  takeNextVersion,
} from './dataset.store.ts';
import { hashFile } from './hash-file.ts';
import type { InspectionAnswer } from './inspect-csv.thread.ts';
import { type ReceivedFile, receiveFile } from './receive-file.ts';

const MAX_NAME_LENGTH = 200;
const MAX_FILENAME_LENGTH = 255;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a name may not have.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/g;
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/** A file as it comes in, and what its owner says of it. */
export interface IncomingFile {
  readonly filename: string;
  readonly stream: Readable;
}

export interface UploadOptions {
  readonly name: string | null;
  readonly csv: CsvOptions;
  readonly pinned: boolean;
}

/** What was found out about a file, whether or not it could be read. */
export interface DatasetReport extends InspectionAnswer {
  readonly filename: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface UploadResult {
  /** Null when the file was refused: the report says why. */
  readonly dataset: DatasetRow | null;
  readonly report: DatasetReport;
}

type Settings = Pick<Config, 'MAX_CSV_UPLOAD_BYTES' | 'MIN_CSV_DATA_ROWS' | 'MAX_EMPTY_RATIO' | 'DATASET_TTL_DAYS'>;

/** Uploading CSV files and reading what is known of them. */
export class DatasetService {
  readonly #database: Database;
  readonly #blobs: BlobService;
  readonly #inspector: CsvInspector;
  readonly #settings: Settings;

  constructor(database: Database, blobs: BlobService, inspector: CsvInspector, settings: Settings) {
    this.#database = database;
    this.#blobs = blobs;
    this.#inspector = inspector;
    this.#settings = settings;
  }

  /** The dry run of an upload: the same report, and nothing is stored. */
  async inspect(file: IncomingFile, csv: CsvOptions): Promise<DatasetReport> {
    const received = await this.#receive(file);
    try {
      return await this.#report(file, received, csv, null);
    } finally {
      await rm(received.path, { force: true });
    }
  }

  /** Stores a file as the next version of its name, or refuses it with the report that says why. */
  async upload(viewer: Viewer, file: IncomingFile, options: UploadOptions): Promise<UploadResult> {
    const name = options.name === null ? defaultName(file.filename) : parseName(options.name);
    const tablePath = this.#blobs.temporaryPath();
    const received = await this.#receive(file);
    try {
      const report = await this.#report(file, received, options.csv, tablePath);
      if (!report.accepted) return { dataset: null, report };
      const table = await hashFile(tablePath);
      const dataset = await this.#store(viewer, name, report, options.pinned, [
        { sha256: received.sha256, sizeBytes: received.sizeBytes, temporaryPath: received.path },
        { sha256: table.sha256, sizeBytes: table.sizeBytes, temporaryPath: tablePath },
      ]);
      return { dataset, report };
    } finally {
      await rm(received.path, { force: true });
      await rm(tablePath, { force: true });
    }
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

  /** All columns of a dataset, for checks against them. */
  allColumns(viewer: Viewer, datasetId: string): Promise<DatasetColumnRow[]> {
    return this.columns(viewer, datasetId, { names: null, offset: 0, limit: 1_000_000 });
  }

  /** Streams the file as it was uploaded. */
  read({ workspaceId, sha256 }: Pick<DatasetRow, 'workspaceId' | 'sha256'>): Promise<Readable> {
    return this.#blobs.read({ workspaceId, sha256 });
  }

  async #receive(file: IncomingFile): Promise<ReceivedFile> {
    return await receiveFile(file.stream, this.#blobs.temporaryPath(), this.#settings.MAX_CSV_UPLOAD_BYTES);
  }

  async #report(
    file: IncomingFile,
    received: ReceivedFile,
    options: CsvOptions,
    tablePath: string | null,
  ): Promise<DatasetReport> {
    const limits = { minDataRows: this.#settings.MIN_CSV_DATA_ROWS, maxEmptyRatio: this.#settings.MAX_EMPTY_RATIO };
    const inspection = await this.#inspector.inspect({ path: received.path, options, limits, tablePath });
    return {
      ...inspection,
      filename: cleanFilename(file.filename),
      sizeBytes: received.sizeBytes,
      sha256: received.sha256,
    };
  }

  async #store(
    viewer: Viewer,
    name: string,
    report: DatasetReport,
    pinned: boolean,
    [file, table]: readonly [NewBlob, NewBlob],
  ): Promise<DatasetRow> {
    const { workspaceId } = viewer;
    await Promise.all([this.#blobs.settle(file), this.#blobs.settle(table)]);
    try {
      return await this.#database.transaction(viewer, async (tx) => {
        await this.#blobs.acquire(tx, workspaceId, file);
        await this.#blobs.acquire(tx, workspaceId, table);
        const version = await takeNextVersion(tx, workspaceId, name);
        const row = this.#toRow(viewer, name, version, report, pinned, table.sha256);
        await insertDataset(tx, row, report.columns);
        const stored = await findDataset(tx, row.id);
        if (stored === null) throw new Error('A row that was just made is not there.');
        return stored;
      });
    } catch (error) {
      // What cannot be removed now is an orphan; the reason of the failure is what matters.
      await Promise.allSettled([file, table].map(({ sha256 }) => this.#blobs.purge({ workspaceId, sha256 })));
      throw error;
    }
  }

  #toRow(
    viewer: Viewer,
    name: string,
    version: number,
    report: DatasetReport,
    pinned: boolean,
    tableSha256: string,
  ): NewDataset {
    const {
      filename,
      sizeBytes,
      sha256,
      rowCount,
      columnCount,
      dialect,
      preview,
      issues,
      suggestedTarget,
      suggestedTask,
    } = report;
    if (dialect === null || rowCount === null || columnCount === null)
      throw new Error('An accepted file lacks its description.');
    const createdAt = new Date();
    const days = this.#settings.DATASET_TTL_DAYS;
    const expiresAt = pinned || days === null ? null : new Date(createdAt.getTime() + days * DAY_MILLISECONDS);
    return {
      ...{
        id: randomUUID(),
        workspaceId: viewer.workspaceId,
        name,
        version,
        createdBy: viewer.userId,
        createdAt,
        expiresAt,
        pinned,
      },
      ...{
        filename,
        sizeBytes,
        sha256,
        tableSha256,
        rowCount,
        columnCount,
        dialect,
        preview,
        issues,
        suggestedTarget,
        suggestedTask,
      },
    };
  }
}

/** The name that a user gave. */
function parseName(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > MAX_NAME_LENGTH || name.search(CONTROL_CHARACTERS) >= 0 || !name.isWellFormed()) {
    throw badInput(
      'input.name',
      `A dataset's name must have 1 to ${MAX_NAME_LENGTH} characters, none of them a control character.`,
      'Give input.name.',
    );
  }
  return name;
}

/** The file's name without its folders and its ending, made to fit: nobody chose it, so that nobody is told to mend it. */
function defaultName(filename: string): string {
  const stem = basename(filename).replace(/\.[^.]*$/, '');
  const name = stem.toWellFormed().replace(CONTROL_CHARACTERS, ' ').trim().slice(0, MAX_NAME_LENGTH);
  // The cut may have parted a surrogate pair, or have left a space at the end.
  return name.replace(/[\uD800-\uDBFF]$/, '').trim() || 'dataset';
}

/** The file's own name without its folders, fit to be shown and stored. */
function cleanFilename(filename: string): string {
  return basename(filename).replaceAll('\0', '').toWellFormed().slice(0, MAX_FILENAME_LENGTH);
}
