import type { PackedColumns } from '../packed-columns.ts';
import { NO_COLUMNS, ReadColumns, type ReportColumns } from '../report-columns.ts';
import type { DatasetReport } from '../uploads/file-intake.ts';
import type { ReportPieceRow, UploadSessionRow } from './upload-session.store.ts';
import type { RefusedReport } from './upload-session.table.ts';

/** The number of the piece with the names of all columns. */
const NAMES = -1;

/** A report on a refused file in the form in which it is stored. */
export interface PackedReport {
  readonly report: RefusedReport;
  readonly pieces: readonly ReportPieceRow[];
}

export function packReport(
  { id: sessionId, workspaceId }: Pick<UploadSessionRow, 'id' | 'workspaceId'>,
  { columns, filename: _filename, sizeBytes: _sizeBytes, ...report }: DatasetReport,
): PackedReport {
  if (!(columns instanceof ReadColumns)) return { report, pieces: [] };
  const { names, pieces, count } = columns.packed;
  const key = { sessionId, workspaceId };
  return {
    report,
    pieces: [
      { ...key, piece: NAMES, first: 0, count, bytes: names },
      ...pieces.map(({ first, count: columnCount, json }, piece) => {
        return { ...key, piece, first, count: columnCount, bytes: json };
      }),
    ],
  };
}

/** The report as it was; `readPieces` is called when its columns are asked for. */
export function unpackReport(
  { filename, sizeBytes }: Pick<UploadSessionRow, 'filename' | 'sizeBytes'>,
  report: RefusedReport,
  readPieces: () => Promise<readonly ReportPieceRow[]>,
): DatasetReport {
  const columns: ReportColumns = {
    page: async (page) => columnsOf(await readPieces()).page(page),
  };
  return { ...report, filename, sizeBytes, columns };
}

function columnsOf([names, ...pieces]: readonly ReportPieceRow[]): ReportColumns {
  if (names === undefined) return NO_COLUMNS;
  const packed: PackedColumns = {
    count: names.count,
    names: names.bytes,
    pieces: pieces.map(({ first, count, bytes }) => ({ first, count, json: bytes })),
  };
  return new ReadColumns(packed);
}
