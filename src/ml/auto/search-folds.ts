import { type Fold, planFolds } from '../folds/fold-plan.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { SearchConditions } from './search-conditions.ts';

/** More folds of fewer rows: there each fitting is quick, and each row counts. */
const FOLDS_BY_ROWS = [
  { rows: 2_000, folds: 8 },
  { rows: 50_000, folds: 5 },
  { rows: 500_000, folds: 3 },
] as const;

/** A hold-out is one of this many folds. */
const FOLDS_OF_HOLD_OUT = 5;

/** Into how many folds rows are divided, and whether but one of them is predicted. */
export interface FoldChoice {
  readonly folds: number;
  readonly isHoldOut: boolean;
}

export const HOLD_OUT: FoldChoice = { folds: FOLDS_OF_HOLD_OUT, isHoldOut: true };

/** What may be chosen for this many rows, the best first; or as many folds as the caller asks for. */
export function foldChoices(rows: number, wanted: number | null): readonly FoldChoice[] {
  if (wanted !== null) return [{ folds: wanted, isHoldOut: false }];
  const usual = FOLDS_BY_ROWS.find((size) => rows <= size.rows)?.folds ?? 1;
  const some = FOLDS_BY_ROWS.map(({ folds }) => folds).filter((folds) => folds <= usual);
  return [...some.map((folds) => ({ folds, isHoldOut: false })), HOLD_OUT];
}

/**
 * The folds that candidates are judged by. Where there cannot be so many, because groups or moments are too few, there are as many
 * as there can be. Throws TrainingDataError FOLDS_IMPOSSIBLE where there cannot be two.
 */
export function searchFolds(
  { folds: wanted, isHoldOut }: FoldChoice,
  { source }: SearchConditions,
  rows: Int32Array,
): { readonly choice: FoldChoice; readonly folds: readonly Fold[] } {
  const { split, table, target } = source;
  for (let folds = wanted; ; folds--) {
    try {
      const all = planFolds({ folds, split }, table, target, rows);
      // Of folds forward in time the last is fitted to the most rows.
      return { choice: { folds, isHoldOut }, folds: isHoldOut ? all.slice(-1) : all };
    } catch (error) {
      if (!(error instanceof TrainingDataError) || folds <= 2) throw error;
    }
  }
}
