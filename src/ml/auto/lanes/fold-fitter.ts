import type { FitCheckpoint, FitStep } from '../../estimator.ts';
import { type PreparedFold, prepareFold } from '../../folds/prepared-fold.ts';
import type { WorkerPool } from '../../parallel/worker-pool.ts';
import { mapSteps } from '../../steps.ts';
import { TrainingDataError } from '../../training-data-error.ts';
import { candidateFold } from '../candidate-folds.ts';
import { SearchRows } from '../search-rows.ts';
import type { FinishedFold, FoldTask, FoldWork } from './fold-job.ts';

/** Fits folds of candidates; each fold is prepared once, for all candidates. */
export class FoldFitter {
  readonly #work: FoldWork;
  readonly #pool: WorkerPool;
  readonly #clock: () => number;
  readonly #rows: SearchRows;
  readonly #prepared: PreparedFold[] = [];

  /** `clock`: shows seconds; null: nothing is measured. */
  constructor(work: FoldWork, pool: WorkerPool, clock: (() => number) | null) {
    this.#work = work;
    this.#pool = pool;
    this.#clock = clock ?? (() => 0);
    this.#rows = new SearchRows(work.folds, work.known);
  }

  /** `checkpoint`: where an earlier fitting of the same fold got to; null: nowhere. */
  *fit(task: FoldTask, checkpoint: FitCheckpoint | null): Generator<FitStep, FinishedFold> {
    try {
      const { source, candidates } = this.#work;
      const prepared = yield* this.#prepare(task.fold, checkpoint);
      const candidate = candidates[task.index]!;
      if (prepared.features.length === 0 && candidate.algorithm !== 'BASELINE') {
        throw new TrainingDataError('FOLDS_IMPOSSIBLE', 'no feature tells the training rows of a fold apart', null);
      }
      const outcome = yield* candidateFold({
        ...{ source, candidate, prepared, clock: this.#clock, checkpoint },
        ...{ fold: task.fold, rows: this.#rows, pool: this.#pool },
      });
      return { ...task, outcome, refusal: null };
    } catch (error) {
      if (!(error instanceof TrainingDataError)) throw error;
      return { ...task, outcome: null, refusal: error.message };
    }
  }

  *#prepare(fold: number, checkpoint: FitCheckpoint | null): Generator<FitStep, PreparedFold> {
    const kept = checkpoint === null ? {} : { checkpoint: () => checkpoint };
    const { source, folds } = this.#work;
    const preparing = prepareFold(source, folds[fold]!);
    const prepared =
      this.#prepared[fold] ?? (yield* mapSteps(preparing, (): FitStep => ({ progress: 0, point: null, ...kept })));
    this.#prepared[fold] = prepared;
    return prepared;
  }
}
