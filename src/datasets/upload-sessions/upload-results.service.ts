import type { Database } from '../../platform/postgres/database.ts';
import type { DatasetService } from '../dataset.service.ts';
import type { FileIntake, UploadResult } from '../uploads/file-intake.ts';
import { unpackReport } from './refused-report.ts';
import { listReportPieces, type UploadSessionRow } from './upload-session.store.ts';

/** What came of the files of upload sessions. */
export class UploadResults {
  readonly #database: Database;
  readonly #datasets: Pick<DatasetService, 'find'>;
  readonly #intake: Pick<FileIntake, 'reportOf'>;

  constructor(database: Database, datasets: Pick<DatasetService, 'find'>, intake: Pick<FileIntake, 'reportOf'>) {
    this.#database = database;
    this.#datasets = datasets;
    this.#intake = intake;
  }

  /** Null while there is no result, and for a dataset that has been deleted. */
  async of(session: UploadSessionRow): Promise<UploadResult | null> {
    const { datasetId, report, workspaceId, id } = session;
    if (report !== null) {
      const readPieces = () => this.#database.transaction({ workspaceId }, (tx) => listReportPieces(tx, id));
      return { dataset: null, report: unpackReport(session, report, readPieces) };
    }
    const dataset = datasetId && (await this.#datasets.find({ workspaceId }, datasetId));
    return dataset ? { dataset, report: this.#intake.reportOf(dataset) } : null;
  }
}
