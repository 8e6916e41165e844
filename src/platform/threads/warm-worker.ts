import { Worker } from 'node:worker_threads';
import type { PoolAccess } from './pool-coordinator.ts';
import type { ThreadReply } from './serve-thread.ts';
import { startPoolWorkers } from './start-pool-workers.ts';
import { ThreadDiedError, threadDied } from './threads.ts';

export interface TaskOptions<Message> {
  /** Called for each message of the thread. */
  readonly onMessage: (message: Message) => void;
  /** Ends the thread at once; the promise then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Number of workers of its pool, which it finds in its input as `pool`. */
  readonly poolWorkers: number;
  /** Whether the input takes so much memory that the thread is not reused: a heap that has grown stays large. */
  readonly isLarge?: boolean;
  /** Buffers of the input that are transferred to the thread. */
  readonly transfer?: readonly ArrayBuffer[];
}

/** The input of a thread, and the pool that it coordinates. */
export type WithPool<Input extends object> = Input & { readonly pool: PoolAccess };

/**
 * A thread that handles one input after the other, with a worker pool if requested. It is started in advance, with its modules
 * loaded, so that small inputs have no start-up cost. A thread that handled a large input, coordinated a pool, failed or was
 * aborted is not reused, which frees its memory.
 */
export class WarmWorker<Input extends object, Message> {
  readonly #file: URL;
  readonly #poolWorkerFile: URL;
  #warm: Worker | null = null;

  /** `file` calls `serveThread`, `poolWorkerFile` calls `runPoolWorker`. */
  constructor(file: URL, poolWorkerFile: URL) {
    this.#file = file;
    this.#poolWorkerFile = poolWorkerFile;
    this.#keep(this.#start());
  }

  /**
   * Handles one input; several may run at once. Resolves when it is done; rejects with ThreadDiedError as soon as any of its
   * threads has died, or with the signal's reason.
   */
  async run(
    input: Input,
    { onMessage, signal, poolWorkers: count, isLarge = false, transfer = [] }: TaskOptions<Message>,
  ): Promise<void> {
    signal.throwIfAborted();
    const worker = this.#warm ?? this.#start();
    this.#warm = null;
    worker.ref();
    const { access, workers: poolWorkers } = startPoolWorkers(this.#poolWorkerFile, count);
    const workers = [...poolWorkers, worker];
    const ended = new AbortController();
    let isReusable = false;
    const abort = () => {
      for (const each of workers) void each.terminate();
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        const listen = <Value>(each: Worker, event: string, handler: (value: Value) => void) => {
          each.on(event, handler);
          ended.signal.addEventListener('abort', () => each.off(event, handler), { once: true });
        };
        listen(worker, 'message', (report: ThreadReply<Message>) => {
          try {
            if (report.done) resolve();
            else onMessage(report.message);
          } catch (error) {
            reject(error);
          }
        });
        for (const each of workers) {
          listen(each, 'error', (error: unknown) => reject(threadDied(error)));
          listen(each, 'exit', (code: number) => {
            if (signal.aborted) reject(signal.reason);
            // A pool worker exits by itself when its coordinator closes the pool.
            else if (each === worker || code !== 0) {
              reject(new ThreadDiedError(`The thread ended with code ${code}.`, null));
            }
          });
        }
        const inputWithPool: WithPool<Input> = { ...input, pool: access };
        worker.postMessage(inputWithPool, [...access.ports, ...transfer]);
      });
      isReusable = count === 0 && !isLarge && !signal.aborted;
    } finally {
      signal.removeEventListener('abort', abort);
      ended.abort();
      if (isReusable && this.#warm === null) this.#keep(worker);
      else await Promise.all(workers.map((each) => each.terminate()));
      if (this.#warm === null) this.#keep(this.#start());
    }
  }

  async close(): Promise<void> {
    await this.#warm?.terminate();
    this.#warm = null;
  }

  #start(): Worker {
    const worker = new Worker(this.#file);
    const forget = () => {
      if (this.#warm === worker) this.#warm = null;
    };
    return worker.once('error', forget).once('exit', forget);
  }

  #keep(worker: Worker): void {
    this.#warm = worker;
    // An idle thread does not keep the process alive.
    worker.unref();
  }
}
