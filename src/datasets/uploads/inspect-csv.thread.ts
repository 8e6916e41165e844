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
import { WHOLE } from './reading-progress.ts';

/** A request to read a CSV file, and to write its table if the file is accepted and a path is given. */
export interface InspectionRequest {
  readonly path: string;
  readonly options: CsvOptions;
  readonly limits: CsvLimits;
  readonly tablePath: string | null;
  /** Whether to hash the table as well. */
  readonly isTableHashed: boolean;
  /** Maximum memory for the values of the file. */
  readonly memoryBytes: number;
  /** Path prefix of temporary files, for a large file; null for others. */
  readonly spillPath: string | null;
  /** Where the millionths of the reading that are done are written, in shared memory; null where nobody looks. */
  readonly progress: Int32Array<SharedArrayBuffer> | null;
}

/** The findings, without the table itself. */
export interface InspectionResult {
  readonly report: PackedReport;
  /** The written table; null if none was written, or it was not to be hashed. */
  readonly table: { readonly sizeBytes: number; readonly sha256: string } | null;
}

/** A report, packed for the transfer between threads. */
export interface PackedReport extends Omit<CsvReport, 'columns'> {
  readonly columns: PackedColumns;
}

type ReadingWorker = RemoteWorker<PoolRequest, PoolResult>;

/** Threads of the process's pool as workers of one file. A worker that is called away leaves its share to the others. */
function poolOf(workers: readonly ReadingWorker[], spillPath: string): ReadingPool {
  // A worker that leaves before it begins creates no such file, but the file is opened later in any case.
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
  { path, options, limits, tablePath, spillPath, progress }: InspectionRequest,
  workers: readonly ReadingWorker[],
): Promise<CsvReport> {
  const onProgress = (fraction: number) => {
    if (progress !== null) Atomics.store(progress, 0, fraction * WHOLE);
  };
  if (spillPath !== null) {
    // Not needed for small files.
    const { inspectLargeCsv } = await import('../../tabular/parallel/inspect-large-csv.ts');
    const file = { path, options, limits, tablePath, spillPath };
    const report = await inspectLargeCsv(file, poolOf(workers, spillPath), onProgress);
    if (report !== null) return report;
  }
  const { table, ...report } = inspectCsv(path, options, limits, onProgress);
  if (table !== null && tablePath !== null) {
    const { writeTableFile } = await import('../../tabular/table-file/table-file.ts');
    writeTableFile(tablePath, table);
  }
  return report;
}

/** On few processors the event loop takes precedence over files: it gets three times as much of a processor. */
const NICENESS = 5;
const MAX_NICENESS = constants.priority.PRIORITY_LOW;

// On Linux the priority is that of the calling thread; elsewhere it would be that of the process.
if (process.platform === 'linux') setPriority(Math.min(MAX_NICENESS, getPriority() + NICENESS));

serveThreadPool<InspectionRequest, InspectionResult, PoolRequest, PoolResult>({
  coordinate: inspect,
  transferOf: ({ report }) => transferOf(report.columns),
  work: performRequest,
});
