import { FoldWorker } from '../auto/lanes/fold-worker.ts';
import { ForestWorker } from '../forest/forest-worker.ts';
import { mapSteps } from '../steps.ts';
import { BinningWorker } from '../tree/binning/binning-worker.ts';
import { BoostingWorker } from '../tree/boosting/boosting-worker.ts';
import { TreeGrowthWorker } from '../tree/tree-growth-worker.ts';
import type { ResultOf, StepJobName, TaskJobName, WorkerInput } from './job-types.ts';
import type { StepWorker, TaskWorker } from './step-worker.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Jobs of short tasks: creates a thread's worker from its input. */
const STEP_JOBS: { readonly [Name in StepJobName]: (workerInput: WorkerInput<Name>) => StepWorker } = {
  BINNING: (workerInput) => new BinningWorker(workerInput),
  GROWTH: (workerInput) => new TreeGrowthWorker(workerInput),
  BOOSTING: (workerInput) => new BoostingWorker(workerInput),
};

/** Jobs of long tasks. */
const TASK_JOBS: { readonly [Name in TaskJobName]: (workerInput: WorkerInput<Name>) => TaskWorker<ResultOf<Name>> } = {
  FOREST: (workerInput) => new ForestWorker(workerInput),
  FOLDS: (workerInput) => new FoldWorker(workerInput, SINGLE_THREAD),
};

export function isTaskJob(job: StepJobName | TaskJobName): job is TaskJobName {
  return job in TASK_JOBS;
}

export function createStepWorker<Name extends StepJobName>(job: Name, workerInput: WorkerInput<Name>): StepWorker {
  return STEP_JOBS[job](workerInput);
}

export function createTaskWorker<Name extends TaskJobName>(
  job: Name,
  workerInput: WorkerInput<Name>,
): TaskWorker<ResultOf<Name>> {
  return TASK_JOBS[job](workerInput);
}

/** The calling thread alone. */
export const SINGLE_THREAD: WorkerPool = {
  size: 1,
  parallelFor: (job, [workerInput]) => {
    // For each thread there is a piece.
    const worker = createStepWorker(job, workerInput!);
    return {
      each: (step, count) => {
        for (let task = 0; task < count; task++) worker.run(step, task);
      },
    };
  },
  taskPool: (job, [workerInput]) => {
    // Here too.
    const worker = createTaskWorker(job, workerInput!);
    return {
      *all(first, count) {
        for (let task = first; task < count; task++) {
          const result = yield* mapSteps(worker.work(task), (done) => ({ type: 'step', done }) as const);
          yield { type: 'result', task, result };
        }
      },
    };
  },
};
