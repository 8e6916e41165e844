import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Viewer } from '../auth/viewer.ts';
import type { BlobService, NewBlob } from '../blobs/blob.service.ts';
import type { Config } from '../config.ts';
import { type Database, violatedConstraint } from '../platform/database.ts';
import { atStage } from '../platform/test-pace.ts';
import { type CsvReport, refusedReport } from '../tabular/conclusion.ts';
import type { CsvOptions } from '../tabular/csv-options.ts';
import type { DatasetIssue } from '../tabular/issues.ts';
import type { CsvInspector } from './csv-inspector.ts';
import {
  type DatasetRow,
  findDataset,
  findDatasetByKey,
  insertDataset,
  listAllColumns,
  type NewColumn,
  type NewDataset,
  takeNextVersion,
} from './dataset.store.ts';
import { IDEMPOTENCY_KEY_ONCE } from './dataset.table.ts';
import { cleanFilename, datasetName } from './dataset-name.ts';
import { extensionIssue } from './file-extension.ts';
import { fingerprintOf, idempotencyConflict, parseIdempotencyKey } from './idempotency-key.ts';
import type { InspectionAnswer } from './inspect-csv.thread.ts';
import { type ReceivedFile, receiveFile } from './receive-file.ts';

const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/** A file as it comes in. */
export interface IncomingFile {
  readonly filename: string;
  readonly stream: Readable;
  /** Fires when nobody waits for the answer any more: the work on the file then ends. */
  readonly clientGone: AbortSignal;
}

/** What the owner of a file says of it. */
export interface UploadOptions {
  readonly name: string | null;
  readonly csv: CsvOptions;
  readonly pinned: boolean;
  readonly idempotencyKey: string | null;
}

/** What was found out about a file, whether or not it could be read. */
export interface DatasetReport extends Omit<CsvReport, 'columns'> {
  readonly columns: readonly NewColumn[];
  readonly filename: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface UploadResult {
  /** Null when the file was refused: the report says why. */
  readonly dataset: DatasetRow | null;
  readonly report: DatasetReport;
}

type Settings = Pick<
  Config,
  'ALLOWED_UPLOAD_EXTENSIONS' | 'MAX_CSV_UPLOAD_BYTES' | 'MIN_CSV_DATA_ROWS' | 'MAX_EMPTY_RATIO' | 'DATASET_TTL_DAYS'
>;

/** Uploading CSV files, and looking through them. */
export class UploadService {
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
    const wrong = extensionIssue(file.filename, this.#settings.ALLOWED_UPLOAD_EXTENSIONS);
    if (wrong !== null) return await this.#refuse(file, wrong);
    return await this.#inFolder(async (folder) => {
      const path = join(folder, 'file');
      const received = await this.#receive(file, path);
      return (await this.#read(file, received, csv, path, null)).report;
    });
  }

  /**
   * Stores a file as the next version of its name, or refuses it with the report that says why. With the key of an
   * earlier upload that was stored gives that one's dataset, or throws IDEMPOTENCY_CONFLICT where this is another one.
   */
  async upload(viewer: Viewer, file: IncomingFile, options: UploadOptions): Promise<UploadResult> {
    const name = datasetName(options.name, file.filename);
    const key = options.idempotencyKey === null ? null : parseIdempotencyKey(options.idempotencyKey);
    const fingerprint = ({ sha256 }: ReceivedFile) => fingerprintOf({ ...options, sha256, name });
    const wrong = extensionIssue(file.filename, this.#settings.ALLOWED_UPLOAD_EXTENSIONS);
    if (wrong !== null) return { dataset: null, report: await this.#refuse(file, wrong) };
    const earlier = key === null ? null : await this.#findByKey(viewer, key);
    if (earlier !== null) return await this.#repeat(viewer, earlier, fingerprint(await this.#receive(file, null)));
    return await this.#inFolder(async (folder) => {
      const [path, tablePath] = [join(folder, 'file'), join(folder, 'table')];
      const received = await this.#receive(file, path);
      const { report, table } = await this.#read(file, received, options.csv, path, tablePath);
      if (table === null) return { dataset: null, report };
      const blobs = [
        { ...received, temporaryPath: path },
        { ...table, temporaryPath: tablePath },
      ] as const;
      const row = {
        ...this.#toRow(viewer, name, report, options.pinned, table.sha256),
        missingTokens: options.csv.missingTokens ?? [],
        idempotencyKey: key,
        idempotencyFingerprint: key === null ? null : fingerprint(received),
      };
      try {
        return { dataset: await this.#store(viewer, row, report, blobs, file.clientGone), report };
      } catch (error) {
        // Another upload with the key was stored while this one was read.
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

  /** The outcome of an earlier upload, for its retry. Throws IDEMPOTENCY_CONFLICT where that asks for something else. */
  async #repeat(viewer: Viewer, dataset: DatasetRow, fingerprint: string): Promise<UploadResult> {
    if (dataset.idempotencyFingerprint !== fingerprint) throw idempotencyConflict();
    const columns = await this.#database.transaction(viewer, (tx) => listAllColumns(tx, dataset.id));
    return { dataset, report: { ...dataset, accepted: true, columns } };
  }

  /** Gives the work a folder for its files, which is gone with all that is in it when the work is over. */
  async #inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = this.#blobs.temporaryPath();
    await mkdir(folder, { mode: 0o700 });
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #receive(file: IncomingFile, path: string | null): Promise<ReceivedFile> {
    await atStage();
    return await receiveFile(file.stream, path, this.#settings.MAX_CSV_UPLOAD_BYTES);
  }

  async #read(
    file: IncomingFile,
    received: ReceivedFile,
    options: CsvOptions,
    path: string,
    tablePath: string | null,
  ): Promise<{ report: DatasetReport; table: InspectionAnswer['table'] }> {
    const limits = { minDataRows: this.#settings.MIN_CSV_DATA_ROWS, maxEmptyRatio: this.#settings.MAX_EMPTY_RATIO };
    const { report, table } = await this.#inspector.inspect(
      { path, sizeBytes: received.sizeBytes, options, limits, tablePath, isTableHashed: true },
      file.clientGone,
    );
    return { report: { ...report, filename: cleanFilename(file.filename), ...received }, table };
  }

  /** Reads the file to its end, so that the answer reaches every client, and keeps nothing of it. */
  async #refuse(file: IncomingFile, issue: DatasetIssue): Promise<DatasetReport> {
    const received = await this.#receive(file, null);
    return { ...refusedReport([issue], null), filename: cleanFilename(file.filename), ...received };
  }

  async #store(
    viewer: Viewer,
    row: Omit<NewDataset, 'version'>,
    report: DatasetReport,
    [file, table]: readonly [NewBlob, NewBlob],
    clientGone: AbortSignal,
  ): Promise<DatasetRow> {
    const { workspaceId } = viewer;
    await Promise.all([this.#blobs.settle(file), this.#blobs.settle(table)]);
    clientGone.throwIfAborted();
    try {
      return await this.#database.transaction(viewer, async (tx) => {
        await this.#blobs.acquire(tx, workspaceId, file);
        await this.#blobs.acquire(tx, workspaceId, table);
        const version = await takeNextVersion(tx, workspaceId, row.name);
        await insertDataset(tx, { ...row, version }, report.columns);
        const stored = await findDataset(tx, row.id);
        if (stored === null) throw new Error('A row that was just made is not there.');
        // The last moment at which the upload can still be taken back.
        clientGone.throwIfAborted();
        return stored;
      });
    } catch (error) {
      // What cannot be removed now is an orphan; the reason of the failure is what matters.
      await Promise.allSettled([file, table].map(({ sha256 }) => this.#blobs.purge({ workspaceId, sha256 })));
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
    if (dialect === null || rowCount === null || columnCount === null)
      throw new Error('An accepted file lacks its description.');
    const createdAt = new Date();
    const days = this.#settings.DATASET_TTL_DAYS;
    const expiresAt = pinned || days === null ? null : new Date(createdAt.getTime() + days * DAY_MILLISECONDS);
    const owned = { id: randomUUID(), workspaceId, name, createdBy: userId, createdAt, expiresAt, pinned };
    return { ...owned, ...described, dialect, rowCount, columnCount, tableSha256 };
  }
}
