import { ForestWorker, type ForestWorkerInput } from '../forest/forest-worker.ts';
import { BinningWorker, type BinningWorkerInput } from '../tree/binning/binning-worker.ts';
import { BoostingWorker, type BoostingWorkerInput } from '../tree/boosting/boosting-worker.ts';
import type { GrowthWorkerInput } from '../tree/shared-growth-state.ts';
import { TreeGrowthWorker } from '../tree/tree-growth-worker.ts';
import type { StepWorker, TaskWorker } from './step-worker.ts';

/** Jobs of short tasks: creates a thread's worker from its input. */
export const STEP_JOBS = {
  BINNING: (workerInput: BinningWorkerInput): StepWorker => new BinningWorker(workerInput),
  GROWTH: (workerInput: GrowthWorkerInput): StepWorker => new TreeGrowthWorker(workerInput),
  BOOSTING: (workerInput: BoostingWorkerInput): StepWorker => new BoostingWorker(workerInput),
} as const;

/** Jobs of long tasks. */
export const TASK_JOBS = {
  FOREST: (workerInput: ForestWorkerInput) => new ForestWorker(workerInput),
} as const;

export type StepJobName = keyof typeof STEP_JOBS;
export type TaskJobName = keyof typeof TASK_JOBS;

export function isTaskJob(job: StepJobName | TaskJobName): job is TaskJobName {
  return job in TASK_JOBS;
}

/** What a thread is given for a job. Sent to it as by postMessage: numbers, texts, and arrays, best in shared memory. */
export type WorkerInput<Name extends StepJobName | TaskJobName> = Name extends StepJobName
  ? Parameters<(typeof STEP_JOBS)[Name]>[0]
  : Name extends TaskJobName
    ? Parameters<(typeof TASK_JOBS)[Name]>[0]
    : never;

/** What a long task of the job results in. */
export type ResultOf<Name extends TaskJobName> =
  ReturnType<(typeof TASK_JOBS)[Name]> extends TaskWorker<infer Result> ? Result : never;

export function createStepWorker<Name extends StepJobName>(job: Name, workerInput: WorkerInput<Name>): StepWorker {
  // The types of both depend on the name, which TypeScript does not follow.
  return (STEP_JOBS[job] as (workerInput: WorkerInput<Name>) => StepWorker)(workerInput);
}

export function createTaskWorker<Name extends TaskJobName>(
  job: Name,
  workerInput: WorkerInput<Name>,
): TaskWorker<ResultOf<Name>> {
  return (TASK_JOBS[job] as (workerInput: WorkerInput<Name>) => TaskWorker<ResultOf<Name>>)(workerInput);
}
