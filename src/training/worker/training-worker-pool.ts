import {
  createStepWorker,
  createTaskWorker,
  isTaskJob,
  type ResultOf,
  type StepJobName,
  type TaskJobName,
  type WorkerInput,
} from '../../ml/parallel/pool-jobs.ts';
import type { TaskMessage, WorkerPool } from '../../ml/parallel/worker-pool.ts';
import type { PoolCoordinator } from '../../platform/threads/pool-coordinator.ts';
import type { TaskFunction } from '../../platform/threads/pool-worker.ts';

/** What a follower is told: the job that it is to be equipped for. */
type Order =
  | { readonly job: StepJobName; readonly workerInput: WorkerInput<StepJobName> }
  | { readonly job: TaskJobName; readonly workerInput: WorkerInput<TaskJobName> };

/** To call the other threads takes about as long as this work. */
const WORTH_CALLING_NANOSECONDS = 40_000;

/** The worker pool of a training, for the thread that coordinates it. */
export class TrainingWorkerPool implements WorkerPool {
  readonly #leader: PoolCoordinator;
  readonly #worthCalling: number;

  /** `worthCalling`: for how many nanoseconds of work the other threads are called. */
  constructor(leader: PoolCoordinator, worthCalling = WORTH_CALLING_NANOSECONDS) {
    this.#leader = leader;
    this.#worthCalling = worthCalling;
  }

  get size(): number {
    return this.#leader.size;
  }

  parallelFor<Name extends StepJobName>(job: Name, [own, ...others]: readonly WorkerInput<Name>[]) {
    this.#leader.equip(others.map((workerInput) => ({ job, workerInput })));
    // For each thread there is a piece.
    const hand = createStepWorker(job, own!);
    return {
      each: (step: number, count: number, nanoseconds: number): void => {
        if (count > 1 && nanoseconds > this.#worthCalling)
          this.#leader.each(step, count, (task) => hand.run(step, task));
        else for (let task = 0; task < count; task++) hand.run(step, task);
      },
    };
  }

  taskPool<Name extends TaskJobName>(job: Name, [own, ...others]: readonly WorkerInput<Name>[]) {
    this.#leader.equip(others.map((workerInput) => ({ job, workerInput })));
    const hand = createTaskWorker(job, own!);
    return {
      all: (first: number, count: number) =>
        // Followers that were equipped for the job give its results.
        this.#leader.all(first, count, (task) => hand.work(task)) as Generator<TaskMessage<ResultOf<Name>>, void>,
    };
  }
}

/** Turns what TrainingWorkerPool orders into what does the tasks, on a thread that follows. */
export function createTask(order: unknown): TaskFunction {
  // Only a TrainingWorkerPool sends orders.
  const { job, workerInput } = order as Order;
  if (isTaskJob(job)) {
    const hand = createTaskWorker(job, workerInput as WorkerInput<TaskJobName>);
    return (_, task) => {
      const work = hand.work(task);
      let step = work.next();
      while (!step.done) step = work.next();
      return step.value;
    };
  }
  const hand = createStepWorker(job, workerInput as WorkerInput<StepJobName>);
  return (step, task) => hand.run(step, task);
}
