import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { ACTIVE, CALL, END, FAILED, JOB, NEXT, OPEN, OVER, STEP } from './pool-control.ts';
import type { PoolJob, PoolWorkerMessage } from './pool-coordinator.ts';

/** The workerData of a pool worker. */
export interface PoolWorkerData {
  readonly control: Int32Array;
  readonly port: MessagePort;
}

/** Spins of a worker before it sleeps until the next call: about 20 microseconds, which is as long as waking up takes. */
const SPINS_BEFORE_SLEEP = 2_000;

/** Runs one task of a step; the result is sent to the coordinator, unless it is undefined. */
export type TaskFunction = (step: number, task: number) => unknown;

/**
 * The loop of a pool worker: sleeps until the coordinator calls, takes tasks until there are none, and so on until the pool is
 * closed. `createTaskFunction` creates the task function from the input of a job. Blocks the event loop of the thread.
 */
export function runPoolWorker(
  { control, port }: PoolWorkerData,
  createTaskFunction: (input: unknown) => TaskFunction,
): void {
  let doTask: TaskFunction = () => undefined;
  let job = 0;
  let call = 0;
  const post = (message: PoolWorkerMessage) => port.postMessage(message);

  /** The coordinator sends the input before it calls. */
  const receiveInput = (): void => {
    if (job === control[JOB]) return;
    let input: unknown;
    while (job !== control[JOB]) {
      const received = receiveMessageOnPort(port);
      if (received === undefined) throw new Error(`The input of job ${control[JOB]} is not there.`);
      // Only the coordinator holds the other end.
      ({ job, input } = received.message as PoolJob);
    }
    doTask = createTaskFunction(input);
  };
  const takeTasks = (): void => {
    const end = control[END]!;
    for (let task = Atomics.add(control, NEXT, 1); task < end; task = Atomics.add(control, NEXT, 1)) {
      const result = doTask(control[STEP]!, task);
      if (result !== undefined) post({ type: 'result', task, result });
    }
  };

  for (;;) {
    for (let spins = 0; spins < SPINS_BEFORE_SLEEP && Atomics.load(control, CALL) === call; spins++);
    Atomics.wait(control, CALL, call);
    call = Atomics.load(control, CALL);
    if (Atomics.load(control, OVER) === 1) return;
    // In this order: either the coordinator sees this worker as active, or this worker sees that the step is closed.
    Atomics.add(control, ACTIVE, 1);
    try {
      if (Atomics.load(control, OPEN) === 1) {
        receiveInput();
        takeTasks();
      }
    } catch (error) {
      post({ type: 'failure', error });
      Atomics.store(control, FAILED, 1);
    }
    Atomics.sub(control, ACTIVE, 1);
    Atomics.notify(control, ACTIVE);
  }
}
