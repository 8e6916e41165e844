import { diskErrorOf } from '../../datasets/uploads/storage-full.ts';
import { isUnavailable } from '../../errors.ts';
import { untilAvailable as repeatUntilAvailable } from '../../jobs/workers/until-available.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';

/**
 * Repeats the work while the database or the file store is unavailable, and while the store is full, until the worker shuts down.
 * A worker that shuts down must requeue its run in time; what is written for that keeps no process alive. The work is told how
 * often it has been tried, this time included.
 */
export function untilAvailable<T>(
  shutdown: AbortSignal | null,
  logger: Logger,
  work: (tries: number) => Promise<T>,
): Promise<T> {
  const onWait = (error: unknown) => {
    if (!isUnavailable(error)) logger.error({ err: error }, 'no room for files: the run waits for it');
  };
  return repeatUntilAvailable(work, { shutdown, canPass, onWait });
}

/** True for an error that goes by itself, or when an operator has made room. */
export function canPass(error: unknown): boolean {
  return isUnavailable(error) || diskErrorOf(error) !== null;
}
