import type { Fold } from '../../folds/fold-plan.ts';
import type { FoldSource } from '../../folds/fold-source.ts';
import type { TrainingSet } from '../../training-set.ts';
import type { Candidate } from '../candidate.ts';
import type { FoldOutcome } from '../candidate-record.ts';

/** What folds of candidates are fitted from. Data alone: threads are sent a copy. */
export interface FoldWork {
  readonly source: FoldSource;
  readonly candidates: readonly Candidate[];
  readonly folds: readonly Fold[];
  /** All rows of the folds. */
  readonly known: Pick<TrainingSet, 'rows' | 'target' | 'weights'>;
}

/** A fold of a candidate, by the index of each. */
export interface FoldTask {
  readonly index: number;
  readonly fold: number;
}

/** How the fitting of a fold ended. */
export interface FinishedFold extends FoldTask {
  /** Null where it was cut short, or refused. */
  readonly outcome: FoldOutcome | null;
  /** Why the rows were refused, for the user; else null. */
  readonly refusal: string | null;
}

/** Of a thread that fits whole folds: which is next is decided while it works. */
export interface FoldJob extends FoldWork {
  /** Whether seconds are measured; else they are 0. */
  readonly isTimed: boolean;
  /** In shared memory: for each turn the fold that is to be fitted in it, as its number among all folds of all candidates. */
  readonly turns: Int32Array;
  /** In shared memory: for each candidate 1 once its folds are to be cut short. */
  readonly cuts: Int32Array;
}

/** A turn that is not decided yet. */
export const UNDECIDED = 0;
/** There is nothing to do any more. */
export const OVER = -1;

/** How a turn says which fold it is for. */
export function turnOf({ index, fold }: FoldTask, folds: number): number {
  return 1 + index * folds + fold;
}

/** The fold that a turn is for. */
export function taskOf(turn: number, folds: number): FoldTask {
  return { index: Math.floor((turn - 1) / folds), fold: (turn - 1) % folds };
}
