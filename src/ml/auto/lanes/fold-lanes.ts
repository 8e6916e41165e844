import type { FitCheckpoint, FitStep } from '../../estimator.ts';
import type { TaskMessage, WorkerPool } from '../../parallel/worker-pool.ts';
import { FoldFitter } from './fold-fitter.ts';
import { type FinishedFold, type FoldTask, type FoldWork, OVER, turnOf } from './fold-job.ts';

/** What came of a step of the work. */
export interface LaneStep {
  readonly finished: readonly FinishedFold[];
  /** Of the fold that this thread fits, 0 to 1. */
  readonly progress: number;
  /** Makes what an interrupted fold can go on from; null where it cannot. */
  readonly checkpoint: (() => FitCheckpoint) | null;
}

/** Fits folds, as many at once as there are lanes. What folds give does not depend on the lanes. */
export interface FoldLanes extends Disposable {
  /** Folds that are fitted at once. */
  readonly size: number;
  /** Folds that may be begun and not finished: one more than are fitted at once, where threads would wait for the next. */
  readonly capacity: number;
  begin(task: FoldTask, checkpoint: FitCheckpoint | null): void;
  /** Does a bit of the work; there must be a fold that was begun. */
  advance(): LaneStep;
  /** Folds of this candidate are not needed any more: those that were begun end soon, without an outcome. */
  cut(index: number): void;
}

/** One fold after the other, each by all threads of the pool. */
export class SingleLane implements FoldLanes {
  readonly size = 1;
  readonly capacity = 1;
  readonly #fitter: FoldFitter;
  #running: { readonly task: FoldTask; readonly fitting: Generator<FitStep, FinishedFold> } | null = null;
  #isCut = false;

  /** `clock`: shows seconds; null: nothing is measured. */
  constructor(work: FoldWork, pool: WorkerPool, clock: (() => number) | null) {
    this.#fitter = new FoldFitter(work, pool, clock);
  }

  begin(task: FoldTask, checkpoint: FitCheckpoint | null): void {
    this.#isCut = false;
    this.#running = { task, fitting: this.#fitter.fit(task, checkpoint) };
  }

  advance(): LaneStep {
    if (this.#running === null) throw new Error('No fold was begun.');
    const { task, fitting } = this.#running;
    if (this.#isCut) {
      this[Symbol.dispose]();
      return { finished: [{ ...task, outcome: null, refusal: null }], progress: 1, checkpoint: null };
    }
    const step = fitting.next();
    if (step.done !== true) {
      return { finished: [], progress: step.value.progress, checkpoint: step.value.checkpoint ?? null };
    }
    this.#running = null;
    return { finished: [step.value], progress: 1, checkpoint: null };
  }

  cut(index: number): void {
    this.#isCut ||= this.#running?.task.index === index;
  }

  [Symbol.dispose](): void {
    (this.#running?.fitting as Generator<unknown, unknown> | undefined)?.return(null);
    this.#running = null;
  }
}

/** Each thread fits folds of its own: on tables that are not large, threads that share a fold would mostly wait for each other. */
export class ThreadLanes implements FoldLanes {
  readonly size: number;
  readonly #work: FoldWork;
  readonly #turns: Int32Array;
  readonly #cuts: Int32Array;
  readonly #running: Generator<TaskMessage<FinishedFold | undefined>, void>;
  #begun = 0;

  constructor(work: FoldWork, pool: WorkerPool, isTimed: boolean) {
    this.size = pool.size;
    this.#work = work;
    const folds = work.candidates.length * work.folds.length;
    // Each thread asks once more than there is something to do.
    this.#turns = sharedIntegers(folds + pool.size);
    this.#cuts = sharedIntegers(work.candidates.length);
    const job = { ...work, isTimed, turns: this.#turns, cuts: this.#cuts };
    const inputs = Array.from({ length: pool.size }, () => job);
    this.#running = pool.taskPool('FOLDS', inputs).all(0, this.#turns.length);
  }

  get capacity(): number {
    return this.size + 1;
  }

  begin(task: FoldTask): void {
    const turn = this.#begun++;
    Atomics.store(this.#turns, turn, turnOf(task, this.#work.folds.length));
    Atomics.notify(this.#turns, turn);
  }

  advance(): LaneStep {
    const { done, value } = this.#running.next();
    if (done === true) throw new Error('The threads ended before their time.');
    if (value.type === 'step') return { finished: [], progress: value.done, checkpoint: null };
    return { finished: value.result === undefined ? [] : [value.result], progress: 1, checkpoint: null };
  }

  cut(index: number): void {
    Atomics.store(this.#cuts, index, 1);
  }

  /** The threads end what they have begun, which is soon. */
  [Symbol.dispose](): void {
    this.#cuts.fill(1);
    for (let turn = this.#begun; turn < this.#turns.length; turn++) {
      Atomics.store(this.#turns, turn, OVER);
      Atomics.notify(this.#turns, turn);
    }
    (this.#running as Generator<unknown, void>).return();
  }
}

function sharedIntegers(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}
