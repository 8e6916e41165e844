import { parentPort, workerData } from 'node:worker_threads';
import type { CsvLimits, CsvOptions } from '../tabular/csv-options.ts';
import { type CsvInspection, inspectCsv } from '../tabular/inspect-csv.ts';
import { writeTableFile } from '../tabular/table-file.ts';

/** What the thread is given: a CSV file to read, and where to write its table if it is accepted and one is wanted. */
export interface InspectionRequest {
  readonly path: string;
  readonly options: CsvOptions;
  readonly limits: CsvLimits;
  readonly tablePath: string | null;
}

/** What it answers: all that was found out, without the table itself. */
export type InspectionAnswer = Omit<CsvInspection, 'table'>;

const request = workerData as InspectionRequest;
const { table, ...answer } = inspectCsv(request.path, request.options, request.limits);
if (table !== null && request.tablePath !== null) writeTableFile(request.tablePath, table);
parentPort?.postMessage(answer satisfies InspectionAnswer);
