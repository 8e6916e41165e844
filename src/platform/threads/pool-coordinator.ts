import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { ACTIVE, CALL, END, FAILED, JOB, NEXT, OPEN, OVER, STEP } from './pool-control.ts';

/** The coordinator's access to its pool: a port to each worker. */
export interface PoolAccess {
  readonly control: Int32Array;
  readonly ports: readonly MessagePort[];
}

/** The message to a worker before the first task of a job. */
export interface PoolJob {
  readonly job: number;
  readonly input: unknown;
}

/** The messages of a worker. */
export type PoolWorkerMessage =
  | { readonly type: 'result'; readonly task: number; readonly result: unknown }
  | { readonly type: 'failure'; readonly error: unknown };

export type PoolMessage =
  | { readonly type: 'step'; readonly done: number }
  | { readonly type: 'result'; readonly task: number; readonly result: unknown };

/** Spins of the coordinator before it sleeps until the last worker is done: about 20 microseconds. */
const SPINS_BEFORE_SLEEP = 2_000;

/** Maximum sleep of the coordinator between two yield points while it waits for long tasks. */
const STEP_MILLISECONDS = 20;

/**
 * The coordinator of a pool: it wakes the workers, runs tasks itself, and waits for workers that have begun a task. A worker
 * that does not wake up in time, because it is starting or the machine is busy, is not waited for. Does not use the event loop.
 */
export class PoolCoordinator implements Disposable {
  readonly #control: Int32Array;
  readonly #ports: readonly MessagePort[];

  constructor({ control, ports }: PoolAccess) {
    this.#control = control;
    this.#ports = ports;
  }

  /** Number of threads, including this one. */
  get size(): number {
    return this.#ports.length + 1;
  }

  /** Begins a job: each worker receives its input, as by postMessage, before its first task. */
  setUp(inputs: readonly unknown[]): void {
    const job = ++this.#control[JOB]!;
    this.#ports.forEach((port, worker) => {
      port.postMessage({ job, input: inputs[worker] } satisfies PoolJob);
    });
  }

  /** Runs the tasks 0 to count - 1, each once; `run` runs one on this thread. Throws the first error of a worker. */
  each(step: number, count: number, run: (task: number) => void): void {
    this.#open(step, 0, count);
    try {
      for (let task = this.#take(); task < count; task = this.#take()) run(task);
    } finally {
      this.#close();
      while (!this.#isIdle(null));
    }
    this.#throwFailure();
  }

  /**
   * Runs the tasks first to count - 1, each once; `work` runs one on this thread. Yields results as they come. If the
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
      while (!this.#isIdle(STEP_MILLISECONDS)) {
        yield* this.#results();
        yield { type: 'step', done: 0 };
      }
      yield* this.#results();
    } finally {
      this.#close();
      while (!this.#isIdle(null));
      // Late results must not reach the next job.
      for (const port of this.#ports) while (receive(port) !== null);
      Atomics.store(this.#control, FAILED, 0);
    }
  }

  /** Ends the workers. */
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

  /** From now on workers begin no further task. */
  #close(): void {
    Atomics.store(this.#control, NEXT, this.#control[END]!);
    Atomics.store(this.#control, OPEN, 0);
  }

  /** Whether no worker is active; waits for that at most so long (null: until the number of active workers changes). */
  #isIdle(milliseconds: number | null): boolean {
    for (let spins = 0; spins < SPINS_BEFORE_SLEEP; spins++) if (Atomics.load(this.#control, ACTIVE) === 0) return true;
    const active = Atomics.load(this.#control, ACTIVE);
    if (active > 0) Atomics.wait(this.#control, ACTIVE, active, milliseconds ?? undefined);
    return Atomics.load(this.#control, ACTIVE) === 0;
  }

  *#results(): Generator<PoolMessage & { type: 'result' }, void> {
    this.#throwFailure();
    for (const port of this.#ports) {
      for (let message = receive(port); message !== null; message = receive(port)) {
        if (message.type === 'failure') throw message.error;
        yield message;
      }
    }
  }

  #throwFailure(): void {
    if (Atomics.load(this.#control, FAILED) === 0) return;
    for (const port of this.#ports) {
      for (let message = receive(port); message !== null; message = receive(port)) {
        if (message.type === 'failure') throw message.error;
      }
    }
  }
}

function receive(port: MessagePort): PoolWorkerMessage | null {
  const received = receiveMessageOnPort(port);
  // Only pool workers hold the other end.
  return received === undefined ? null : (received.message as PoolWorkerMessage);
}
