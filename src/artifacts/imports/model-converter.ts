import { TrainyardError } from '../../errors.ts';
import { importIssue } from '../../ml/imported/import-issue.ts';
import { atStage, runInThread } from '../../platform/test-pace.ts';
import { poolSize } from '../../platform/threads/pool-size.ts';
import { ThreadPool } from '../../platform/threads/thread-pool.ts';
import { ThreadDiedError, threadFile } from '../../platform/threads/threads.ts';
import type { Conversion, ConversionRequest } from './import-model.thread.ts';

/** The other processors are for predictions and for reading. */
const MAX_THREADS = 2;
/** Files that wait for a thread; further ones are refused for the moment. */
const MAX_WAITING = 50;
const IDLE_MILLISECONDS = 60_000;
/** What JSON takes in memory is ten to twenty times its size. */
const HEAP_PER_BYTE = 20;
/** Beside the file: modules, and what is read of a dataset. */
const HEAP_BESIDE = 1 << 28;

/** Reads files of models that were made elsewhere, in threads. */
export class ModelConverter {
  readonly #pool: ThreadPool<ConversionRequest, Conversion>;

  /** `maxFileBytes`: of the largest file. */
  constructor(maxFileBytes: number) {
    this.#pool = new ThreadPool(threadFile(import.meta.url, './import-model.thread'), {
      size: poolSize(MAX_THREADS),
      maxWaiting: MAX_WAITING,
      idleMilliseconds: IDLE_MILLISECONDS,
      maxHeapBytes: maxFileBytes * HEAP_PER_BYTE + HEAP_BESIDE,
    });
  }

  /**
   * Converts a file; one that needs more memory than a thread has is refused. Rejects with the signal's reason, and with
   * SERVICE_UNAVAILABLE if the thread died or too many files wait.
   */
  async convert(request: ConversionRequest, signal: AbortSignal): Promise<Conversion> {
    try {
      await atStage();
      return await runInThread('reading', () => this.#pool.run(request, { signal }));
    } catch (error) {
      if (!(error instanceof ThreadDiedError)) throw error;
      if (error.reason !== 'ERR_WORKER_OUT_OF_MEMORY') throw convertingDied(error);
      const hint = 'Train the model with fewer or smaller trees.';
      return { refusal: importIssue('MODEL_FILE_TOO_LARGE', 'Reading the file takes too much memory.', { hint }) };
    }
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}

function convertingDied(cause: ThreadDiedError): TrainyardError {
  const error = new TrainyardError('SERVICE_UNAVAILABLE', 'The thread that read the file ended unexpectedly.', {
    argument: 'file',
    hint: 'Try again. If it fails again, tell the operator the requestId.',
  });
  error.cause = cause;
  return error;
}
