import { setTimeout as delay } from 'node:timers/promises';
import { diskErrorOf } from '../../datasets/uploads/storage-full.ts';
import { isUnavailable } from '../../errors.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';

/** Retry interval for reading and writing while the database or the file store is unavailable, or full. */
const RETRY_MILLISECONDS = 500;

/**
 * Repeats the work while the database or the file store is unavailable, and while the store is full, until the worker shuts down.
 * A worker that shuts down must requeue its run in time; what is written for that keeps no process alive. The work is told how
 * often it has been tried, this time included.
 */
export async function untilAvailable<T>(
  shutdown: AbortSignal | null,
  logger: Logger,
  work: (tries: number) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work(tries);
    } catch (error) {
      if (!canPass(error) || shutdown?.aborted) throw error;
      if (tries === 1 && !isUnavailable(error)) logger.error({ err: error }, 'no room for files: the run waits for it');
      const options = shutdown === null ? { ref: false } : { signal: shutdown };
      await delay(RETRY_MILLISECONDS, undefined, options).catch(() => undefined);
    }
  }
}

/** True for an error that goes by itself, or when an operator has made room. */
export function canPass(error: unknown): boolean {
  return isUnavailable(error) || diskErrorOf(error) !== null;
}
