import { type MessagePort, parentPort } from 'node:worker_threads';
import { packError, type ThreadFailure, unpackError } from './thread-failure.ts';

/** The messages of a thread pool to its threads. */
export type ThreadCommand<Request> =
  | { readonly type: 'coordinate'; readonly request: Request; readonly workers: readonly MessagePort[] }
  | { readonly type: 'assist'; readonly port: MessagePort; readonly recalled: Int32Array }
  | { readonly type: 'release' };

/** The messages of a thread to its pool: the outcome of a request that it coordinated, or that it was released as a worker. */
export type ThreadMessage<Result> =
  | { readonly type: 'result'; readonly result: Result }
  | { readonly type: 'failure'; readonly failure: ThreadFailure }
  | { readonly type: 'released' };

/** The messages of a worker to the coordinating thread. */
type WorkerReport<Piece> =
  | { readonly type: 'piece'; readonly piece: Piece }
  | { readonly type: 'done' }
  | { readonly type: 'failure'; readonly failure: ThreadFailure }
  | { readonly type: 'released' };

/** The work of a thread pool. Each thread may coordinate one request, and later be a worker for another thread. */
export interface PooledWork<Request, Result, Task, Piece> {
  /** Handles a request, with as many other threads as workers as were idle. */
  coordinate(request: Request, workers: readonly RemoteWorker<Task, Piece>[]): Promise<Result>;
  /** The buffers of a result that are transferred instead of copied. */
  transferOf?(result: Result): readonly ArrayBuffer[];
  /** Runs a task in pieces. Once `mayContinue` is false it begins no further piece: the thread is needed elsewhere. */
  work(task: Task, send: (piece: Piece) => void, mayContinue: () => boolean): void;
}

/** To be called once, by the entry file of a pool's threads. */
export function serveThreadPool<Request, Result, Task, Piece>(work: PooledWork<Request, Result, Task, Piece>): void {
  const pool = parentPort;
  if (pool === null) throw new Error('This file is for the threads of a pool.');
  const send = (message: ThreadMessage<Result>) => {
    const memory = message.type === 'result' ? work.transferOf?.(message.result) : undefined;
    pool.postMessage(message, [...(memory ?? [])]);
  };
  let release: () => void = () => undefined;
  pool.on('message', (command: ThreadCommand<Request>) => {
    if (command.type === 'coordinate') void coordinate(work, command, send);
    else if (command.type === 'assist') release = assist(work, command, () => send({ type: 'released' }));
    else release();
  });
}

async function coordinate<Request, Result, Task, Piece>(
  work: PooledWork<Request, Result, Task, Piece>,
  command: ThreadCommand<Request> & { type: 'coordinate' },
  send: (message: ThreadMessage<Result>) => void,
): Promise<void> {
  const workers = command.workers.map((port) => new RemoteWorker<Task, Piece>(port));
  try {
    const result = await work.coordinate(command.request, workers);
    send({ type: 'result', result });
  } catch (error) {
    send({ type: 'failure', failure: packError(error) });
  } finally {
    for (const worker of workers) worker.dismiss();
  }
}

/** Runs the tasks from the port until it is closed; returns a function that releases the worker earlier, between two tasks. */
function assist<Request, Result, Task, Piece>(
  work: PooledWork<Request, Result, Task, Piece>,
  { port, recalled }: ThreadCommand<unknown> & { type: 'assist' },
  onReleased: () => void,
): () => void {
  const send = (message: WorkerReport<Piece>) => port.postMessage(message);
  const release = () => {
    send({ type: 'released' });
    port.close();
  };
  port.on('message', (task: Task) => {
    try {
      work.work(
        task,
        (piece) => send({ type: 'piece', piece }),
        () => Atomics.load(recalled, 0) === 0,
      );
      send({ type: 'done' });
    } catch (error) {
      send({ type: 'failure', failure: packError(error) });
    }
  });
  port.once('close', onReleased);
  return release;
}

/** Another thread of the pool, as seen by the coordinating thread. */
export class RemoteWorker<Task, Piece> {
  readonly #port: MessagePort;
  #isReleased = false;
  #current: { take: (piece: Piece) => void; resolve: () => void; reject: (error: unknown) => void } | null = null;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: WorkerReport<Piece>) => this.#onMessage(message));
  }

  /**
   * Runs a task on the worker, and passes its pieces to `take`. Resolves when the task is done or the worker was recalled: pieces
   * that it has begun are complete in either case. Rejects with the error of the worker, or of `take`; if the worker dies, the
   * pool ends this thread as well.
   */
  async run(task: Task, take: (piece: Piece) => void): Promise<void> {
    if (this.#isReleased) return;
    await new Promise<void>((resolve, reject) => {
      this.#current = { take, resolve, reject };
      this.#port.postMessage(task);
    }).finally(() => {
      this.#current = null;
    });
  }

  /** Releases the worker. */
  dismiss(): void {
    this.#isReleased = true;
    this.#port.close();
  }

  #onMessage(message: WorkerReport<Piece>): void {
    if (message.type === 'released') this.#isReleased = true;
    if (message.type === 'failure') this.#current?.reject(unpackError(message.failure));
    else if (message.type !== 'piece') this.#current?.resolve();
    else {
      try {
        this.#current?.take(message.piece);
      } catch (error) {
        this.#current?.reject(error);
      }
    }
  }
}
