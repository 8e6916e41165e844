import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { threadFile } from '../platform/threads.ts';
import type { CsvReport } from '../tabular/conclusion.ts';
import type { CsvLimits, CsvOptions } from '../tabular/csv-options.ts';
import { inspectCsv } from '../tabular/inspect-csv.ts';
import type { CrewAnswer, CrewRequest, ReadingCrew } from '../tabular/reading-crew.ts';
import type { HelperMessage } from './read-csv-part.thread.ts';

/** What the thread is given: a CSV file to read, and where to write its table if it is accepted and one is wanted. */
export interface InspectionRequest {
  readonly path: string;
  readonly options: CsvOptions;
  readonly limits: CsvLimits;
  readonly tablePath: string | null;
}

/** What it answers: all that was found out, without the table itself. */
export type InspectionAnswer = CsvReport;

/** From here on the time that helpers take to start is less than what they save. */
const LARGE_FROM = 1 << 24;
/** More helpers would wait for the joining of their work, and each takes some 40 MB of memory. */
const MOST_HELPERS = 7;

/** Helpers as threads of their own. */
class ThreadCrew implements ReadingCrew, Disposable {
  readonly size: number;
  readonly #workers: readonly Worker[];

  constructor(size: number) {
    this.size = size;
    const file = threadFile(import.meta.url, './read-csv-part.thread');
    this.#workers = Array.from({ length: size }, () => new Worker(file));
  }

  async run(requestFor: (helper: number) => CrewRequest, take: (answer: CrewAnswer) => void): Promise<void> {
    await Promise.all(this.#workers.map((worker, helper) => runOne(worker, requestFor(helper), take)));
  }

  [Symbol.dispose](): void {
    for (const worker of this.#workers) void worker.terminate();
  }
}

/** Gives a helper a request; resolves when it is done with it. */
function runOne(worker: Worker, request: CrewRequest, take: (answer: CrewAnswer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      stopListening();
      reject(error);
    };
    const exit = (code: number) => fail(new Error(`A thread that reads a CSV ended with code ${code}.`));
    const listen = (message: HelperMessage) => {
      if (message.type !== 'done') return take(message);
      stopListening();
      resolve();
    };
    const stopListening = () => {
      worker.off('message', listen).off('error', fail).off('exit', exit);
    };
    worker.on('message', listen).on('error', fail).on('exit', exit);
    worker.postMessage(request);
  });
}

async function inspect({ path, options, limits, tablePath }: InspectionRequest): Promise<InspectionAnswer> {
  if (statSync(path).size >= LARGE_FROM) {
    // Small files need none of it.
    const { inspectLargeCsv } = await import('../tabular/inspect-large-csv.ts');
    using crew = new ThreadCrew(Math.min(MOST_HELPERS, availableParallelism() - 1));
    const file = { path, options, limits, tablePath, spillPath: `${path}.part` };
    const report = await inspectLargeCsv(file, crew);
    if (report !== null) return report;
  }
  const { table, ...report } = inspectCsv(path, options, limits);
  if (table !== null && tablePath !== null) {
    const { writeTableFile } = await import('../tabular/table-file.ts');
    writeTableFile(tablePath, table);
  }
  return report;
}

parentPort?.postMessage(await inspect(workerData as InspectionRequest));
