import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ResourceLimits, Worker } from 'node:worker_threads';

/**
 * The address of a thread's entry file beside the module that starts it: `threadFile(import.meta.url, './x.thread')`.
 * It ends like the module itself: `.js` in a build, `.ts` where Node runs the source.
 */
export function threadFile(moduleUrl: string, name: string): URL {
  return new URL(name + extname(fileURLToPath(moduleUrl)), moduleUrl);
}

/** A thread that ended without giving its result: it threw outside of its own handling, or ran out of memory. */
export class ThreadDiedError extends Error {
  /** Node's code of the reason, such as ERR_WORKER_OUT_OF_MEMORY. */
  readonly reason: string | null;

  constructor(message: string, reason: string | null, cause?: unknown) {
    super(message, { cause });
    this.name = 'ThreadDiedError';
    this.reason = reason;
  }
}

export interface ThreadOptions<Message> {
  readonly data: unknown;
  /** Called for each message of the thread. */
  readonly onMessage: (message: Message) => void;
  /** Ends the thread at once when it fires; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly resourceLimits?: ResourceLimits;
}

/** Runs a thread to its end. Resolves when it exits by itself; rejects with ThreadDiedError or the signal's reason. */
export async function runThread<Message>(file: URL, options: ThreadOptions<Message>): Promise<void> {
  options.signal?.throwIfAborted();
  const worker = new Worker(file, {
    workerData: options.data,
    ...(options.resourceLimits ? { resourceLimits: options.resourceLimits } : {}),
  });
  const abort = () => void worker.terminate();
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: Message) => {
        try {
          options.onMessage(message);
        } catch (error) {
          reject(error);
          void worker.terminate();
        }
      });
      worker.on('error', (error) => reject(threadDied(error)));
      worker.on('exit', (code) => {
        if (options.signal?.aborted) reject(options.signal.reason);
        else if (code === 0) resolve();
        else reject(new ThreadDiedError(`The thread ended with code ${code}.`, null));
      });
    });
  } finally {
    options.signal?.removeEventListener('abort', abort);
    await worker.terminate();
  }
}

/** The error of a thread that ended with an error that it did not handle. */
export function threadDied(error: unknown): ThreadDiedError {
  const message = error instanceof Error ? error.message : String(error);
  const reason = error instanceof Error && 'code' in error ? String(error.code) : null;
  return new ThreadDiedError(`The thread died: ${message}`, reason, error);
}
