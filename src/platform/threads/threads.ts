import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCodeOf } from '../error-code.ts';

/**
 * The address of a thread's entry file beside the module that starts it: `threadFile(import.meta.url, './x.thread')`.
 * It ends like the module itself: `.js` in a build, `.ts` where Node runs the source.
 */
export function threadFile(moduleUrl: string, name: string): URL {
  return new URL(name + extname(fileURLToPath(moduleUrl)), moduleUrl);
}

/** A thread ended without a result: by an uncaught error, or because it ran out of memory. */
export class ThreadDiedError extends Error {
  /** Node's code of the reason, such as ERR_WORKER_OUT_OF_MEMORY. */
  readonly reason: string | null;

  constructor(message: string, reason: string | null, cause?: unknown) {
    super(message, { cause });
    this.name = 'ThreadDiedError';
    this.reason = reason;
  }
}

/** The error of a thread that ended with an error that it did not handle. */
export function threadDied(error: unknown): ThreadDiedError {
  const message = error instanceof Error ? error.message : String(error);
  return new ThreadDiedError(`The thread died: ${message}`, errorCodeOf(error) ?? null, error);
}
