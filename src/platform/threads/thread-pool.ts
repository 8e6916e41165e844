import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { TrainyardError } from '../../errors.ts';
import type { ThreadCommand, ThreadMessage } from './pooled-thread.ts';
import { unpackError } from './thread-failure.ts';
import { threadDied } from './threads.ts';

/** Grace period in which a thread may end an aborted request by itself: starting another thread takes about as long. */
const GRACE_MILLISECONDS = 200;

const MIB = 1 << 20;

export interface ThreadPoolOptions {
  /** Maximum number of threads. */
  readonly size: number;
  /** Maximum number of waiting requests; further ones are refused with SERVICE_UNAVAILABLE. */
  readonly maxWaiting: number;
  /** Heap limit of a thread in bytes: a thread that needs more dies, but not the process. */
  readonly maxHeapBytes?: number;
  /** An idle thread is ended after this time. */
  readonly idleMilliseconds: number;
}

export interface RunOptions {
  /** Maximum number of additional threads for the request, of those that are idle when it begins. */
  readonly workers?: number;
  /** Aborts the work; the promise then rejects with the signal's reason, once no thread works on it any more. */
  readonly signal?: AbortSignal;
}

/** A request until its outcome is known. */
interface Job {
  readonly request: unknown;
  readonly workers: number;
  readonly signal: AbortSignal | null;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** The coordinating thread is the first. */
  readonly threads: Set<PooledThread>;
  isOver: boolean;
}

interface PooledThread {
  readonly worker: Worker;
  /** null for an idle thread. */
  job: Job | null;
  /** For a thread that is a worker: 1 once it is recalled. */
  recalled: Int32Array | null;
  idleTimer: NodeJS.Timeout | null;
  /** True once it is being ended: its messages are ignored from then on. */
  isEnding: boolean;
  error: unknown;
}

/**
 * Threads that serve many requests: started on demand, ended when they have been idle. Their file calls `serveThreadPool`. A
 * request has its threads to itself, so that a thread that dies fails one request only. Workers are recalled, and return after
 * their current piece, when another request would have to wait.
 */
export class ThreadPool<Request, Result> {
  readonly #file: URL;
  readonly #options: ThreadPoolOptions;
  readonly #threads = new Set<PooledThread>();
  /** A stack: the thread that worked last is taken first, so that surplus threads stay idle and end. */
  readonly #idle: PooledThread[] = [];
  readonly #waiting: Job[] = [];
  #isClosed = false;

  constructor(file: URL, options: ThreadPoolOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** Number of threads, including idle ones. */
  get threadCount(): number {
    return this.#threads.size;
  }

  /**
   * Runs a request on a thread, first come, first served. Rejects with the error of the thread, with ThreadDiedError if one of
   * its threads dies, and with SERVICE_UNAVAILABLE if too many requests wait.
   */
  async run(request: Request, { workers = 0, signal }: RunOptions = {}): Promise<Result> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw new Error('The threads have been ended.');
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const job: Job = { request, workers, signal: signal ?? null, resolve, reject, threads: new Set(), isOver: false };
    const abort = () => this.#abort(job);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      this.#waiting.push(job);
      this.#beginWaiting();
      if (this.#waiting.length > this.#options.maxWaiting) this.#refuse(job);
      return (await promise) as Result;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Ends all threads. Requests that are in flight or wait are rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = new Error('The threads were ended.');
    for (const job of this.#waiting.splice(0)) job.reject(closed);
    const jobs = new Set([...this.#threads].flatMap(({ job }) => job ?? []));
    await Promise.all([...jobs].map((job) => this.#abandon(job, closed)));
    // Idle threads do not keep the process alive, but ending them must be awaited.
    for (const { worker } of this.#threads) worker.ref();
    await Promise.all([...this.#threads].map(end));
  }

  #beginWaiting(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const coordinator = this.#takeFree();
      if (coordinator === null) {
        this.#recallWorkers();
        return;
      }
      this.#waiting.shift();
      this.#begin(next, coordinator);
    }
  }

  #begin(job: Job, coordinator: PooledThread): void {
    const ports = [];
    this.#assign(coordinator, job);
    while (ports.length < job.workers && this.#waiting.length === 0) {
      const worker = this.#takeFree();
      if (worker === null) break;
      const { port1, port2 } = new MessageChannel();
      const recalled = new Int32Array(new SharedArrayBuffer(4));
      worker.recalled = recalled;
      this.#assign(worker, job);
      post(worker, { type: 'assist', port: port1, recalled }, [port1]);
      ports.push(port2);
    }
    post(coordinator, { type: 'coordinate', request: job.request, workers: ports }, ports);
  }

  #assign(thread: PooledThread, job: Job): void {
    thread.job = job;
    job.threads.add(thread);
    // A thread keeps the process alive only while it works.
    thread.worker.ref();
  }

  /** An idle thread, or a new one below the maximum; null if all are busy. */
  #takeFree(): PooledThread | null {
    const idle = this.#idle.pop();
    if (idle === undefined) return this.#threads.size < this.#options.size ? this.#start() : null;
    clearTimeout(idle.idleTimer ?? undefined);
    return idle;
  }

  #start(): PooledThread {
    const { maxHeapBytes } = this.#options;
    const resourceLimits = maxHeapBytes === undefined ? {} : { maxOldGenerationSizeMb: Math.ceil(maxHeapBytes / MIB) };
    const worker = new Worker(this.#file, { resourceLimits });
    const thread: PooledThread = { worker, job: null, recalled: null, idleTimer: null, isEnding: false, error: null };
    this.#threads.add(thread);
    worker.on('message', (message: ThreadMessage<Result>) => this.#onMessage(thread, message));
    worker.on('error', (error) => {
      thread.error = error;
    });
    worker.once('exit', (code) => this.#onExit(thread, code));
    return thread;
  }

  #onMessage(thread: PooledThread, message: ThreadMessage<Result>): void {
    const { job } = thread;
    if (job === null || thread.isEnding) return;
    this.#release(thread, job);
    if (message.type === 'released' || job.isOver) return;
    job.isOver = true;
    if (job.signal?.aborted) job.reject(job.signal.reason);
    else if (message.type === 'result') job.resolve(message.result);
    else job.reject(unpackError(message.failure));
  }

  #release(thread: PooledThread, job: Job): void {
    job.threads.delete(thread);
    thread.job = null;
    thread.recalled = null;
    if (this.#isClosed) return;
    thread.worker.unref();
    thread.idleTimer = setTimeout(() => this.#retire(thread), this.#options.idleMilliseconds).unref();
    this.#idle.push(thread);
    this.#beginWaiting();
  }

  #retire(thread: PooledThread): void {
    this.#idle.splice(this.#idle.indexOf(thread), 1);
    void end(thread);
  }

  /** A thread has exited, as requested or because it died. */
  #onExit(thread: PooledThread, code: number): void {
    const { job, error } = thread;
    this.#threads.delete(thread);
    const at = this.#idle.indexOf(thread);
    if (at >= 0) this.#idle.splice(at, 1);
    clearTimeout(thread.idleTimer ?? undefined);
    if (job !== null) {
      job.threads.delete(thread);
      void this.#abandon(job, threadDied(error ?? new Error(`it ended with code ${code}`)));
    }
    if (!this.#isClosed) this.#beginWaiting();
  }

  /** Recalls as many workers as requests wait. */
  #recallWorkers(): void {
    const workers = [...this.#threads].filter(({ recalled }) => recalled !== null);
    for (const worker of workers.slice(0, this.#waiting.length)) {
      if (worker.recalled === null || Atomics.exchange(worker.recalled, 0, 1) === 1) continue;
      post(worker, { type: 'release' });
    }
  }

  #abort(job: Job): void {
    const at = this.#waiting.indexOf(job);
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      job.reject(job.signal?.reason);
    } else setTimeout(() => void this.#abandon(job, job.signal?.reason), GRACE_MILLISECONDS).unref();
  }

  #refuse(job: Job): void {
    this.#waiting.splice(this.#waiting.indexOf(job), 1);
    job.reject(
      new TrainyardError('SERVICE_UNAVAILABLE', 'The server is overloaded.', {
        retryAfterSeconds: 5,
      }),
    );
  }

  /** Ends a request by ending its threads; new ones are started on demand. */
  async #abandon(job: Job, reason: unknown): Promise<void> {
    if (job.isOver) return;
    job.isOver = true;
    // The files of the request may be removed only when no thread uses them any more.
    await Promise.all([...job.threads].map(end));
    job.reject(reason);
  }
}

async function end(thread: PooledThread): Promise<void> {
  thread.isEnding = true;
  await thread.worker.terminate();
}

function post(thread: PooledThread, command: ThreadCommand<unknown>, ports: readonly MessagePort[] = []): void {
  thread.worker.postMessage(command, [...ports]);
}
