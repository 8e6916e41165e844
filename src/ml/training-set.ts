import type { ModelFeature } from '../runtime/model.ts';
import { currentReading } from '../runtime/values/cells.ts';
import type { Column } from '../tabular/types/column.ts';

/** The target of the training rows, in the same order. */
export type TrainingTarget =
  | {
      readonly task: 'CLASSIFICATION';
      /** The labels of the training rows, at least two. */
      readonly labels: readonly string[];
      /** For each training row the number of its label. */
      readonly codes: Int32Array;
    }
  | { readonly task: 'REGRESSION'; readonly values: Float64Array };

/** How columns of a table are read: it was read with the user's own missing tokens, and has none of them left. */
export const PLAIN_READING = currentReading();

/**
 * What an estimator is given: rows of a table, its usable feature columns and the target. `features` is fitted on these
 * rows alone (which texts of a category are kept). Means of texts, which a model reads as such, are here plain numbers of a column
 * of their own: those of the other rows, see preprocessing/category-means.ts. Estimators read the columns through runtime/predict/encode-features.ts.
 */
export interface TrainingSet {
  readonly features: readonly ModelFeature[];
  /** For each feature its column, with all rows of the table. */
  readonly columns: readonly Column[];
  /** The table's row numbers of the training rows, ascending. */
  readonly rows: Int32Array;
  readonly target: TrainingTarget;
  /**
   * For each training row how much it counts, above 0: a row of weight 2 is as two such rows, but where rows are counted or
   * drawn. Null or left out: each counts 1.
   */
  readonly weights?: Float64Array | null;
  /**
   * For each feature which way the prediction (the number, or the probability of the second of two labels) may go as it rises: 1 for
   * up, -1 for down, 0 for either. Null or left out: no feature is constrained.
   */
  readonly directions?: Int8Array | null;
}
