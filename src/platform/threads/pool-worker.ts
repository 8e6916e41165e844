import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { ACTIVE, CALL, END, FAILED, JOB, NEXT, OPEN, OVER, STEP } from './pool-control.ts';
import type { PoolJob, PoolWorkerMessage } from './pool-coordinator.ts';

/** What a worker thread of a pool is given. */
export interface PoolWorkerData {
  readonly control: Int32Array;
  readonly port: MessagePort;
}

/** A follower looks so often whether it is called before it sleeps: some 20 microseconds; to wake up takes as long. */
const LOOKS_BEFORE_SLEEP = 2_000;

/** Does one task of a step; what it returns is sent to the leader, unless it is undefined. */
export type TaskFunction = (step: number, task: number) => unknown;

/**
 * Sleeps until the leader calls, takes tasks until there are none, and so on until the leader has no more. `createTaskFunction` turns
 * the order of a job into what does its tasks. Blocks the thread's event loop: nothing else can be done there.
 */
export function runPoolWorker(
  { control, port }: PoolWorkerData,
  createTaskFunction: (order: unknown) => TaskFunction,
): void {
  let hand: TaskFunction = () => undefined;
  let job = 0;
  let call = 0;
  const say = (news: PoolWorkerMessage) => port.postMessage(news);

  /** The leader has sent the order before it called. */
  const receiveOrders = (): void => {
    if (job === control[JOB]) return;
    let order: unknown;
    while (job !== control[JOB]) {
      const received = receiveMessageOnPort(port);
      if (received === undefined) throw new Error(`The order of job ${control[JOB]} is not there.`);
      // Only the leader holds the other end.
      ({ job, order } = received.message as PoolJob);
    }
    hand = createTaskFunction(order);
  };
  const takeTasks = (): void => {
    const end = control[END]!;
    for (let task = Atomics.add(control, NEXT, 1); task < end; task = Atomics.add(control, NEXT, 1)) {
      const result = hand(control[STEP]!, task);
      if (result !== undefined) say({ type: 'result', task, result });
    }
  };

  for (;;) {
    for (let looks = 0; looks < LOOKS_BEFORE_SLEEP && Atomics.load(control, CALL) === call; looks++);
    Atomics.wait(control, CALL, call);
    call = Atomics.load(control, CALL);
    if (Atomics.load(control, OVER) === 1) return;
    // In this order: a leader that closes either sees that somebody is active, or is seen to have closed.
    Atomics.add(control, ACTIVE, 1);
    try {
      if (Atomics.load(control, OPEN) === 1) {
        receiveOrders();
        takeTasks();
      }
    } catch (error) {
      say({ type: 'failure', error });
      Atomics.store(control, FAILED, 1);
    }
    Atomics.sub(control, ACTIVE, 1);
    Atomics.notify(control, ACTIVE);
  }
}
