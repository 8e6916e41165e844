import { availableParallelism } from 'node:os';
import { TrainyardError } from '../errors.ts';
import type { PairedTest } from '../ml/comparison/paired-test.ts';
import type { MetricName } from '../ml/evaluation/metrics.ts';
import { Limiter } from '../platform/limiter.ts';
import { ThreadPool } from '../platform/thread-pool.ts';
import { ThreadDiedError, threadFile } from '../platform/threads.ts';
import type { ComparisonAnswer, ComparisonRequest } from './compare-predictions.thread.ts';

/** Each may hold the predictions of two models of 1,000,000 test rows: some 200 MB while it compares them. */
const MOST_THREADS = 2;
/** Comparisons that wait for a thread; whoever comes then is asked to come later. */
const MAX_WAITING = 200;
const IDLE_MILLISECONDS = 60_000;

/** Compares predictions in threads. Those that wait hold no predictions: they are read when a thread is free. */
export class PredictionComparer {
  readonly #turns: Limiter;
  readonly #pool: ThreadPool<ComparisonRequest, ComparisonAnswer>;

  constructor() {
    const size = Math.min(MOST_THREADS, availableParallelism());
    this.#turns = new Limiter(size, MAX_WAITING);
    this.#pool = new ThreadPool(threadFile(import.meta.url, './compare-predictions.thread'), {
      size,
      maxWaiting: MAX_WAITING,
      idleMilliseconds: IDLE_MILLISECONDS,
    });
  }

  /**
   * Tests by each of the metrics whether two models differ, in their order. `read` gives the packed predictions of the same
   * test rows, or null where they are there no more: then this is null too. Rejects with SERVICE_UNAVAILABLE where the
   * thread dies, or too many wait.
   */
  async compare(
    metrics: readonly MetricName[],
    read: () => Promise<readonly [Uint8Array, Uint8Array] | null>,
  ): Promise<readonly PairedTest[] | null> {
    return await this.#turns.run(async () => {
      const predictions = await read();
      if (predictions === null) return null;
      const [first, second] = predictions;
      try {
        return await this.#pool.run({ metrics, first, second });
      } catch (error) {
        throw error instanceof ThreadDiedError ? comparingDied(error) : error;
      }
    });
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}

function comparingDied(cause: ThreadDiedError): TrainyardError {
  const error = new TrainyardError(
    'SERVICE_UNAVAILABLE',
    'The thread that compared the runs ended before it was done.',
    {
      hint: 'Try again. If it ends the same way, tell the operator the requestId.',
    },
  );
  error.cause = cause;
  return error;
}
