import { TrainyardError } from '../../errors.ts';
import type { PairedTest } from '../../ml/comparison/paired-test.ts';
import type { MetricName } from '../../ml/evaluation/metrics.ts';
import { FairLimiter } from '../../platform/concurrency/fair-limiter.ts';
import { poolSize } from '../../platform/threads/pool-size.ts';
import { ThreadPool } from '../../platform/threads/thread-pool.ts';
import { ThreadDiedError, threadFile } from '../../platform/threads/threads.ts';
import type { ComparisonRequest, ComparisonResult } from './compare-predictions.thread.ts';

/** Each may hold the predictions of two models for 1,000,000 test rows, about 200 MB. */
const MAX_THREADS = 2;
/** Maximum number of waiting comparisons per workspace. */
const MAX_WAITING = 200;
const IDLE_MILLISECONDS = 60_000;

/** The runs to compare, and the metrics. */
export interface Comparison {
  readonly workspaceId: string;
  readonly runIds: readonly [string, string];
  readonly metrics: readonly MetricName[];
}

type Tests = readonly PairedTest[] | null;

/**
 * Compares predictions in threads, for which workspaces take turns. Waiting comparisons hold no predictions: these are read
 * once a thread is free. Concurrent requests for the same comparison share one result.
 */
export class PredictionComparer {
  readonly #limiter: FairLimiter;
  /** Running and waiting comparisons. */
  readonly #pending = new Map<string, Promise<Tests>>();
  readonly #pool: ThreadPool<ComparisonRequest, ComparisonResult>;

  constructor() {
    const size = poolSize(MAX_THREADS);
    this.#limiter = new FairLimiter(size, MAX_WAITING);
    this.#pool = new ThreadPool(threadFile(import.meta.url, './compare-predictions.thread'), {
      size,
      // The limiter admits no more requests than there are threads.
      maxWaiting: size,
      idleMilliseconds: IDLE_MILLISECONDS,
    });
  }

  /**
   * Tests for each of the metrics whether two models differ. `read` returns the packed predictions of the same test rows,
   * or null if they have been deleted: the result is then null too. Rejects with SERVICE_UNAVAILABLE if the thread dies,
   * and with RATE_LIMITED if too many comparisons of the workspace wait.
   */
  async compare(
    { workspaceId, runIds, metrics }: Comparison,
    read: () => Promise<readonly [Uint8Array, Uint8Array] | null>,
  ): Promise<Tests> {
    const key = JSON.stringify([workspaceId, runIds, metrics]);
    const pending = this.#pending.get(key);
    if (pending !== undefined) return await pending;
    const tests = this.#limiter.run(workspaceId, () => this.#compareNow(metrics, read));
    this.#pending.set(key, tests);
    try {
      return await tests;
    } finally {
      this.#pending.delete(key);
    }
  }

  async #compareNow(
    metrics: readonly MetricName[],
    read: () => Promise<readonly [Uint8Array, Uint8Array] | null>,
  ): Promise<Tests> {
    const predictions = await read();
    if (predictions === null) return null;
    const [first, second] = predictions;
    try {
      return await this.#pool.run({ metrics, first, second });
    } catch (error) {
      throw error instanceof ThreadDiedError ? comparingDied(error) : error;
    }
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}

function comparingDied(cause: ThreadDiedError): TrainyardError {
  const error = new TrainyardError('SERVICE_UNAVAILABLE', 'The thread that compared the runs ended unexpectedly.', {
    hint: 'Try again. If it fails again, tell the operator the requestId.',
  });
  error.cause = cause;
  return error;
}
