import { parentPort, workerData } from 'node:worker_threads';
import type { CsvReport } from '../../../src/tabular/inspection-report.ts';
import { inspectLargeCsv } from '../../../src/tabular/parallel/inspect-large-csv.ts';
import { withMemoryLimit } from '../../../src/tabular/reader/memory-limit.ts';
import { CsvWasm } from '../../../src/tabular/scan/csv-wasm.ts';
import { oneWorker } from '../check-inspection.ts';

/** A file that a thread of its own reads, and how much memory that may take. */
export interface ReadWithin {
  readonly path: string;
  readonly spillPath: string;
  readonly tablePath: string;
  readonly bytes: number;
}

/** What it found, and the memory of its wasm modules afterwards, before they are dropped. */
export interface HaveRead {
  readonly report: CsvReport | null;
  readonly wasmBytes: number;
}

const { bytes, ...file } = workerData as ReadWithin;
const limits = { minDataRows: 1, maxEmptyRatio: 1 };

const answer: HaveRead = await withMemoryLimit(bytes, async () => ({
  report: await inspectLargeCsv({ ...file, options: {}, limits }, oneWorker),
  wasmBytes: CsvWasm.totalBytes,
}));
parentPort?.postMessage(answer);
