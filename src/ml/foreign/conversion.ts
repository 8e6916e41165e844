import type { Model, ModelFeature } from '../../runtime/model.ts';

/** What a foreign model is to become. */
export interface ConversionRequest {
  readonly task: Model['task'];
  /** The column that the model predicts. */
  readonly target: string;
  /** The labels of the maker's classes 0, 1, …; null for regression. */
  readonly labels: readonly string[] | null;
  /** How each of the model's inputs is read, in its order: see foreignColumn. */
  readonly columns: readonly ForeignColumn[];
  /** All texts that stand for "no value", as in CellReading. */
  readonly missingTokens: readonly string[];
  /** BEST: only the trees up to the best round of early stopping, where the file names one. */
  readonly rounds: 'BEST' | 'ALL';
}

/** In `makerCodes`: no code of the maker's. */
export const UNKNOWN_CODE = -1;

/** How one input of the model is read from a row. */
export interface ForeignColumn {
  readonly feature: ModelFeature;
  /**
   * For a category only, else null. For each of its codes (those of `feature.categories`, then the one of all other texts, then the
   * one of a missing value): the number that the maker was given for it, null for a missing value, UNKNOWN_CODE for
   * one that the maker never saw: no split names it, and where splits compare codes it is missing.
   */
  readonly makerCodes: readonly (number | null)[] | null;
  /**
   * For numbers: from a threshold of the maker to the largest number of ours that goes left, -Infinity if none does, Infinity if all
   * do. Null where the maker was given the same numbers.
   */
  readonly edgeOf: ((threshold: number) => number) | null;
}

/** Something that a user should know of a converted model, which predicts as its maker does nevertheless. */
export interface ForeignModelIssue {
  readonly code: ForeignModelIssueCode;
  /** The column that it is about; null for the model as a whole. */
  readonly column: string | null;
  readonly message: string;
}

export type ForeignModelIssueCode =
  /** No split asks about some inputs. */
  | 'FEATURES_UNUSED'
  /** The trees after the best round of early stopping are left out. */
  | 'LATER_ROUNDS_LEFT_OUT'
  /** Splits name categories for which no text was given. */
  | 'CATEGORIES_WITHOUT_TEXT'
  /** Zeros are missing values. */
  | 'ZERO_IS_MISSING'
  /** What the reader has to say of the file: see ForeignModel.notes. */
  | 'NOTE';

export interface ConvertedModel {
  /** Without a profile of the training rows, of which the file knows nothing. */
  readonly model: Model;
  readonly issues: readonly ForeignModelIssue[];
}
