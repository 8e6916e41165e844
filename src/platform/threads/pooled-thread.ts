import { type MessagePort, parentPort } from 'node:worker_threads';

/** What a pool tells one of its threads. */
export type PoolOrder<Request> =
  | { readonly type: 'lead'; readonly request: Request; readonly helpers: readonly MessagePort[] }
  | { readonly type: 'help'; readonly port: MessagePort; readonly calledBack: Int32Array }
  | { readonly type: 'leave' };

/** What the thread says to its pool: the outcome of a request that it led, or that it helps no more. */
export type ThreadNews<Answer> =
  | { readonly type: 'answer'; readonly answer: Answer }
  | { readonly type: 'failure'; readonly failure: Failure }
  | { readonly type: 'left' };

/** An error on its way between threads, which would lose its code otherwise. */
interface Failure {
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: unknown;
}

/** What a helper says to the thread that leads. */
type WorkerReport<Piece> =
  | { readonly type: 'piece'; readonly piece: Piece }
  | { readonly type: 'done' }
  | { readonly type: 'failure'; readonly failure: Failure }
  | { readonly type: 'left' };

/** What the threads of a pool can do. Each of them leads at one time, and helps another that leads at another time. */
export interface PooledWork<Request, Answer, Task, Piece> {
  /** Answers a request, with the help of as many other threads as were idle. */
  lead(request: Request, helpers: readonly Helper<Task, Piece>[]): Promise<Answer>;
  /** What of an answer's memory goes to whoever asked, instead of being copied. */
  memoryOf?(answer: Answer): readonly ArrayBuffer[];
  /** Does a task in pieces. Once `mayGoOn` is false it begins no further piece: somebody waits for the thread. */
  help(task: Task, say: (piece: Piece) => void, mayGoOn: () => boolean): void;
}

/** Called once, by the file that a pool's threads start with. */
export function serveThreadPool<Request, Answer, Task, Piece>(work: PooledWork<Request, Answer, Task, Piece>): void {
  const pool = parentPort;
  if (pool === null) throw new Error('This file is for the threads of a pool.');
  const say = (news: ThreadNews<Answer>) => {
    const memory = news.type === 'answer' ? work.memoryOf?.(news.answer) : undefined;
    pool.postMessage(news, [...(memory ?? [])]);
  };
  let leave: () => void = () => undefined;
  pool.on('message', (order: PoolOrder<Request>) => {
    if (order.type === 'lead') void lead(work, order, say);
    else if (order.type === 'help') leave = assist(work, order, () => say({ type: 'left' }));
    else leave();
  });
}

async function lead<Request, Answer, Task, Piece>(
  work: PooledWork<Request, Answer, Task, Piece>,
  order: PoolOrder<Request> & { type: 'lead' },
  say: (news: ThreadNews<Answer>) => void,
): Promise<void> {
  const helpers = order.helpers.map((port) => new Helper<Task, Piece>(port));
  try {
    const answer = await work.lead(order.request, helpers);
    say({ type: 'answer', answer });
  } catch (error) {
    say({ type: 'failure', failure: packError(error) });
  } finally {
    for (const helper of helpers) helper.dismiss();
  }
}

/** Does what comes through the port until that is closed; gives what leaves earlier, between two tasks. */
function assist<Request, Answer, Task, Piece>(
  work: PooledWork<Request, Answer, Task, Piece>,
  { port, calledBack }: PoolOrder<unknown> & { type: 'help' },
  onLeft: () => void,
): () => void {
  const say = (news: WorkerReport<Piece>) => port.postMessage(news);
  const leave = () => {
    say({ type: 'left' });
    port.close();
  };
  port.on('message', (task: Task) => {
    try {
      work.help(
        task,
        (piece) => say({ type: 'piece', piece }),
        () => Atomics.load(calledBack, 0) === 0,
      );
      say({ type: 'done' });
    } catch (error) {
      say({ type: 'failure', failure: packError(error) });
    }
  });
  port.once('close', onLeft);
  return leave;
}

/** Another thread of the pool, as the one that leads sees it. */
export class Helper<Task, Piece> {
  readonly #port: MessagePort;
  #hasLeft = false;
  #current: { take: (piece: Piece) => void; resolve: () => void; reject: (error: unknown) => void } | null = null;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (news: WorkerReport<Piece>) => this.#hear(news));
  }

  /**
   * Gives the helper a task, and what it says to `take`. Resolves when it is done, or was called away: what it took on is
   * done in either case. Rejects with what the helper, or `take`, throws; where the helper dies, the pool ends this
   * thread as well.
   */
  async run(task: Task, take: (piece: Piece) => void): Promise<void> {
    if (this.#hasLeft) return;
    await new Promise<void>((resolve, reject) => {
      this.#current = { take, resolve, reject };
      this.#port.postMessage(task);
    }).finally(() => {
      this.#current = null;
    });
  }

  /** The helper is needed no more. */
  dismiss(): void {
    this.#hasLeft = true;
    this.#port.close();
  }

  #hear(news: WorkerReport<Piece>): void {
    if (news.type === 'left') this.#hasLeft = true;
    if (news.type === 'failure') this.#current?.reject(unpackError(news.failure));
    else if (news.type !== 'piece') this.#current?.resolve();
    else {
      try {
        this.#current?.take(news.piece);
      } catch (error) {
        this.#current?.reject(error);
      }
    }
  }
}

function packError(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined, code: undefined };
  return { message: error.message, stack: error.stack, code: 'code' in error ? error.code : undefined };
}

/** The error as it was thrown in the other thread, with its stack there. */
export function unpackError({ message, stack, code }: Failure): Error {
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
