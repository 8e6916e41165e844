import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { ACTIVE, CALL, END, FAILED, JOB, NEXT, OPEN, OVER, STEP } from './pool-control.ts';

/** What the coordinating thread of a pool is given: a port to each worker. */
export interface PoolAccess {
  readonly control: Int32Array;
  readonly ports: readonly MessagePort[];
}

/** What a follower is told before the first task of a job. */
export interface PoolJob {
  readonly job: number;
  readonly order: unknown;
}

/** What a follower says. */
export type PoolWorkerMessage =
  | { readonly type: 'result'; readonly task: number; readonly result: unknown }
  | { readonly type: 'failure'; readonly error: unknown };

export type PoolMessage =
  | { readonly type: 'step'; readonly done: number }
  | { readonly type: 'result'; readonly task: number; readonly result: unknown };

/** The leader looks so often whether the last follower is done before it sleeps: some 20 microseconds. */
const LOOKS_BEFORE_SLEEP = 2_000;

/** How long the leader sleeps at most between two yield points while it waits for long tasks. */
const STEP_MILLISECONDS = 20;

/**
 * The coordinating thread of a pool: it wakes the others, works like them, and waits for those that have begun a task. One that
 * does not come, because it still starts or the machine is busy, is not waited for. Nothing here needs the event loop.
 */
export class PoolCoordinator implements Disposable {
  readonly #control: Int32Array;
  readonly #ports: readonly MessagePort[];

  constructor({ control, ports }: PoolAccess) {
    this.#control = control;
    this.#ports = ports;
  }

  /** Threads that work, this one among them. */
  get size(): number {
    return this.#ports.length + 1;
  }

  /** Begins another job: each follower gets its order, as by postMessage, before it does a task. */
  equip(orders: readonly unknown[]): void {
    const job = ++this.#control[JOB]!;
    this.#ports.forEach((port, follower) => {
      port.postMessage({ job, order: orders[follower] } satisfies PoolJob);
    });
  }

  /** Does the tasks 0 to count - 1, each once; `run` does one on this thread. Throws the first error of a follower's. */
  each(step: number, count: number, run: (task: number) => void): void {
    this.#open(step, 0, count);
    try {
      for (let task = this.#take(); task < count; task = this.#take()) run(task);
    } finally {
      this.#close();
      while (!this.#isQuiet(null));
    }
    this.#throwFailure();
  }

  /**
   * Does the tasks first to count - 1, each once; `work` does one on this thread. Yields results as they come. When the
   * caller returns early, tasks that have begun are waited for, and no other is begun.
   */
  *all(first: number, count: number, work: (task: number) => Generator<number, unknown>): Generator<PoolMessage, void> {
    this.#open(0, first, count);
    try {
      for (let task = this.#take(); task < count; task = this.#take()) {
        const working = work(task);
        let step = working.next();
        for (; !step.done; step = working.next()) {
          yield* this.#results();
          yield { type: 'step', done: step.value };
        }
        yield { type: 'result', task, result: step.value };
      }
      this.#close();
      while (!this.#isQuiet(STEP_MILLISECONDS)) {
        yield* this.#results();
        yield { type: 'step', done: 0 };
      }
      yield* this.#results();
    } finally {
      this.#close();
      while (!this.#isQuiet(null));
      // What came after the caller had had enough is not for the next job.
      for (const port of this.#ports) while (receive(port) !== null);
      Atomics.store(this.#control, FAILED, 0);
    }
  }

  /** The followers end. */
  [Symbol.dispose](): void {
    Atomics.store(this.#control, OVER, 1);
    this.#call();
    for (const port of this.#ports) port.close();
  }

  #open(step: number, first: number, end: number): void {
    this.#control[STEP] = step;
    this.#control[END] = end;
    Atomics.store(this.#control, NEXT, first);
    Atomics.store(this.#control, OPEN, 1);
    this.#call();
  }

  #call(): void {
    Atomics.add(this.#control, CALL, 1);
    Atomics.notify(this.#control, CALL);
  }

  #take(): number {
    return Atomics.add(this.#control, NEXT, 1);
  }

  /** From now on a follower that comes goes back to sleep, and one that is done begins nothing. */
  #close(): void {
    Atomics.store(this.#control, NEXT, this.#control[END]!);
    Atomics.store(this.#control, OPEN, 0);
  }

  /** Whether no follower works any more; waits for that at most so long (null: as long as one that works changes). */
  #isQuiet(milliseconds: number | null): boolean {
    for (let looks = 0; looks < LOOKS_BEFORE_SLEEP; looks++) if (Atomics.load(this.#control, ACTIVE) === 0) return true;
    const active = Atomics.load(this.#control, ACTIVE);
    if (active > 0) Atomics.wait(this.#control, ACTIVE, active, milliseconds ?? undefined);
    return Atomics.load(this.#control, ACTIVE) === 0;
  }

  *#results(): Generator<PoolMessage & { type: 'result' }, void> {
    this.#throwFailure();
    for (const port of this.#ports) {
      for (let news = receive(port); news !== null; news = receive(port)) {
        if (news.type === 'failure') throw news.error;
        yield news;
      }
    }
  }

  #throwFailure(): void {
    if (Atomics.load(this.#control, FAILED) === 0) return;
    for (const port of this.#ports) {
      for (let news = receive(port); news !== null; news = receive(port)) if (news.type === 'failure') throw news.error;
    }
  }
}

function receive(port: MessagePort): PoolWorkerMessage | null {
  const received = receiveMessageOnPort(port);
  // Only followers of this module's making hold the other end.
  return received === undefined ? null : (received.message as PoolWorkerMessage);
}
