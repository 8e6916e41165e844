/**
 * What one thread does of a job whose tasks are short: it is made from the thread's equipment, and then told which step of
 * the job to do, and which of the step's tasks. Tasks of a step may run at the same time on other threads, in any order, so
 * that each writes to a place of its own in memory that all threads share.
 */
export interface StepWorker {
  run(step: number, task: number): void;
}

/** The same for long tasks, each of which has a result. Yields the share of the task that is done, 0 to 1. */
export interface TaskWorker<Result> {
  work(task: number): Generator<number, Result>;
}
