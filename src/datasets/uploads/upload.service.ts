import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Viewer } from '../../auth/viewer.ts';
import type { Config } from '../../config.ts';
import { atStage } from '../../platform/test-pace.ts';
import type { CsvOptions } from '../../tabular/csv-options.ts';
import { refusedReport } from '../../tabular/inspection-report.ts';
import type { DatasetIssue } from '../../tabular/issues/issues.ts';
import { cleanFilename } from '../dataset-name.ts';
import { NO_COLUMNS } from '../report-columns.ts';
import { extensionIssue } from './file-extension.ts';
import type { DatasetReport, FileIntake, UploadOptions, UploadResult } from './file-intake.ts';
import { type ReceivedFile, receiveLimitedFile } from './receive-limited-file.ts';
import type { UploadSlots } from './slots/upload-slots.ts';

/** A file being uploaded. */
export interface IncomingFile {
  readonly filename: string;
  readonly stream: Readable;
  /** Aborted when the client has gone: the work on the file then ends. */
  readonly clientAborted: AbortSignal;
}

type Settings = Pick<Config, 'ALLOWED_UPLOAD_EXTENSIONS' | 'MAX_CSV_UPLOAD_BYTES'>;

/** Uploads and inspects CSV files. */
export class UploadService {
  readonly #intake: FileIntake;
  readonly #slots: Pick<UploadSlots, 'hold'>;
  readonly #settings: Settings;

  constructor(intake: FileIntake, slots: Pick<UploadSlots, 'hold'>, settings: Settings) {
    this.#intake = intake;
    this.#slots = slots;
    this.#settings = settings;
  }

  /** The dry run of an upload: the same report, and nothing is stored. */
  async inspect(viewer: Viewer, file: IncomingFile, csv: CsvOptions): Promise<DatasetReport> {
    return await this.#slots.hold(viewer.workspaceId, () => this.#inspect(viewer, file, csv));
  }

  async #inspect(viewer: Viewer, file: IncomingFile, csv: CsvOptions): Promise<DatasetReport> {
    const wrong = extensionIssue(file.filename, this.#settings.ALLOWED_UPLOAD_EXTENSIONS);
    if (wrong !== null) return await this.#refuse(file, wrong);
    return await this.#intake.inFolder(async (folder) => {
      const path = join(folder, 'file');
      const received = await this.#receive(file, path);
      const arrived = { filename: file.filename, path, ...received };
      return await this.#intake.inspect(viewer, arrived, csv, { signal: file.clientAborted });
    });
  }

  /**
   * Stores a file as the next version of its name, or refuses it with a report. With the idempotency key of an earlier
   * stored upload, returns that upload's dataset, or throws IDEMPOTENCY_CONFLICT if this upload differs. Throws QUOTA_EXCEEDED, also
   * in `inspect`, if the workspace uploads as many files as it may.
   */
  async upload(viewer: Viewer, file: IncomingFile, options: UploadOptions): Promise<UploadResult> {
    return await this.#slots.hold(viewer.workspaceId, () => this.#upload(viewer, file, options));
  }

  async #upload(viewer: Viewer, file: IncomingFile, options: UploadOptions): Promise<UploadResult> {
    const { filename, clientAborted } = file;
    const wrong = extensionIssue(filename, this.#settings.ALLOWED_UPLOAD_EXTENSIONS);
    if (wrong !== null) return { dataset: null, report: await this.#refuse(file, wrong) };
    const readHash = async () => (await this.#receive(file, null)).sha256;
    const earlier = await this.#intake.findEarlier(viewer, filename, options, readHash);
    if (earlier !== null) return earlier;
    return await this.#intake.inFolder(async (folder) => {
      const path = join(folder, 'file');
      const arrived = { filename, path, ...(await this.#receive(file, path)) };
      return await this.#intake.accept(viewer, arrived, options, { signal: clientAborted });
    });
  }

  async #receive(file: IncomingFile, path: string | null): Promise<ReceivedFile> {
    await atStage();
    return await receiveLimitedFile(file.stream, path, this.#settings.MAX_CSV_UPLOAD_BYTES, () =>
      this.#intake.hasFreeSpace(),
    );
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
}
