import { Worker } from 'node:worker_threads';
import type { KeyedReply, KeyedRequest } from './serve-keyed-thread.ts';
import { unpackError } from './thread-failure.ts';
import { threadDied } from './threads.ts';

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface KeyedThread {
  readonly worker: Worker;
  readonly pending: Map<number, Pending>;
}

/**
 * Threads that keep what they have loaded for a key: all requests of one key go to one thread, so that nothing is loaded twice.
 * Started on demand; a thread that dies fails its pending requests, and the next request of its keys starts another. A thread
 * answers its requests in any order. Its file calls `serveKeyedThread`.
 */
export class KeyedThreads<Request, Result> {
  readonly #file: URL;
  readonly #threads: (KeyedThread | null)[];
  readonly #workerData: unknown;
  #lastId = 0;
  #isClosed = false;

  /** `size`: number of threads; `workerData`: what each finds in the variable of that name. */
  constructor(file: URL, size: number, workerData: unknown) {
    this.#file = file;
    this.#threads = Array.from({ length: size }, () => null);
    this.#workerData = workerData;
  }

  /**
   * Sends a request to the thread of a key; the buffers in `transfer` are not copied. Rejects with the error of the thread, and
   * with ThreadDiedError if it dies.
   */
  async run(key: string, request: Request, transfer: readonly ArrayBuffer[] = []): Promise<Result> {
    if (this.#isClosed) throw new Error('The threads have been ended.');
    const index = indexOf(key, this.#threads.length);
    const thread = this.#threads[index] ?? this.#start(index);
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    thread.pending.set(id, { resolve, reject });
    // A thread without requests does not keep the process alive.
    thread.worker.ref();
    thread.worker.postMessage({ id, request } satisfies KeyedRequest<Request>, [...transfer]);
    return (await promise) as Result;
  }

  /** Ends all threads; pending requests are rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const threads = this.#threads.filter((thread) => thread !== null);
    for (const { worker } of threads) worker.ref();
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  #start(index: number): KeyedThread {
    const worker = new Worker(this.#file, { workerData: this.#workerData });
    const thread: KeyedThread = { worker, pending: new Map() };
    this.#threads[index] = thread;
    let failure: unknown = new Error('The thread ended.');
    worker.on('message', ({ id, ...reply }: KeyedReply<Result>) => {
      const pending = thread.pending.get(id);
      thread.pending.delete(id);
      if (thread.pending.size === 0) worker.unref();
      if ('failure' in reply) pending?.reject(unpackError(reply.failure));
      else pending?.resolve(reply.result);
    });
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => {
      if (this.#threads[index] === thread) this.#threads[index] = null;
      for (const { reject } of thread.pending.values()) reject(threadDied(failure));
      thread.pending.clear();
    });
    return thread;
  }
}

/** The same number below `count` for the same key: FNV-1a of its characters. */
function indexOf(key: string, count: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % count;
}
