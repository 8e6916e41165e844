import type { ResultOf, StepJobName, TaskJobName, WorkerInput } from '../../ml/parallel/job-types.ts';
import { createStepWorker, createTaskWorker, isTaskJob } from '../../ml/parallel/pool-jobs.ts';
import type { TaskMessage, WorkerPool } from '../../ml/parallel/worker-pool.ts';
import type { PoolCoordinator } from '../../platform/threads/pool-coordinator.ts';
import type { TaskFunction } from '../../platform/threads/pool-worker.ts';

/** The input of a pool worker for a job. */
type PoolInput =
  | { readonly job: StepJobName; readonly workerInput: WorkerInput<StepJobName> }
  | { readonly job: TaskJobName; readonly workerInput: WorkerInput<TaskJobName> };

/** Waking the other threads takes about as long as this work. */
const MIN_PARALLEL_NANOSECONDS = 40_000;

/** The worker pool of a training, for the thread that coordinates it. */
export class TrainingWorkerPool implements WorkerPool {
  readonly #coordinator: PoolCoordinator;
  readonly #minParallelNanoseconds: number;

  /** `minParallelNanoseconds`: less work is done on this thread alone. */
  constructor(coordinator: PoolCoordinator, minParallelNanoseconds = MIN_PARALLEL_NANOSECONDS) {
    this.#coordinator = coordinator;
    this.#minParallelNanoseconds = minParallelNanoseconds;
  }

  get size(): number {
    return this.#coordinator.size;
  }

  parallelFor<Name extends StepJobName>(job: Name, [own, ...others]: readonly WorkerInput<Name>[]) {
    this.#coordinator.setUp(others.map((workerInput) => ({ job, workerInput })));
    // There is one input per thread.
    const worker = createStepWorker(job, own!);
    return {
      each: (step: number, count: number, nanoseconds: number): void => {
        if (count > 1 && nanoseconds > this.#minParallelNanoseconds) {
          this.#coordinator.each(step, count, (task) => worker.run(step, task));
        } else for (let task = 0; task < count; task++) worker.run(step, task);
      },
    };
  }

  taskPool<Name extends TaskJobName>(job: Name, [own, ...others]: readonly WorkerInput<Name>[]) {
    this.#coordinator.setUp(others.map((workerInput) => ({ job, workerInput })));
    // The coordinator has a share of its own.
    const worker = createTaskWorker(job, own!);
    return {
      all: (first: number, count: number) =>
        // Workers that were set up for the job return its results.
        this.#coordinator.all(first, count, (task) => worker.work(task)) as Generator<
          TaskMessage<ResultOf<Name>>,
          void
        >,
    };
  }
}

/** Creates the task function of a pool worker from an input of TrainingWorkerPool. */
export function createTask(input: unknown): TaskFunction {
  // Only a TrainingWorkerPool sends inputs.
  const { job, workerInput } = input as PoolInput;
  if (isTaskJob(job)) {
    const worker = createTaskWorker(job, workerInput as WorkerInput<TaskJobName>);
    return (_, task) => {
      const work = worker.work(task);
      let step = work.next();
      while (!step.done) step = work.next();
      return step.value;
    };
  }
  const worker = createStepWorker(job, workerInput as WorkerInput<StepJobName>);
  return (step, task) => worker.run(step, task);
}
