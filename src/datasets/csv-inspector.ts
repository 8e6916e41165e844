import { availableParallelism } from 'node:os';
import { TrainyardError } from '../errors.ts';
import { atStage, giveToThread } from '../platform/test-pace.ts';
import { ThreadPool } from '../platform/thread-pool.ts';
import { ThreadDiedError, threadFile } from '../platform/threads.ts';
import type { CsvLimits, CsvOptions } from '../tabular/csv-options.ts';
import type { InspectionAnswer, InspectionRequest } from './inspect-csv.thread.ts';
import { isDiskFull, storageFull } from './storage-full.ts';

/** Files that lie received and wait for a thread; whoever comes then is asked to come later. */
const MAX_WAITING = 200;
/** To start a thread takes longer than to read a small file; one that is kept holds some 50 MB. */
const IDLE_MILLISECONDS = 60_000;
/** From here on a file is read by several threads: what they save is more than what it takes to divide the work. */
const LARGE_FROM = 1 << 24;
/** More helpers would wait for the joining of their work, and each takes some 40 MB of memory. */
const MOST_HELPERS = 7;

/** A file that has been received, and where what comes of it goes. */
export interface FileToInspect {
  readonly path: string;
  readonly sizeBytes: number;
  readonly options: CsvOptions;
  readonly limits: CsvLimits;
  /** Where its table is written if it is accepted; null where none is wanted. */
  readonly tablePath: string | null;
  /** Whether the table is to be hashed as well, which takes about 0.1 s for 150 MB. */
  readonly isTableHashed: boolean;
}

/** Reads CSV files in threads, as many at once as there are cores to read them. */
export class CsvInspector {
  readonly #pool = new ThreadPool<InspectionRequest, InspectionAnswer>(
    threadFile(import.meta.url, './inspect-csv.thread'),
    { size: availableParallelism(), maxWaiting: MAX_WAITING, idleMilliseconds: IDLE_MILLISECONDS },
  );

  /**
   * Reads a file. Files that begin with its path, and the table, may be left where this rejects: with the signal's
   * reason, STORAGE_FULL, or SERVICE_UNAVAILABLE where the thread died or too many files wait.
   */
  async inspect({ sizeBytes, ...file }: FileToInspect, signal: AbortSignal): Promise<InspectionAnswer> {
    const isLarge = sizeBytes >= LARGE_FROM;
    const request = { ...file, spillPath: isLarge ? `${file.path}.part` : null };
    try {
      await atStage();
      signal.throwIfAborted();
      return await giveToThread('reading', () =>
        this.#pool.run(request, { helpers: isLarge ? MOST_HELPERS : 0, signal }),
      );
    } catch (error) {
      if (isDiskFull(error)) throw storageFull(error);
      throw error instanceof ThreadDiedError ? readingDied(error) : error;
    }
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}

function readingDied(cause: ThreadDiedError): TrainyardError {
  const isMemory = cause.reason === 'ERR_WORKER_OUT_OF_MEMORY';
  const error = new TrainyardError(
    'SERVICE_UNAVAILABLE',
    isMemory
      ? 'The file needs more memory to be read than the server has for it.'
      : 'The thread that read the file ended before it was done.',
    {
      argument: 'file',
      hint: isMemory
        ? 'Upload fewer rows or columns.'
        : 'Try again. If it ends the same way, tell the operator the requestId.',
    },
  );
  error.cause = cause;
  return error;
}
