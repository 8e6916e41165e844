import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '../../errors.ts';

/** Retry interval for reading and writing while the database or the store of files is unavailable, or full. */
const RETRY_MILLISECONDS = 500;

export interface WaitOptions {
  /** Ends the repeating; null: work that a process which shuts down must still do, but that keeps no process alive. */
  readonly shutdown: AbortSignal | null;
  /** Whether an error goes by itself. Default: that of something unavailable. */
  readonly canPass?: (error: unknown) => boolean;
  /** Called with the first such error. */
  readonly onWait?: (error: unknown) => void;
}

/** Repeats the work while what it needs is unavailable. The work is told how often it has been tried, this time included. */
export async function untilAvailable<T>(
  work: (tries: number) => Promise<T>,
  { shutdown, canPass = isUnavailable, onWait }: WaitOptions,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work(tries);
    } catch (error) {
      if (!canPass(error) || shutdown?.aborted) throw error;
      if (tries === 1) onWait?.(error);
      const options = shutdown === null ? { ref: false } : { signal: shutdown };
      await delay(RETRY_MILLISECONDS, undefined, options).catch(() => undefined);
    }
  }
}
