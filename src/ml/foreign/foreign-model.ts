/**
 * A model of trees that was made elsewhere, as its file says. Features are numbered and thresholds are as its maker has them:
 * convert-foreign-model.ts makes a model of ours of it.
 */

export const FOREIGN_MODEL_FORMATS = ['XGBOOST_JSON', 'XGBOOST_UBJ', 'LIGHTGBM_TEXT'] as const;

export type ForeignModelFormat = (typeof FOREIGN_MODEL_FORMATS)[number];

export interface ForeignModel {
  readonly maker: 'XGBOOST' | 'LIGHTGBM';
  /** That of XGBoost (`1.7.4`), or of LightGBM's format (`v4`); null if the file does not say. */
  readonly version: string | null;
  /** The objective as the file names it, such as `binary:logistic`. */
  readonly objective: string;
  readonly link: ForeignLink;
  /** Margins of a row: one for each class of SOFTMAX, else 1. */
  readonly marginCount: number;
  /** Where the margins begin, `marginCount` numbers. */
  readonly startMargins: Float64Array;
  /** In the order of the model's inputs. */
  readonly features: readonly ForeignFeature[];
  /** All trees of the file, those of the first round first. */
  readonly trees: readonly ForeignTree[];
  /** How many of the trees, from the first, are those up to the best round of early stopping; all where the file names no round. */
  readonly bestTreeCount: number;
  /** Whether a margin is the mean of its trees, not their sum. */
  readonly isAveraged: boolean;
  /** Which numbers go to a left child: those whose float32 is below the threshold, or those at most as large as it: see edge-of-threshold.ts. */
  readonly comparison: ForeignComparison;
  /** Whether zeros are missing values too. */
  readonly isZeroMissing: boolean;
  /** What a user should know of the file, in whole sentences. */
  readonly notes: readonly string[];
}

/**
 * From margins to outputs. LOG: a regression whose output is e to the power of the margin. LOGIT: the margin is of the second of two
 * classes. SOFTMAX: there is a margin for each class.
 */
export type ForeignLink = 'IDENTITY' | 'LOG' | 'LOGIT' | 'SOFTMAX';

export type ForeignComparison = 'BELOW_FLOAT32' | 'AT_MOST';

export interface ForeignFeature {
  /** Null where the file has no names: the features are then known by their numbers. */
  readonly name: string | null;
  /** CATEGORY if the file says so, or any split names categories of it. */
  readonly kind: 'NUMBER' | 'CATEGORY';
  /** The texts of the codes 0, 1, …, where the file has them. */
  readonly categories: readonly string[] | null;
  /** The codes that splits name, ascending. */
  readonly namedCodes: readonly number[];
  /** Whether any tree asks about it. */
  readonly isUsed: boolean;
}

/** One tree in preorder: node 0 is its root, and the left child of node i is node i + 1. */
export interface ForeignTree {
  /** The margin that its leaves add to; null where a leaf has a number for each margin. */
  readonly margin: number | null;
  /** For each node its right child; 0 for a leaf. */
  readonly rights: Uint32Array;
  /** For each node the feature that it asks about; 0 for a leaf. */
  readonly features: Uint32Array;
  /** For each node that asks about a number, the threshold, which is infinite where all numbers go to one side; else 0. */
  readonly thresholds: Float64Array;
  /** For each node 1 if missing values go left. */
  readonly missingLeft: Uint8Array;
  /** For each node that names categories, their codes. */
  readonly sets: ReadonlyMap<number, CategorySet>;
  /** For each node what it adds if it is a leaf: a number, or one for each margin. */
  readonly values: Float64Array;
  /** For each node the weight of the training rows that came to it; null where the file does not say. */
  readonly covers: Float64Array | null;
}

/** The codes that a node names, and the side that they go to; all others go to the other side. */
export interface CategorySet {
  readonly codes: Uint32Array;
  readonly side: 'LEFT' | 'RIGHT';
}
