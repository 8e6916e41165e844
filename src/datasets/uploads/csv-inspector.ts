import { totalmem } from 'node:os';
import { TrainyardError } from '../../errors.ts';
import { FairBudget } from '../../platform/concurrency/fair-budget.ts';
import { errorCodeOf } from '../../platform/error-code.ts';
import { readMemoryHeadroom } from '../../platform/monitoring/memory-headroom.ts';
import { atStage, runInThread } from '../../platform/test-pace.ts';
import { poolSize } from '../../platform/threads/pool-size.ts';
import { ThreadPool } from '../../platform/threads/thread-pool.ts';
import { ThreadDiedError, threadFile } from '../../platform/threads/threads.ts';
import type { CsvLimits, CsvOptions } from '../../tabular/csv-options.ts';
import { refusedReport } from '../../tabular/inspection-report.ts';
import { type DatasetIssue, issue } from '../../tabular/issues/issues.ts';
import { READING_MEMORY } from '../../tabular/reader/memory-limit.ts';
import { packColumns } from '../packed-columns.ts';
import type { InspectionRequest, InspectionResult } from './inspect-csv.thread.ts';
import { ReadingProgress } from './reading-progress.ts';
import { isDiskFull, storageFull } from './storage-full.ts';

/** Maximum number of received files that wait for a thread; further ones are refused for the moment. */
const MAX_WAITING = 200;
/** Starting a thread takes longer than reading a small file; an idle one holds about 50 MB. */
const IDLE_MILLISECONDS = 60_000;
/** Larger files are read by several threads: below, splitting the work costs more than it saves. */
const LARGE_FROM = 1 << 24;
/** More would only wait for the merge, and each takes about 40 MB of memory. */
const MAX_EXTRA_THREADS = 7;

/**
 * Bytes of memory per byte of a file, as most files need at most: those with distinct texts. Short labels that are nearly all
 * distinct need more; that is detected during reading, and such a file is then read alone.
 */
const MEMORY_PER_BYTE = 4;
/** Memory that any file needs: chunks and buffered rows of each of its threads. */
const MIN_MEMORY = 1 << 25;
/** Heap of a thread beside the values: its modules, and text. */
const HEAP_BESIDE = 1 << 27;
/** Default share of the memory: the database and trainings need theirs. */
const SHARE_OF_MEMORY = 1 / 4;
const MIN_BUDGET = 64_000_000;

/** A received file, and where its results go. */
export interface FileToInspect {
  /** Its workspace: workspaces take turns. */
  readonly workspaceId: string;
  readonly path: string;
  readonly sizeBytes: number;
  readonly options: CsvOptions;
  readonly limits: CsvLimits;
  /** Where its table is written if the file is accepted; null for nowhere. */
  readonly tablePath: string | null;
  /** Whether to hash the table as well, which takes about 0.1 s for 150 MB. */
  readonly isTableHashed: boolean;
}

/** The default of MAX_READING_MEMORY_BYTES. */
export function defaultReadingMemory(): number {
  const limitBytes = readMemoryHeadroom()?.limitBytes ?? totalmem();
  return Math.max(MIN_BUDGET, Math.floor(limitBytes * SHARE_OF_MEMORY));
}

/** Reads CSV files in threads: as many at once as there are processors and memory for. */
export class CsvInspector {
  readonly #pool: ThreadPool<InspectionRequest, InspectionResult>;
  readonly #memory: FairBudget;

  /** @param memoryBytes for the values of all files being read */
  constructor(memoryBytes = defaultReadingMemory()) {
    this.#memory = new FairBudget(memoryBytes, MAX_WAITING);
    this.#pool = new ThreadPool(threadFile(import.meta.url, './inspect-csv.thread'), {
      size: poolSize(),
      maxWaiting: MAX_WAITING,
      idleMilliseconds: IDLE_MILLISECONDS,
      maxHeapBytes: memoryBytes + HEAP_BESIDE,
    });
  }

  /**
   * Reads a file once there is enough memory; a file that needs more than the whole budget is refused by an issue. On
   * rejection, the table and files that begin with its path may be left. Rejects with the signal's reason, with
   * STORAGE_FULL, or with SERVICE_UNAVAILABLE if the thread died or too many files wait.
   * `onProgress` is called with a growing fraction.
   */
  async inspect(
    file: FileToInspect,
    signal: AbortSignal,
    onProgress?: (fraction: number) => void,
  ): Promise<InspectionResult> {
    using progress = onProgress === undefined ? null : new ReadingProgress(onProgress);
    const monitored = { ...file, progress: progress?.shared ?? null };
    const expected = MIN_MEMORY + file.sizeBytes * MEMORY_PER_BYTE;
    const result = await this.#inspectWithin(expected, monitored, signal);
    if (result.report !== null) return result as InspectionResult;
    // It may have the whole budget once the others are done.
    const { total } = this.#memory;
    const exclusive = expected < total ? await this.#inspectWithin(total, monitored, signal) : result;
    if (exclusive.report !== null) return exclusive as InspectionResult;
    const report = refusedReport([tooMuchMemory(exclusive.what, total)], null);
    return { report: { ...report, columns: packColumns([]) }, table: null };
  }

  /** The result; or, if the file needs more memory than that, what needed it. */
  async #inspectWithin(
    cost: number,
    { sizeBytes, workspaceId, ...file }: FileToInspect & Pick<InspectionRequest, 'progress'>,
    signal: AbortSignal,
  ): Promise<InspectionResult | { readonly report: null; readonly what: string }> {
    const isLarge = sizeBytes >= LARGE_FROM;
    const memoryBytes = Math.min(cost, this.#memory.total);
    const request = { ...file, memoryBytes, spillPath: isLarge ? `${file.path}.part` : null };
    try {
      await atStage();
      return await this.#memory.run(workspaceId, memoryBytes, signal, () =>
        runInThread('reading', () => this.#pool.run(request, { workers: isLarge ? MAX_EXTRA_THREADS : 0, signal })),
      );
    } catch (error) {
      if (isDiskFull(error)) throw storageFull(error);
      if (isOutOfMemory(error)) return { report: null, what: memoryConsumer(error) };
      throw error instanceof ThreadDiedError ? readingDied(error) : error;
    }
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}

function isOutOfMemory(error: unknown): error is Error {
  if (error instanceof ThreadDiedError) return error.reason === 'ERR_WORKER_OUT_OF_MEMORY';
  return errorCodeOf(error) === READING_MEMORY;
}

function memoryConsumer(error: Error): string {
  return error instanceof ThreadDiedError ? 'its values' : error.message;
}

function tooMuchMemory(what: string, bytes: number): DatasetIssue {
  const given = `${Math.round(bytes / 1e6).toLocaleString('en-US')} MB`;
  return issue(
    'CSV_TOO_MUCH_MEMORY',
    `Reading the file needs more memory than the server allows (${given}), because of ${what}.`,
    {
      hint: 'Leave out columns whose texts differ in nearly every row, upload fewer rows, or ask the operator to raise MAX_READING_MEMORY_BYTES.',
    },
  );
}

function readingDied(cause: ThreadDiedError): TrainyardError {
  const error = new TrainyardError('SERVICE_UNAVAILABLE', 'The thread that read the file ended unexpectedly.', {
    argument: 'file',
    hint: 'Try again. If it fails again, tell the operator the requestId.',
  });
  error.cause = cause;
  return error;
}
