import type { TaskWorker } from '../../parallel/step-worker.ts';
import type { WorkerPool } from '../../parallel/worker-pool.ts';
import { FoldFitter } from './fold-fitter.ts';
import { type FinishedFold, type FoldJob, OVER, taskOf, UNDECIDED } from './fold-job.ts';

/** So long a thread sleeps at most before it looks again whether its turn is decided; being told of it wakes it. */
const WAIT_MILLISECONDS = 2;

/** Fits whole folds in one thread: task t is turn t. */
export class FoldWorker implements TaskWorker<FinishedFold | undefined> {
  readonly #job: FoldJob;
  readonly #fitter: FoldFitter;

  /** `thread`: a pool of the calling thread alone. */
  constructor(job: FoldJob, thread: WorkerPool) {
    this.#job = job;
    this.#fitter = new FoldFitter(job, thread, job.isTimed ? secondsNow : null);
  }

  /** Undefined where there was nothing left to do. */
  *work(number: number): Generator<number, FinishedFold | undefined> {
    const { turns, cuts, folds } = this.#job;
    while (Atomics.load(turns, number) === UNDECIDED) {
      Atomics.wait(turns, number, UNDECIDED, WAIT_MILLISECONDS);
      yield 0;
    }
    const turn = Atomics.load(turns, number);
    if (turn === OVER) return undefined;
    const task = taskOf(turn, folds.length);
    const fitting = this.#fitter.fit(task, null);
    let step = fitting.next();
    for (; step.done !== true; step = fitting.next()) {
      if (Atomics.load(cuts, task.index) === 1) {
        endEarly(fitting);
        return { ...task, outcome: null, refusal: null };
      }
      yield step.value.progress;
    }
    return step.value;
  }
}

function endEarly(fitting: Generator<unknown, unknown>): void {
  fitting.return(null);
}

function secondsNow(): number {
  return performance.now() / 1_000;
}
