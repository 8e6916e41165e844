import type { FoldSource } from '../folds/fold-source.ts';
import type { SplitRequest } from '../split/split.ts';
import type { SearchPlan } from './plan/executed-plan.ts';

/** What AUTO needs beside the training set. */
export interface SearchConditions {
  /** Where its folds are read from. */
  readonly source: FoldSource & { readonly split: SplitRequest };
  readonly testRows: number;
  /** Whether the members are fitted once more, to the test rows as well: that takes its time too. */
  readonly isRefitted: boolean;
  /** The plan of an earlier training, to do the same again; null: none. */
  readonly plan: SearchPlan | null;
  /** What was found on a part of the rows: its members alone are fitted, and no folds; null: nothing was. */
  readonly decided: SearchPlan | null;
  /** Shows the seconds of this training so far, over all attempts that led to it; null: time does not matter. */
  readonly clock: (() => number) | null;
}
