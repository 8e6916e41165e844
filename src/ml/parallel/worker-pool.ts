import type { ResultOf, StepJobName, TaskJobName, WorkerInput } from './job-types.ts';

/** Threads set up for a job of short tasks. */
export interface ParallelFor {
  /**
   * Runs the tasks 0 to count - 1 of a step, each once, and returns when all are done. Throws the first error of a task.
   * `nanoseconds`: the approximate time of one thread; other threads are not called for steps that end before they could
   * join.
   */
  each(step: number, count: number, nanoseconds: number): void;
}

/** Threads set up for a job of long tasks. */
export interface TaskPool<Result> {
  /**
   * Does the tasks first to count - 1, each once, and yields their results as they come, in any order, and in between the
   * share of its own task that the calling thread has done. When the caller returns early no further task is begun.
   */
  all(first: number, count: number): Generator<TaskMessage<Result>, void>;
}

export type TaskMessage<Result> =
  | { readonly type: 'step'; readonly done: number }
  | { readonly type: 'result'; readonly task: number; readonly result: Result };

/**
 * The threads of one training, the calling one among them. What a training gives does not depend on how many they are. A
 * pool is set up for one job at a time.
 */
export interface WorkerPool {
  /** At least 1. */
  readonly size: number;
  /** `workerInput`: one for each thread, the calling one first. */
  parallelFor<Name extends StepJobName>(job: Name, workerInput: readonly WorkerInput<Name>[]): ParallelFor;
  taskPool<Name extends TaskJobName>(job: Name, workerInput: readonly WorkerInput<Name>[]): TaskPool<ResultOf<Name>>;
}
