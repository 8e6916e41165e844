import type { FitCheckpoint, FitConditions, StopReason } from '../estimator.ts';
import { type FoldModel, fitFold } from './fit-fold.ts';
import type { Fold } from './fold-plan.ts';
import type { FoldPredictions } from './fold-predictions.ts';

/** How far a cross-validation got: data alone. */
export interface FoldsCheckpoint {
  /** Of the folds that are done, in their order. */
  readonly done: readonly FoldPredictions[];
  /** Where the fitting of the next one got to; null: nowhere. */
  readonly fit: FitCheckpoint | null;
}

/** A yield point in the work. */
export interface FoldsStep {
  /** 0 to 1 over all folds, never falls. */
  readonly progress: number;
  /** To users, at the end of a fold; left out: nothing. */
  readonly message?: string;
  /** Valid until the next step is requested. */
  readonly checkpoint: () => FoldsCheckpoint;
}

/** The conditions of a cross-validation; see FitConditions. */
export interface ValidationConditions extends Omit<FitConditions, 'checkpoint'> {
  readonly checkpoint: FoldsCheckpoint | null;
}

export interface ValidatedFolds {
  /** Of the folds that were finished, in their order. */
  readonly done: readonly FoldPredictions[];
  /** Why not all of them were; null: they were. */
  readonly stopped: StopReason | null;
}

/**
 * Fits the folds one after the other; each gives the same predictions whatever happened before. On a reason to stop, the fold
 * that is being fitted is dropped: a model that was cut short does not stand for the one that is validated.
 */
export function* crossValidate(
  work: FoldModel,
  folds: readonly Fold[],
  { pool, stopReason, checkpoint }: ValidationConditions,
): Generator<FoldsStep, ValidatedFolds> {
  const done = [...(checkpoint?.done ?? [])];
  const rows = folds.map(({ train, held }) => train.length + held.length);
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  let stopped: StopReason | null = null;
  const askToStop = () => {
    stopped ??= stopReason();
    return stopped;
  };
  for (let fold = done.length; fold < folds.length && askToStop() === null; fold++) {
    const before = sum(rows.slice(0, fold));
    const fit = fold === checkpoint?.done.length ? checkpoint.fit : null;
    const fitting = fitFold(work, folds[fold]!, { pool, stopReason: askToStop, checkpoint: fit });
    let step = fitting.next();
    for (; !step.done; step = fitting.next()) {
      const { progress, checkpoint: ofFit } = step.value;
      yield {
        progress: (before + progress * rows[fold]!) / sum(rows),
        checkpoint: () => ({ done: [...done], fit: ofFit?.() ?? null }),
      };
    }
    if (stopped !== null) break;
    done.push(step.value);
    yield {
      progress: (before + rows[fold]!) / sum(rows),
      message: `Fold ${fold + 1} of ${folds.length} is done.`,
      checkpoint: () => ({ done: [...done], fit: null }),
    };
  }
  return { done, stopped: done.length === folds.length ? null : stopped };
}
