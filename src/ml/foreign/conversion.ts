import type { Model, ModelFeature } from '../../runtime/model.ts';

/** What `convertForeignModel(model, request)` is asked for. */
export interface ConversionRequest {
  readonly task: Model['task'];
  /** The column that the model predicts. */
  readonly target: string;
  /** The labels of the maker's classes 0, 1, …; null for regression. */
  readonly labels: readonly string[] | null;
  /** What each of the model's inputs is, in its order: see `plainColumn` for the usual ones. */
  readonly columns: readonly ForeignColumn[];
  /** All texts that mean "missing", as in Model.reading. */
  readonly missingTokens: readonly string[];
  /** BEST: the trees up to the best round of early stopping, where the file names one. Default BEST. */
  readonly rounds?: 'BEST' | 'ALL';
}

/** How one input of the model is read from a row. */
export interface ForeignColumn {
  /** What our model reads; a category has at most 254 texts. */
  readonly feature: ModelFeature;
  /**
   * For a category only: for each of our codes (those of `feature.categories`, then that of all other texts, then that of a missing
   * value) the number that the maker was given for it; null where that was a missing value, -1 where it was a code that the model
   * never saw.
   */
  readonly makerCodes?: readonly (number | null)[];
  /**
   * For numbers only: from a threshold of the maker to the largest number of ours that goes left; -Infinity if none does, Infinity
   * if all do. Left out: the maker was given the very numbers, and the threshold is converted by its comparison.
   */
  readonly edgeOf?: (threshold: number) => number;
}

/** Something that a user should know of a converted model, which predicts as its maker does nevertheless. */
export interface ForeignModelIssue {
  readonly code: ForeignModelIssueCode;
  /** The input that it is about, by its column's name; null for the model as a whole. */
  readonly column: string | null;
  readonly message: string;
}

export type ForeignModelIssueCode =
  /** No tree asks about the input. */
  | 'FEATURE_UNUSED'
  /** The trees after the best round of early stopping were left out. */
  | 'LATER_ROUNDS_LEFT_OUT'
  /** Categories that the model knows and no text was named for. */
  | 'CATEGORIES_WITHOUT_TEXT'
  /** A note that the reader made: see ForeignModel.notes. */
  | 'NOTE';

export interface ConvertedModel {
  /** Without a profile of training rows, of which the file knows nothing. */
  readonly model: Model;
  readonly issues: readonly ForeignModelIssue[];
}
