import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { TrainyardError } from '../../errors.ts';
import { type PoolOrder, type ThreadNews, unpackError } from './pooled-thread.ts';
import { threadDied } from './threads.ts';

/** A thread whose request is no longer wanted may end it by itself for so long: to start another one takes about as long. */
const GRACE_MILLISECONDS = 200;

const MIB = 1 << 20;

export interface ThreadPoolOptions {
  /** Most threads at once. */
  readonly size: number;
  /** Requests that wait for a thread; whoever comes then is refused with SERVICE_UNAVAILABLE. */
  readonly maxWaiting: number;
  /** The largest heap of a thread, in bytes: one that needs more dies alone, and not the process. */
  readonly maxHeapBytes?: number;
  /** A thread that has had nothing to do for so long is ended. */
  readonly idleMilliseconds: number;
}

export interface RunOptions {
  /** The request is for several threads: one leads, and at most so many help, of those that are idle when it begins. */
  readonly helpers?: number;
  /** Ends the work when it fires; the promise then rejects with the signal's reason, once nothing works on it any more. */
  readonly signal?: AbortSignal;
}

/** A request from when it comes to when its outcome is known. */
interface Job {
  readonly request: unknown;
  readonly helpers: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** The one that leads is the first. */
  readonly threads: Set<PooledThread>;
  isOver: boolean;
}

interface PooledThread {
  readonly worker: Worker;
  /** null for an idle thread. */
  job: Job | null;
  /** Where the thread helps: 1 once it is called back. */
  calledBack: Int32Array | null;
  idleTimer: NodeJS.Timeout | null;
  /** True once it is being ended: what it says from then on makes it no free thread. */
  isEnding: boolean;
  error: unknown;
}

/**
 * Threads that live for many requests: started when they are needed, ended when they have long been idle. Their file
 * calls `serveThreadPool`. A request has its threads to itself, so that one that dies fails that request alone. Helpers
 * are called back, and come after the piece that they are at, when another request would have to wait.
 */
export class ThreadPool<Request, Answer> {
  readonly #file: URL;
  readonly #options: ThreadPoolOptions;
  readonly #threads = new Set<PooledThread>();
  /** The one that worked last is last, and is taken first, so that those that are not needed stay idle and end. */
  readonly #idle: PooledThread[] = [];
  readonly #waiting: Job[] = [];
  #isClosed = false;

  constructor(file: URL, options: ThreadPoolOptions) {
    this.#file = file;
    this.#options = options;
  }

  /** How many threads there are, idle ones included. */
  get threadCount(): number {
    return this.#threads.size;
  }

  /**
   * Has a request answered by a thread, after those that came before. Rejects with what the thread throws, with
   * ThreadDiedError where one of its threads dies, and with SERVICE_UNAVAILABLE where too many wait.
   */
  async run(request: Request, { helpers = 0, signal }: RunOptions = {}): Promise<Answer> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw new Error('The threads have been ended.');
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const job: Job = { request, helpers, signal, resolve, reject, threads: new Set(), isOver: false };
    const abort = () => this.#abort(job);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      this.#waiting.push(job);
      this.#beginWaiting();
      if (this.#waiting.length > this.#options.maxWaiting) this.#refuse(job);
      return (await promise) as Answer;
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
    // An idle thread is no reason for the process to go on, but its end is.
    for (const { worker } of this.#threads) worker.ref();
    await Promise.all([...this.#threads].map(end));
  }

  #beginWaiting(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const leader = this.#takeFree();
      if (leader === null) {
        this.#recallHelpers();
        return;
      }
      this.#waiting.shift();
      this.#begin(next, leader);
    }
  }

  #begin(job: Job, leader: PooledThread): void {
    const ports = [];
    this.#assign(leader, job);
    while (ports.length < job.helpers && this.#waiting.length === 0) {
      const helper = this.#takeFree();
      if (helper === null) break;
      const { port1, port2 } = new MessageChannel();
      const calledBack = new Int32Array(new SharedArrayBuffer(4));
      helper.calledBack = calledBack;
      this.#assign(helper, job);
      tell(helper, { type: 'help', port: port1, calledBack }, [port1]);
      ports.push(port2);
    }
    tell(leader, { type: 'lead', request: job.request, helpers: ports }, ports);
  }

  #assign(thread: PooledThread, job: Job): void {
    thread.job = job;
    job.threads.add(thread);
    // Only while it works is it a reason for the process to go on.
    thread.worker.ref();
  }

  /** An idle thread, or a new one where there may be more; null where all are at work. */
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
    const thread: PooledThread = { worker, job: null, calledBack: null, idleTimer: null, isEnding: false, error: null };
    this.#threads.add(thread);
    worker.on('message', (news: ThreadNews<Answer>) => this.#hear(thread, news));
    worker.on('error', (error) => {
      thread.error = error;
    });
    worker.once('exit', (code) => this.#bury(thread, code));
    return thread;
  }

  #hear(thread: PooledThread, news: ThreadNews<Answer>): void {
    const { job } = thread;
    if (job === null || thread.isEnding) return;
    this.#release(thread, job);
    if (news.type === 'left' || job.isOver) return;
    job.isOver = true;
    if (job.signal?.aborted) job.reject(job.signal.reason);
    else if (news.type === 'answer') job.resolve(news.answer);
    else job.reject(unpackError(news.failure));
  }

  #release(thread: PooledThread, job: Job): void {
    job.threads.delete(thread);
    thread.job = null;
    thread.calledBack = null;
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

  /** A thread has ended: because it was to, or because it died. */
  #bury(thread: PooledThread, code: number): void {
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

  /** As many helpers as requests wait. */
  #recallHelpers(): void {
    const helpers = [...this.#threads].filter(({ calledBack }) => calledBack !== null);
    for (const helper of helpers.slice(0, this.#waiting.length)) {
      if (helper.calledBack === null || Atomics.exchange(helper.calledBack, 0, 1) === 1) continue;
      tell(helper, { type: 'leave' });
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
      new TrainyardError('SERVICE_UNAVAILABLE', 'The server has too much to do at the moment.', {
        retryAfterSeconds: 5,
      }),
    );
  }

  /** Ends a request by ending its threads; others take their places when they are needed. */
  async #abandon(job: Job, reason: unknown): Promise<void> {
    if (job.isOver) return;
    job.isOver = true;
    // The files of the request are free only when nobody works with them any more.
    await Promise.all([...job.threads].map(end));
    job.reject(reason);
  }
}

async function end(thread: PooledThread): Promise<void> {
  thread.isEnding = true;
  await thread.worker.terminate();
}

function tell(thread: PooledThread, order: PoolOrder<unknown>, ports: readonly MessagePort[] = []): void {
  thread.worker.postMessage(order, [...ports]);
}
