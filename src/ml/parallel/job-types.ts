import type { FinishedFold, FoldJob } from '../auto/lanes/fold-job.ts';
import type { ForestWorkerInput, GrownForestTree } from '../forest/forest-worker.ts';
import type { BinningWorkerInput } from '../tree/binning/binning-worker.ts';
import type { BoostingWorkerInput } from '../tree/boosting/boosting-worker.ts';
import type { GrowthWorkerInput } from '../tree/shared-growth-state.ts';

/** Of each job of short tasks, what a thread is given. */
export interface StepJobs {
  readonly BINNING: BinningWorkerInput;
  readonly GROWTH: GrowthWorkerInput;
  readonly BOOSTING: BoostingWorkerInput;
}

/** Of each job of long tasks, what a thread is given, and what a task results in. */
export interface TaskJobs {
  readonly FOREST: { readonly input: ForestWorkerInput; readonly result: GrownForestTree };
  readonly FOLDS: { readonly input: FoldJob; readonly result: FinishedFold | undefined };
}

export type StepJobName = keyof StepJobs;
export type TaskJobName = keyof TaskJobs;

/** What a thread is given for a job. Sent to it as by postMessage: numbers, texts, and arrays, best in shared memory. */
export type WorkerInput<Name extends StepJobName | TaskJobName> = Name extends StepJobName
  ? StepJobs[Name]
  : Name extends TaskJobName
    ? TaskJobs[Name]['input']
    : never;

/** What a long task of the job results in. */
export type ResultOf<Name extends TaskJobName> = TaskJobs[Name]['result'];
