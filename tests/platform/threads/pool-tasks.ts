import { threadId } from 'node:worker_threads';

/** What a pool is to do in a test. */
export interface PoolJob {
  /** For each task how often it was done. */
  readonly done: Int32Array;
  /** What tasks of the step WAIT wait for: it is 0 until they may go on. */
  readonly gate: Int32Array;
  /** How many of them wait. */
  readonly waiting: Int32Array;
}

export const POOL_STEP = { COUNT: 0, WAIT: 1, THROW: 2, DIE: 3 } as const;

/** Does a task; of the steps that are for followers only (THROW, DIE) a leader has to keep away. */
export function doTask({ done, gate, waiting }: PoolJob, step: number, task: number): string {
  if (step === POOL_STEP.THROW) throw new RangeError(`task ${task} fails`);
  if (step === POOL_STEP.DIE) process.exit(3);
  if (step === POOL_STEP.WAIT) {
    Atomics.add(waiting, 0, 1);
    Atomics.notify(waiting, 0);
    Atomics.wait(gate, 0, 0);
  }
  Atomics.add(done, task, 1);
  return `task ${task} by ${threadId}`;
}
