import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { recordAudit } from '../../auth/audit/record-audit.ts';
import type { Role } from '../../auth/workspaces/workspace.table.ts';
import type { BlobService, NewBlob } from '../../blobs/blob.service.ts';
import type { Config } from '../../config.ts';
import { isUnavailable } from '../../errors.ts';
import { FairLimiter } from '../../platform/concurrency/fair-limiter.ts';
import type { FullStorageLog } from '../../platform/monitoring/full-storage-log.ts';
import { type Database, type Transaction, violatedConstraint } from '../../platform/postgres/database.ts';
import type { CsvOptions } from '../../tabular/csv-options.ts';
import type { CsvReport } from '../../tabular/inspection-report.ts';
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
import { ReadColumns, type ReportColumns, StoredColumns } from '../report-columns.ts';
import { expiryFrom } from '../time-to-live.ts';
import type { CsvInspector } from './csv-inspector.ts';
import { fingerprintOf, idempotencyConflict } from './idempotency-key.ts';
import type { InspectionResult } from './inspect-csv.thread.ts';
import type { ReceivedFile } from './receive-limited-file.ts';
import { diskErrorOf, storageFull } from './storage-full.ts';

/**
 * Inserting the columns of a file with more pieces than this, of about 30 columns each, occupies a database connection for
 * seconds.
 */
const MANY_PIECES = 32;
/** Maximum number of such files stored at the same time, so that other connections stay free. */
const WIDE_STORES = 2;
const MAX_WAITING_WIDE_STORES = 200;

/** A file that has arrived whole, on this machine. */
export interface ArrivedFile extends ReceivedFile {
  /** As its owner calls it. */
  readonly filename: string;
  readonly path: string;
}

/** Whose file it is. */
export interface Uploader {
  readonly workspaceId: string;
  /** Null where the account is gone. */
  readonly userId: string | null;
  readonly role?: Role;
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

/** How a file is read and stored. */
export interface IntakeWork {
  /** Ends the work, which then keeps nothing. */
  readonly signal: AbortSignal;
  /** Called with the fraction of the reading that is done. */
  readonly onProgress?: (fraction: number) => void;
  /** Part of the transaction that stores the dataset. */
  readonly alongside?: (tx: Transaction, dataset: DatasetRow) => Promise<void>;
}

export type IntakeSettings = Pick<Config, 'MIN_CSV_DATA_ROWS' | 'MAX_EMPTY_RATIO' | 'DATASET_TTL_DAYS'>;

/** A file that has been read. */
interface ReadFile {
  readonly report: DatasetReport;
  readonly packed: PackedColumns;
  readonly table: InspectionResult['table'];
}

/** Makes datasets of files that have arrived, in whatever way they came. */
export class FileIntake {
  readonly #database: Database;
  readonly #blobs: BlobService;
  readonly #inspector: CsvInspector;
  readonly #settings: IntakeSettings;
  readonly #wideStores = new FairLimiter(WIDE_STORES, MAX_WAITING_WIDE_STORES);
  readonly #fullStorage: FullStorageLog;
  readonly #requireRoom: (tx: Transaction) => Promise<void>;

  /** `requireRoom` refuses files that the workspace has no room for, in the transaction that stores them. */
  constructor(
    database: Database,
    blobs: BlobService,
    inspector: CsvInspector,
    settings: IntakeSettings,
    fullStorage: FullStorageLog,
    requireRoom: (tx: Transaction) => Promise<void>,
  ) {
    this.#database = database;
    this.#blobs = blobs;
    this.#inspector = inspector;
    this.#settings = settings;
    this.#fullStorage = fullStorage;
    this.#requireRoom = requireRoom;
  }

  /** Whether more files may be received. */
  hasFreeSpace(): Promise<boolean> {
    return this.#blobs.hasFreeSpace();
  }

  /**
   * Runs the work with a temporary folder, which is removed afterwards. Throws STORAGE_FULL if there is no space, for a file of
   * `minBytes` at least.
   */
  async inFolder<T>(work: (folder: string) => Promise<T>, minBytes = 0): Promise<T> {
    const folder = this.#blobs.temporaryPath();
    try {
      if (!(await this.#blobs.hasFreeSpace(minBytes))) throw storageFull();
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

  /** The outcome of an earlier upload with that key; null where there was none. Throws IDEMPOTENCY_CONFLICT, as `accept` does. */
  async findEarlier(
    uploader: Uploader,
    filename: string,
    options: UploadOptions,
    readHash: () => Promise<string>,
  ): Promise<UploadResult | null> {
    const earlier = options.idempotencyKey && (await this.#findByKey(uploader, options.idempotencyKey));
    return earlier ? await this.#repeat(earlier, fingerprint(filename, options, await readHash())) : null;
  }

  /** Reads a file, and stores nothing. */
  async inspect(
    { workspaceId }: Uploader,
    file: ArrivedFile,
    csv: CsvOptions,
    work: IntakeWork,
  ): Promise<DatasetReport> {
    return (await this.#read(workspaceId, file, csv, null, work)).report;
  }

  /**
   * Stores a file as the next version of its name, or refuses it with a report. With the idempotency key of an earlier
   * stored upload, returns that upload's dataset, or throws IDEMPOTENCY_CONFLICT if this upload differs.
   * Beside the file there must be room for its table.
   */
  async accept(uploader: Uploader, file: ArrivedFile, options: UploadOptions, work: IntakeWork): Promise<UploadResult> {
    const { workspaceId } = uploader;
    const tablePath = `${file.path}-table`;
    const { report, packed, table } = await this.#read(workspaceId, file, options.csv, tablePath, work);
    if (table === null) return { dataset: null, report };
    const key = options.idempotencyKey;
    const hash = fingerprint(file.filename, options, file.sha256);
    const { sizeBytes, sha256, path } = file;
    const blobs = [
      { sizeBytes, sha256, temporaryPath: path },
      { ...table, temporaryPath: tablePath },
    ] as const;
    const name = options.name ?? defaultName(file.filename);
    const row = {
      ...this.#toRow(uploader, name, report, options.pinned, table.sha256),
      missingTokens: options.csv.missingTokens ?? [],
      keepDefaultMissingTokens: options.csv.keepDefaultMissingTokens ?? true,
      idempotencyKey: key,
      idempotencyFingerprint: key === null ? null : hash,
    };
    try {
      return { dataset: await this.#store(uploader, row, packed, blobs, work), report };
    } catch (error) {
      // Another upload with the key was stored in the meantime.
      const winner =
        key !== null && violatedConstraint(error) === IDEMPOTENCY_KEY_ONCE
          ? await this.#findByKey(uploader, key)
          : null;
      if (winner === null) throw error;
      return await this.#repeat(winner, hash);
    }
  }

  /** What was found out about the file of a dataset when it was uploaded. */
  reportOf(dataset: DatasetRow): DatasetReport {
    const { workspaceId } = dataset;
    const columns = new StoredColumns(async (page) => {
      const requests = [{ datasetId: dataset.id, ...page }];
      return (await this.#database.transaction({ workspaceId }, (tx) => listColumns(tx, requests)))[0] ?? [];
    });
    return { ...dataset, accepted: true, columns };
  }

  #findByKey({ workspaceId }: Uploader, key: string): Promise<DatasetRow | null> {
    return this.#database.transaction({ workspaceId }, (tx) => findDatasetByKey(tx, key));
  }

  /** The outcome of an earlier upload, for its retry. Throws IDEMPOTENCY_CONFLICT if the retry asks for something else. */
  async #repeat(dataset: DatasetRow, hash: string): Promise<UploadResult> {
    if (dataset.idempotencyFingerprint !== hash) throw idempotencyConflict();
    return { dataset, report: this.reportOf(dataset) };
  }

  async #read(
    workspaceId: string,
    { filename, path, sizeBytes, sha256 }: ArrivedFile,
    options: CsvOptions,
    tablePath: string | null,
    { signal, onProgress }: IntakeWork,
  ): Promise<ReadFile> {
    const limits = { minDataRows: this.#settings.MIN_CSV_DATA_ROWS, maxEmptyRatio: this.#settings.MAX_EMPTY_RATIO };
    const file = { workspaceId, path, sizeBytes, options, limits, tablePath, isTableHashed: true };
    const { report, table } = await this.#inspector.inspect(file, signal, onProgress);
    const columns = new ReadColumns(report.columns);
    const described = { ...report, columns, filename: cleanFilename(filename), sizeBytes, sha256 };
    return { report: described, packed: report.columns, table };
  }

  async #store(
    uploader: Uploader,
    row: Omit<NewDataset, 'version'>,
    columns: PackedColumns,
    [file, table]: readonly [NewBlob, NewBlob],
    { signal, alongside }: IntakeWork,
  ): Promise<DatasetRow> {
    const { workspaceId } = uploader;
    const write = () =>
      this.#database.transaction(uploader, async (tx) => {
        await this.#blobs.acquire(tx, workspaceId, file);
        await this.#blobs.acquire(tx, workspaceId, table);
        const version = await takeNextVersion(tx, workspaceId, row.name);
        await insertDataset(tx, { ...row, version });
        await insertPieces(tx, row, columns, signal);
        await announceNewDataset(tx, row);
        const stored = await findDataset(tx, row.id);
        if (stored === null) throw new Error('A row that was just made is not there.');
        // The bytes of an open upload were counted when it began.
        if (alongside === undefined) await this.#requireRoom(tx);
        else await alongside(tx, stored);
        const { id: subject, name, sizeBytes } = stored;
        await recordAudit(tx, 'dataset.uploaded', { subject, details: { name, version, sizeBytes } });
        // The last point at which the upload can be undone.
        signal.throwIfAborted();
        return stored;
      });
    try {
      await Promise.all([this.#blobs.stage(workspaceId, file), this.#blobs.stage(workspaceId, table)]);
      signal.throwIfAborted();
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
    { workspaceId, userId }: Uploader,
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

/** A hash that an upload and its retry have in common. */
function fingerprint(filename: string, options: UploadOptions, sha256: string): string {
  return fingerprintOf({ ...options, sha256, name: options.name ?? defaultName(filename) });
}

/** Each piece is one statement, and other requests run in between. */
async function insertPieces(
  tx: Transaction,
  dataset: Pick<NewDataset, 'id' | 'workspaceId'>,
  { pieces }: PackedColumns,
  signal: AbortSignal,
): Promise<void> {
  for (const piece of pieces) {
    signal.throwIfAborted();
    await insertColumns(tx, dataset, await jsonOf(piece));
  }
}
