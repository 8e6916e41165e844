import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { CrewAccess } from './crew-leader.ts';
import { startFollowers } from './start-followers.ts';

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
  readonly data: object;
  /** Called for each message of the thread. */
  readonly onMessage: (message: Message) => void;
  /** Ends the thread at once when it fires; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Threads that follow it in a crew: the file that they run, and how many. It finds them in its data as `crew`. */
  readonly followers: { readonly file: URL; readonly count: number };
}

/** What a thread finds in its `workerData`. */
export type ThreadData<Data extends object> = Data & { readonly crew: CrewAccess };

/**
 * Runs a thread, with those that follow it, to its end. Resolves when it exits by itself; rejects with ThreadDiedError, as
 * soon as any of them has died, or with the signal's reason. None of them is left then.
 */
export async function runThread<Message>(file: URL, options: ThreadOptions<Message>): Promise<void> {
  options.signal?.throwIfAborted();
  const { access, workers: followers } = startFollowers(options.followers.file, options.followers.count);
  const workers = [...followers];
  const abort = () => {
    for (const each of workers) void each.terminate();
  };
  try {
    const data: ThreadData<object> = { ...options.data, crew: access };
    const worker = new Worker(file, { workerData: data, transferList: [...access.ports] });
    workers.push(worker);
    options.signal?.addEventListener('abort', abort, { once: true });
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: Message) => {
        try {
          options.onMessage(message);
        } catch (error) {
          reject(error);
        }
      });
      for (const each of workers) each.on('error', (error) => reject(threadDied(error)));
      for (const follower of followers) {
        follower.on('exit', (code) => {
          if (options.signal?.aborted) reject(options.signal.reason);
          else if (code !== 0) reject(new ThreadDiedError(`A thread that helped ended with code ${code}.`, null));
        });
      }
      worker.on('exit', (code) => {
        if (options.signal?.aborted) reject(options.signal.reason);
        else if (code === 0) resolve();
        else reject(new ThreadDiedError(`The thread ended with code ${code}.`, null));
      });
    });
  } finally {
    options.signal?.removeEventListener('abort', abort);
    await Promise.all(workers.map((each) => each.terminate()));
  }
}

/** The error of a thread that ended with an error that it did not handle. */
export function threadDied(error: unknown): ThreadDiedError {
  const message = error instanceof Error ? error.message : String(error);
  const reason = error instanceof Error && 'code' in error ? String(error.code) : null;
  return new ThreadDiedError(`The thread died: ${message}`, reason, error);
}
