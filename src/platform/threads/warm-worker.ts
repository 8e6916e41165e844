import { Worker } from 'node:worker_threads';
import type { PoolAccess } from './pool-coordinator.ts';
import type { ThreadReport } from './serve-orders.ts';
import { startPoolWorkers } from './start-pool-workers.ts';
import { ThreadDiedError, threadDied } from './threads.ts';

export interface OrderOptions<Message> {
  /** Called for each message of the thread. */
  readonly onMessage: (message: Message) => void;
  /** Ends the thread at once when it fires; the promise then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Workers of its pool. It finds the pool in its order as `pool`. */
  readonly followers: number;
  /** Whether the order takes so much memory that the thread is not kept for the next one: a heap that has grown stays so. */
  readonly isLarge?: boolean;
  /** Buffers of the order that the thread takes over. */
  readonly transfer?: readonly ArrayBuffer[];
}

/** What a thread is given: what it is to do, and the pool that it coordinates. */
export type WithPool<Order extends object> = Order & { readonly pool: PoolAccess };

/**
 * A thread that does one order after the other, with a pool of workers where one is wanted. It has loaded its modules before the first
 * one comes, so that small orders cost no start. What did a large order, coordinated a pool, failed or was ended is not used again:
 * the memory that it took goes with it.
 */
export class WarmWorker<Order extends object, Message> {
  readonly #file: URL;
  readonly #followerFile: URL;
  #spare: Worker | null = null;

  /** `file` calls `serveOrders`, `followerFile` calls `runPoolWorker`. */
  constructor(file: URL, followerFile: URL) {
    this.#file = file;
    this.#followerFile = followerFile;
    this.#keep(this.#start());
  }

  /**
   * Does one order, of which there may be several at once. Resolves when it is done; rejects with ThreadDiedError, as soon as
   * any of its threads has died, or with the signal's reason.
   */
  async run(
    order: Order,
    { onMessage, signal, followers: count, isLarge = false, transfer = [] }: OrderOptions<Message>,
  ): Promise<void> {
    signal.throwIfAborted();
    const worker = this.#spare ?? this.#start();
    this.#spare = null;
    worker.ref();
    const { access, workers: followers } = startPoolWorkers(this.#followerFile, count);
    const workers = [...followers, worker];
    const ended = new AbortController();
    let isReusable = false;
    const abort = () => {
      for (const each of workers) void each.terminate();
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        const listen = <Value>(each: Worker, event: string, heard: (value: Value) => void) => {
          each.on(event, heard);
          ended.signal.addEventListener('abort', () => each.off(event, heard), { once: true });
        };
        listen(worker, 'message', (report: ThreadReport<Message>) => {
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
            // A follower ends by itself when its leader has no more work for it.
            else if (each === worker || code !== 0)
              reject(new ThreadDiedError(`The thread ended with code ${code}.`, null));
          });
        }
        const led: WithPool<Order> = { ...order, pool: access };
        worker.postMessage(led, [...access.ports, ...transfer]);
      });
      isReusable = count === 0 && !isLarge && !signal.aborted;
    } finally {
      signal.removeEventListener('abort', abort);
      ended.abort();
      if (isReusable && this.#spare === null) this.#keep(worker);
      else await Promise.all(workers.map((each) => each.terminate()));
      if (this.#spare === null) this.#keep(this.#start());
    }
  }

  async close(): Promise<void> {
    await this.#spare?.terminate();
    this.#spare = null;
  }

  #start(): Worker {
    const worker = new Worker(this.#file);
    const forget = () => {
      if (this.#spare === worker) this.#spare = null;
    };
    return worker.once('error', forget).once('exit', forget);
  }

  #keep(worker: Worker): void {
    this.#spare = worker;
    // It waits for nobody: the process may end without it.
    worker.unref();
  }
}
