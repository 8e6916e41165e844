import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Viewer } from '../../auth/viewer.ts';
import type { BlobService, NewBlob } from '../../blobs/blob.service.ts';
import type { Config } from '../../config.ts';
import { isUnavailable } from '../../errors.ts';
import { FairLimiter } from '../../platform/concurrency/fair-limiter.ts';
import type { FullStorageLog } from '../../platform/monitoring/full-storage-log.ts';
import { type Database, type Transaction, violatedConstraint } from '../../platform/postgres/database.ts';
import { atStage } from '../../platform/test-pace.ts';
import type { CsvOptions } from '../../tabular/csv-options.ts';
import { type CsvReport, refusedReport } from '../../tabular/inspection-report.ts';
import type { DatasetIssue } from '../../tabular/issues/issues.ts';
import {
  type DatasetRow,
  findDataset,
  findDatasetByKey,
  insertColumns,
  insertDataset,
  type NewDataset,
  takeNextVersion,
} from '../dataset.store.ts';
import { IDEMPOTENCY_KEY_ONCE } from '../dataset.table.ts';
import { cleanFilename, defaultName } from '../dataset-name.ts';
import { listColumns } from '../dataset-parts.store.ts';
import { announceNewDataset } from '../live/announce-dataset.ts';
import { jsonOf, type PackedColumns } from '../packed-columns.ts';
import { NO_COLUMNS, ReadColumns, type ReportColumns, StoredColumns } from '../report-columns.ts';
import { expiryFrom } from '../time-to-live.ts';
import type { CsvInspector } from './csv-inspector.ts';
import { extensionIssue } from './file-extension.ts';
import { fingerprintOf, idempotencyConflict } from './idempotency-key.ts';
import type { InspectionResult } from './inspect-csv.thread.ts';
import { type ReceivedFile, receiveFile } from './receive-file.ts';
import { diskErrorOf, storageFull } from './storage-full.ts';

/**
 * Inserting the columns of a file with more pieces than this, of about 30 columns each, occupies a database connection for
 * seconds.
 */
const MANY_PIECES = 32;
/** Maximum number of such files stored at the same time, so that other connections stay free. */
const WIDE_STORES = 2;
const MAX_WAITING_WIDE_STORES = 200;

/** A file being uploaded. */
export interface IncomingFile {
  readonly filename: string;
  readonly stream: Readable;
  /** Aborted when the client has gone: the work on the file then ends. */
  readonly clientAborted: AbortSignal;
}

/** The validated options of an upload. */
export interface UploadOptions {
  readonly name: string | null;
  readonly csv: CsvOptions;
  readonly pinned: boolean;
  readonly idempotencyKey: string | null;
}

/** The findings about a file, whether or not it could be read. */
export interface DatasetReport extends Omit<CsvReport, 'columns'> {
  readonly columns: ReportColumns;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface UploadResult {
  /** Null if the file was refused; the report says why. */
  readonly dataset: DatasetRow | null;
  readonly report: DatasetReport;
}

type Settings = Pick<
  Config,
  'ALLOWED_UPLOAD_EXTENSIONS' | 'MAX_CSV_UPLOAD_BYTES' | 'MIN_CSV_DATA_ROWS' | 'MAX_EMPTY_RATIO' | 'DATASET_TTL_DAYS'
>;

/** Uploads and inspects CSV files. */
export class UploadService {
  readonly #database: Database;
  readonly #blobs: BlobService;
  readonly #inspector: CsvInspector;
  readonly #settings: Settings;
  readonly #wideStores = new FairLimiter(WIDE_STORES, MAX_WAITING_WIDE_STORES);
  readonly #fullStorage: FullStorageLog;

  constructor(
    database: Database,
    blobs: BlobService,
    inspector: CsvInspector,
    settings: Settings,
    fullStorage: FullStorageLog,
  ) {
    this.#fullStorage = fullStorage;
    this.#database = database;
    this.#blobs = blobs;
    this.#inspector = inspector;
    this.#settings = settings;
  }

  /** A dry run of an upload: the same report, but nothing is stored. */
  async inspect({ workspaceId }: Viewer, file: IncomingFile, csv: CsvOptions): Promise<DatasetReport> {
    const wrong = extensionIssue(file.filename, this.#settings.ALLOWED_UPLOAD_EXTENSIONS);
    if (wrong !== null) return await this.#refuse(file, wrong);
    return await this.#inFolder(async (folder) => {
      const path = join(folder, 'file');
      const received = await this.#receive(file, path);
      return (await this.#read(workspaceId, file, received, csv, path, null)).report;
    });
  }

  /**
   * Stores a file as the next version of its name, or refuses it with a report. With the idempotency key of an earlier
   * stored upload, returns that upload's dataset, or throws IDEMPOTENCY_CONFLICT if this upload differs.
   */
  async upload(viewer: Viewer, file: IncomingFile, options: UploadOptions): Promise<UploadResult> {
    const name = options.name ?? defaultName(file.filename);
    const key = options.idempotencyKey;
    const fingerprint = ({ sha256 }: ReceivedFile) => fingerprintOf({ ...options, sha256, name });
    const wrong = extensionIssue(file.filename, this.#settings.ALLOWED_UPLOAD_EXTENSIONS);
    if (wrong !== null) return { dataset: null, report: await this.#refuse(file, wrong) };
    const earlier = key === null ? null : await this.#findByKey(viewer, key);
    if (earlier !== null) return await this.#repeat(viewer, earlier, fingerprint(await this.#receive(file, null)));
    return await this.#inFolder(async (folder) => {
      const [path, tablePath] = [join(folder, 'file'), join(folder, 'table')];
      const received = await this.#receive(file, path);
      const { report, packed, table } = await this.#read(
        viewer.workspaceId,
        file,
        received,
        options.csv,
        path,
        tablePath,
      );
      if (table === null) return { dataset: null, report };
      const blobs = [
        { ...received, temporaryPath: path },
        { ...table, temporaryPath: tablePath },
      ] as const;
      const row = {
        ...this.#toRow(viewer, name, report, options.pinned, table.sha256),
        missingTokens: options.csv.missingTokens ?? [],
        keepDefaultMissingTokens: options.csv.keepDefaultMissingTokens ?? true,
        idempotencyKey: key,
        idempotencyFingerprint: key === null ? null : fingerprint(received),
      };
      try {
        return { dataset: await this.#store(viewer, row, packed, blobs, file.clientAborted), report };
      } catch (error) {
        // Another upload with the key was stored in the meantime.
        const winner =
          key !== null && violatedConstraint(error) === IDEMPOTENCY_KEY_ONCE
            ? await this.#findByKey(viewer, key)
            : null;
        if (winner === null) throw error;
        return await this.#repeat(viewer, winner, fingerprint(received));
      }
    });
  }

  #findByKey(viewer: Viewer, key: string): Promise<DatasetRow | null> {
    return this.#database.transaction(viewer, (tx) => findDatasetByKey(tx, key));
  }

  /** The outcome of an earlier upload, for its retry. Throws IDEMPOTENCY_CONFLICT if the retry asks for something else. */
  async #repeat(viewer: Viewer, dataset: DatasetRow, fingerprint: string): Promise<UploadResult> {
    if (dataset.idempotencyFingerprint !== fingerprint) throw idempotencyConflict();
    const columns = new StoredColumns(async (page) => {
      const requests = [{ datasetId: dataset.id, ...page }];
      return (await this.#database.transaction(viewer, (tx) => listColumns(tx, requests)))[0] ?? [];
    });
    return { dataset, report: { ...dataset, accepted: true, columns } };
  }

  /** Runs the work with a temporary folder, which is removed afterwards. Throws STORAGE_FULL if there is no space. */
  async #inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = this.#blobs.temporaryPath();
    try {
      if (!(await this.#blobs.hasFreeSpace())) throw storageFull();
      await mkdir(folder, { mode: 0o700 });
      return await work(folder);
    } catch (error) {
      // Creating a folder, copying into the store and flushing need space too.
      const diskError = diskErrorOf(error);
      if (diskError === null) throw error;
      this.#fullStorage.record(dirname(folder), diskError);
      throw storageFull(diskError);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #receive(file: IncomingFile, path: string | null): Promise<ReceivedFile> {
    await atStage();
    const hasFreeSpace = () => this.#blobs.hasFreeSpace();
    return await receiveFile(file.stream, path, this.#settings.MAX_CSV_UPLOAD_BYTES, hasFreeSpace);
  }

  async #read(
    workspaceId: string,
    file: IncomingFile,
    received: ReceivedFile,
    options: CsvOptions,
    path: string,
    tablePath: string | null,
  ): Promise<{ report: DatasetReport; packed: PackedColumns; table: InspectionResult['table'] }> {
    const limits = { minDataRows: this.#settings.MIN_CSV_DATA_ROWS, maxEmptyRatio: this.#settings.MAX_EMPTY_RATIO };
    const { report, table } = await this.#inspector.inspect(
      { workspaceId, path, sizeBytes: received.sizeBytes, options, limits, tablePath, isTableHashed: true },
      file.clientAborted,
    );
    const columns = new ReadColumns(report.columns);
    const described = { ...report, columns, filename: cleanFilename(file.filename), ...received };
    return { report: described, packed: report.columns, table };
  }

  /** Reads the file to its end, because some clients read the response only then, and keeps nothing. */
  async #refuse(file: IncomingFile, issue: DatasetIssue): Promise<DatasetReport> {
    const received = await this.#receive(file, null);
    return {
      ...refusedReport([issue], null),
      columns: NO_COLUMNS,
      filename: cleanFilename(file.filename),
      ...received,
    };
  }

  async #store(
    viewer: Viewer,
    row: Omit<NewDataset, 'version'>,
    columns: PackedColumns,
    [file, table]: readonly [NewBlob, NewBlob],
    clientAborted: AbortSignal,
  ): Promise<DatasetRow> {
    const { workspaceId } = viewer;
    const write = () =>
      this.#database.transaction(viewer, async (tx) => {
        await this.#blobs.acquire(tx, workspaceId, file);
        await this.#blobs.acquire(tx, workspaceId, table);
        const version = await takeNextVersion(tx, workspaceId, row.name);
        await insertDataset(tx, { ...row, version });
        await insertPieces(tx, row, columns, clientAborted);
        await announceNewDataset(tx, row);
        const stored = await findDataset(tx, row.id);
        if (stored === null) throw new Error('A row that was just made is not there.');
        // The last point at which the upload can be undone.
        clientAborted.throwIfAborted();
        return stored;
      });
    try {
      await Promise.all([this.#blobs.stage(workspaceId, file), this.#blobs.stage(workspaceId, table)]);
      clientAborted.throwIfAborted();
      const isWide = columns.pieces.length > MANY_PIECES;
      return isWide ? await this.#wideStores.run(workspaceId, write) : await write();
    } catch (error) {
      // A file that cannot be removed now is an orphan; the original error matters more. Nothing can be removed while the database or
      // the store is away.
      if (!isUnavailable(error)) {
        await Promise.allSettled([file, table].map(({ sha256 }) => this.#blobs.purge({ workspaceId, sha256 })));
      }
      throw error;
    }
  }

  #toRow(
    { workspaceId, userId }: Viewer,
    name: string,
    report: DatasetReport,
    pinned: boolean,
    tableSha256: string,
  ): Omit<NewDataset, 'version'> {
    const { accepted: _accepted, columns: _columns, dialect, rowCount, columnCount, ...described } = report;
    if (dialect === null || rowCount === null || columnCount === null) {
      throw new Error('An accepted file lacks its description.');
    }
    const createdAt = new Date();
    const expiresAt = pinned ? null : expiryFrom(createdAt, this.#settings.DATASET_TTL_DAYS);
    const owned = { id: randomUUID(), workspaceId, name, createdBy: userId, createdAt, expiresAt, pinned };
    return { ...owned, ...described, dialect, rowCount, columnCount, tableSha256 };
  }
}

/** Each piece is one statement, and other requests run in between. */
async function insertPieces(
  tx: Transaction,
  dataset: Pick<NewDataset, 'id' | 'workspaceId'>,
  { pieces }: PackedColumns,
  clientAborted: AbortSignal,
): Promise<void> {
  for (const piece of pieces) {
    clientAborted.throwIfAborted();
    await insertColumns(tx, dataset, await jsonOf(piece));
  }
}
