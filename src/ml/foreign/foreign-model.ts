/**
 * A model of trees that was made elsewhere, as its file says. Nothing in it is in our terms yet: features are numbered as the
 * maker does, thresholds are the maker's own.
 */

export const FOREIGN_MODEL_FORMATS = ['XGBOOST_JSON', 'XGBOOST_UBJ', 'LIGHTGBM_TEXT'] as const;

export type ForeignModelFormat = (typeof FOREIGN_MODEL_FORMATS)[number];

export interface ForeignModel {
  readonly maker: 'XGBOOST' | 'LIGHTGBM';
  /** The version of the library where the file says so (`1.7.4`), of LightGBM that of its format (`v4`); null if it says neither. */
  readonly version: string | null;
  /** The objective as the file names it, such as `binary:logistic`. */
  readonly objective: string;
  readonly link: ForeignLink;
  /** Margins of a row: one for each class of SOFTMAX, else 1. */
  readonly marginCount: number;
  /** Where the margins begin, `marginCount` numbers, after the link's inverse was applied to what the file says. */
  readonly startMargins: Float64Array;
  /** In the order of the model's inputs. */
  readonly features: readonly ForeignFeature[];
  /** All trees of the file, those of the first round first. */
  readonly trees: readonly ForeignTree[];
  /** How many of the trees, from the first, are those of the best round of early stopping; all of them where the file names none. */
  readonly bestTreeCount: number;
  /** The trees are a forest whose mean counts: what the trees of a margin add is divided by their number. */
  readonly isAveraged: boolean;
  /** `x < threshold` in float32, or `x <= threshold` in doubles: which numbers go to the left child. */
  readonly comparison: 'BELOW_FLOAT32' | 'AT_MOST';
  /** Beside NaN, numbers that the maker takes for missing: 0 under LightGBM's zero_as_missing. */
  readonly isZeroMissing: boolean;
  /** What a user should know of the file, in whole sentences. */
  readonly notes: readonly string[];
}

/**
 * From margins to outputs. LOGIT: the margin is of the second of two classes. SOFTMAX: one margin for each class. LOG: a regression whose
 * output is e to the power of the margin.
 */
export type ForeignLink = 'IDENTITY' | 'LOG' | 'LOGIT' | 'SOFTMAX';

export interface ForeignFeature {
  /** Null where the file has no names; features are then known by their numbers. */
  readonly name: string | null;
  /** CATEGORY if any split asks about its categories or the file says so. */
  readonly kind: 'NUMBER' | 'CATEGORY';
  /** The texts of the codes 0, 1, …, where the file has them. */
  readonly categories: readonly string[] | null;
  /** Whether any of the best trees asks about it. */
  readonly isUsed: boolean;
}

/** One tree. The root is node 0; children are numbered above their parents, each has one parent. */
export interface ForeignTree {
  /** The margin that its leaves add to; -1 where a leaf has a number for each margin. */
  readonly margin: number;
  /** For each node its left child; -1 for a leaf. */
  readonly lefts: Int32Array;
  readonly rights: Int32Array;
  /** For each node the number of the feature that it asks about; 0 for a leaf. */
  readonly features: Uint32Array;
  /** For each node that asks about a number its threshold; 0 for others. */
  readonly thresholds: Float64Array;
  /** For each node, 1 if missing values go left. */
  readonly missingLeft: Uint8Array;
  /** For each node that asks about categories, the ones that are named; null for others. */
  readonly sets: readonly (CategorySet | null)[];
  /** For each node its value: that of a leaf, or of one for each margin; 0 for other nodes. */
  readonly values: Float64Array;
  /** For each node the weight of the training rows that passed it; null where the file does not say. */
  readonly covers: Float64Array | null;
}

/** The codes that a node names, and the side they go to; all other codes go to the other side. */
export interface CategorySet {
  readonly codes: Uint32Array;
  readonly side: 'LEFT' | 'RIGHT';
}
