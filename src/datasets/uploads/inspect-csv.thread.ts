import { closeSync, openSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';
import { reportDone } from '../../platform/test-pace.ts';
import { type RemoteWorker, serveThreadPool } from '../../platform/threads/pooled-thread.ts';
import type { CsvLimits, CsvOptions } from '../../tabular/csv-options.ts';
import { inspectCsv } from '../../tabular/inspect-csv.ts';
import type { CsvReport } from '../../tabular/inspection-report.ts';
import {
  type PoolRequest,
  type PoolResult,
  performRequest,
  type ReadingPool,
} from '../../tabular/parallel/reading-pool.ts';
import { withMemoryLimit } from '../../tabular/reader/memory-limit.ts';
import { type PackedColumns, packColumns, transferOf } from '../packed-columns.ts';
import { hashFile } from './hash-file.ts';

/** What a thread is asked: to read a CSV file, and to write its table if it is accepted and one is wanted. */
export interface InspectionRequest {
  readonly path: string;
  readonly options: CsvOptions;
  readonly limits: CsvLimits;
  readonly tablePath: string | null;
  /** Whether the table is to be hashed as well. */
  readonly isTableHashed: boolean;
  /** Memory that the values of the file may take. */
  readonly memoryBytes: number;
  /** The beginning of the paths of temporary files, for a file that is large; null for others. */
  readonly spillPath: string | null;
}

/** What it answers: all that was found out, without the table itself. */
export interface InspectionResult {
  readonly report: PackedReport;
  /** Of the table that was written; null where none was, or where it was not to be hashed. */
  readonly table: { readonly sizeBytes: number; readonly sha256: string } | null;
}

/** A report as it goes from one thread to another. */
export interface PackedReport extends Omit<CsvReport, 'columns'> {
  readonly columns: PackedColumns;
}

type ReadingWorker = RemoteWorker<PoolRequest, PoolResult>;

/** Threads of the process's pool as workers of one reading. One that is called away meanwhile leaves its share to the others. */
function poolOf(workers: readonly ReadingWorker[], spillPath: string): ReadingPool {
  // A helper that leaves before it begins would leave no such file, and it is opened later all the same.
  for (const worker of workers.keys()) closeSync(openSync(`${spillPath}${worker + 1}`, 'w'));
  return {
    size: workers.length,
    async run(requestFor, take) {
      await Promise.all(workers.map((worker, index) => worker.run(requestFor(index), take)));
    },
  };
}

async function inspect(request: InspectionRequest, workers: readonly ReadingWorker[]): Promise<InspectionResult> {
  const { tablePath, isTableHashed } = request;
  try {
    const report = await withMemoryLimit(request.memoryBytes, () => read(request, workers));
    const isHashed = isTableHashed && report.accepted && tablePath !== null;
    const packed = { ...report, columns: packColumns(report.columns) };
    return { report: packed, table: isHashed ? hashFile(tablePath) : null };
  } finally {
    reportDone();
  }
}

async function read(
  { path, options, limits, tablePath, spillPath }: InspectionRequest,
  workers: readonly ReadingWorker[],
): Promise<CsvReport> {
  if (spillPath !== null) {
    // Small files need none of it.
    const { inspectLargeCsv } = await import('../../tabular/parallel/inspect-large-csv.ts');
    const file = { path, options, limits, tablePath, spillPath };
    const report = await inspectLargeCsv(file, poolOf(workers, spillPath));
    if (report !== null) return report;
  }
  const { table, ...report } = inspectCsv(path, options, limits);
  if (table !== null && tablePath !== null) {
    const { writeTableFile } = await import('../../tabular/table-file/table-file.ts');
    writeTableFile(tablePath, table);
  }
  return report;
}

/** Where cores are few, the event loop of the process comes before its files: of a core it gets three times as much. */
const NICENESS = 5;
const MAX_NICENESS = constants.priority.PRIORITY_LOW;

// On Linux this is a matter of the thread that calls; elsewhere it would be one of the process.
if (process.platform === 'linux') setPriority(Math.min(MAX_NICENESS, getPriority() + NICENESS));

serveThreadPool<InspectionRequest, InspectionResult, PoolRequest, PoolResult>({
  coordinate: inspect,
  transferOf: ({ report }) => transferOf(report.columns),
  work: performRequest,
});
