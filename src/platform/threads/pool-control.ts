/** The shared state of a worker pool: integers in shared memory, at these indices. */

/** Incremented whenever the workers are called; they sleep on it. */
export const CALL = 0;
/** 1 while there are tasks to take. */
export const OPEN = 1;
/** Number of workers that look for tasks or run one. */
export const ACTIVE = 2;
/** The next task to take. */
export const NEXT = 3;
/** The tasks of the step end before this one. */
export const END = 4;
export const STEP = 5;
/** The number of the job that the tasks belong to. */
export const JOB = 6;
/** 1 once a task has failed; the failure is on the worker's port. */
export const FAILED = 7;
/** 1 once there will be no more calls. */
export const OVER = 8;

export const CONTROL_BYTES = 9 * 4;
