/**
 * What one thread does of a job whose tasks are short: it is created from the thread's input, and then runs
 * one task of one step of the job at a time. Tasks of a step may run at the same time on other threads, in any order, so
 * so each writes to its own part of the shared memory.
 */
export interface StepWorker {
  run(step: number, task: number): void;
}

/** The same for long tasks, each of which has a result. Yields the share of the task that is done, 0 to 1. */
export interface TaskWorker<Result> {
  work(task: number): Generator<number, Result>;
}
