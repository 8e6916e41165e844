import {
  type Equipment,
  type LongJobName,
  longHand,
  type ResultOf,
  type ShortJobName,
  shortHand,
} from './crew-jobs.ts';

/** Threads that are equipped for a job of short tasks. */
export interface Team {
  /**
   * Does the tasks 0 to count - 1 of a step, each once; returns when all are done. Throws the first error of a task.
   * `nanoseconds`: how long one thread would take, about; others are not called for what is done before they come.
   */
  each(step: number, count: number, nanoseconds: number): void;
}

/** Threads that are equipped for a job of long tasks. */
export interface Squad<Result> {
  /**
   * Does the tasks first to count - 1, each once, and yields their results as they come, in any order, and in between the
   * share of its own task that the calling thread has done. When the caller returns early no further task is begun.
   */
  all(first: number, count: number): Generator<SquadNews<Result>, void>;
}

export type SquadNews<Result> =
  | { readonly type: 'breath'; readonly done: number }
  | { readonly type: 'result'; readonly task: number; readonly result: Result };

/**
 * The threads of one training, the calling one among them. What a training gives does not depend on how many they are. A
 * crew is equipped for one job at a time.
 */
export interface Crew {
  /** At least 1. */
  readonly size: number;
  /** `equipment`: for each thread, the calling one first. */
  team<Name extends ShortJobName>(job: Name, equipment: readonly Equipment<Name>[]): Team;
  squad<Name extends LongJobName>(job: Name, equipment: readonly Equipment<Name>[]): Squad<ResultOf<Name>>;
}

/** The calling thread alone. */
export const SOLO: Crew = {
  size: 1,
  team: (job, [equipment]) => {
    // For each thread there is a piece.
    const hand = shortHand(job, equipment!);
    return {
      each: (step, count) => {
        for (let task = 0; task < count; task++) hand.run(step, task);
      },
    };
  },
  squad: (job, [equipment]) => {
    const hand = longHand(job, equipment!);
    return {
      *all(first, count) {
        for (let task = first; task < count; task++) {
          const work = hand.work(task);
          let step = work.next();
          for (; !step.done; step = work.next()) yield { type: 'breath', done: step.value };
          yield { type: 'result', task, result: step.value };
        }
      },
    };
  },
};
