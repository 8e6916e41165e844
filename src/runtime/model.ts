import type { ColumnProfile } from './training-profile.ts';
import type { CellReading, DateOrder, NumberFormat } from './values/cells.ts';
import { cycleOf, type DAYS_SINCE, type DatePart } from './values/date-parts.ts';

/**
 * A trained model in memory: what a model file holds once it has been read and checked, and all that predicting needs.
 * There is no code in it, and nothing that differs between two trainings on the same rows with the same seed.
 */

/** One class of the target is one output of a classifier; a regressor has one output. */
type ModelTask = 'CLASSIFICATION' | 'REGRESSION';

/** A column of numbers. */
export interface NumberFeature {
  readonly name: string;
  readonly kind: 'NUMBER';
  /** How the training file writes them, where not as 1234.5. */
  readonly numberFormat?: NumberFormat;
}

/** One part of a column of dates; a model may read several parts of one column. */
export interface DateFeature {
  readonly name: string;
  readonly kind: 'DATETIME';
  readonly part: DatePart;
  /** The order of day and month in the training file, where it has dates such as 03/04/2024. */
  readonly dateOrder?: DateOrder;
  readonly since?: never;
}

/** The days between two columns of dates. It belongs to the column `name`: what it tells is told of that column. */
export interface DaysFeature {
  readonly name: string;
  readonly kind: 'DATETIME';
  readonly part: typeof DAYS_SINCE;
  readonly dateOrder?: DateOrder;
  /** The other column; the model has features of that one too. */
  readonly since: Pick<DateFeature, 'name' | 'dateOrder'>;
}

/**
 * A column of texts, read as codes: 0 to k - 1 for the k texts in `categories`, k for every other text (those too rare in
 * training to be kept, and those never seen), k + 1 for a missing value.
 */
export interface CategoryFeature {
  readonly name: string;
  readonly kind: 'CATEGORY';
  readonly categories: readonly string[];
  readonly means?: never;
}

/**
 * A column of more texts than codes can tell apart: each is read as a number, the mean of the target over the training rows of
 * that text, shrunk towards the mean of all. A missing value is a missing number.
 */
export interface MeanFeature {
  readonly name: string;
  readonly kind: 'CATEGORY';
  readonly categories: readonly string[];
  /** One for each of the categories, then that of every other text. */
  readonly means: Float64Array;
}

/** A column of texts. */
export type TextFeature = CategoryFeature | MeanFeature;

/** A column of free text, read as a number: what its words tell about the target. A missing text is a missing number. */
export interface WordsFeature {
  readonly name: string;
  readonly kind: 'TEXT';
  /** Hashes of words and pairs of words (values/text-terms.ts), ascending. */
  readonly terms: Uint32Array;
  /** One for each of the terms. */
  readonly weights: Float64Array;
}

/** Features that are read as numbers. */
export type ReadNumber = NumberFeature | DateFeature | DaysFeature | MeanFeature | WordsFeature;

/** What a model reads of one column, `name`; it may read means, or words, for several labels of one column. */
export type ModelFeature = NumberFeature | DateFeature | DaysFeature | TextFeature | WordsFeature;

/** Features that are read as codes. */
export type CodedFeature = CategoryFeature | DateFeature;

/** Whether the model asks about the category itself; of all other features it asks about numbers. */
export function isCategory(feature: ModelFeature): feature is CategoryFeature {
  return feature.kind === 'CATEGORY' && !feature.means;
}

/**
 * Whether a LINEAR model gives each value of the feature a weight of its own. Of dates it does so with the parts that come
 * round again: December is not twelve times January, and sales that are high on Saturdays need not be higher on Sundays.
 * Trees cut a part in two wherever they like, and read all parts as numbers.
 */
export function isLinearCode(feature: ModelFeature): feature is CodedFeature {
  return isCategory(feature) || (feature.kind === 'DATETIME' && cycleOf(feature.part) !== null);
}

/** How many codes a feature has beside those for "other" and "missing": the k of CategoryFeature, or 12 months and so on. */
export function codeCount(feature: CodedFeature | MeanFeature): number {
  return feature.kind === 'CATEGORY' ? feature.categories.length : (cycleOf(feature.part)?.count ?? 0);
}

/** With the two codes for "other" and "missing", a code fits into one byte. */
export const MAX_CATEGORIES = 254;

/** The texts of which a model holds a mean, at most: rarer ones would tell next to nothing, and make the file larger. */
export const MAX_MEANS = 65_534;

/** The same answer for every row: the class frequencies (one for each label), or the mean (one value). */
interface ConstantModel {
  readonly kind: 'CONSTANT';
  readonly outputs: Float64Array;
}

/**
 * margin[k] = intercepts[k] + the sum over the features of what each adds for output k; then probabilities by the logistic
 * function (one margin, two labels) or softmax (one margin for each label), or for regression the margin itself.
 *
 * A number x adds weight * (x - mean) / scale, a missing one its own weight. A category adds the weight of its code, and so
 * does a month, a weekday or an hour (see isLinearCode): code 0 is that of the first.
 */
export interface LinearModel {
  readonly kind: 'LINEAR';
  /** For regression: the output is e to the power of the one margin; left out: the margin itself. */
  readonly combine?: 'EXP_MARGINS' | undefined;
  /** Margins: 1 for regression and for two labels, else one for each label. */
  readonly marginCount: number;
  readonly intercepts: Float64Array;
  readonly terms: readonly LinearTerm[];
}

/**
 * The weights of one feature. For a number `weights` holds 2 * marginCount: slopes, then the weights of "missing". For a
 * feature of k codes it holds (k + 2) * marginCount, the weights of code c beginning at c * marginCount.
 */
export interface LinearTerm {
  readonly mean: number;
  readonly scale: number;
  readonly weights: Float64Array;
}

/**
 * Binary trees over binned features. The bin of a number is how many of the feature's ascending `edges` lie below it
 * (so bin b holds edges[b - 1] < x <= edges[b]); one more bin, edges.length + 1, is for missing values. The bin of a
 * category is its code.
 *
 * All nodes of all trees lie in one list, each tree in preorder: the left child of node i is i + 1, the right child
 * `rights[i]`.
 */
export interface TreesModel {
  readonly kind: 'TREES';
  /**
   * LEAVES: the mean over the trees of the leaves' vectors is the output (probabilities or a value).
   * MARGINS: tree t adds its leaf's value to margin t % marginCount; margins become outputs as in LinearModel.
   * EXP_MARGINS: the same for regression, where the output is e to the power of the one margin.
   * LINEAR_MARGINS: as MARGINS for regression, where leaves have slopes beside their value.
   */
  readonly combine: 'LEAVES' | 'MARGINS' | 'EXP_MARGINS' | 'LINEAR_MARGINS';
  /** Length of a leaf's vector: the outputs under LEAVES, else 1. */
  readonly leafSize: number;
  /** Where the margins begin, before any tree; empty under LEAVES. */
  readonly startMargins: Float64Array;
  /** For each feature, its bin edges; empty for a category. */
  readonly edges: readonly Float64Array[];
  /** First node of each tree. */
  readonly roots: Uint32Array;
  /** For each node the feature that it splits on, or LEAF. */
  readonly nodeFeatures: Uint16Array;
  /**
   * For each node that asks about a number: 2 * bin + m; bins up to `bin` go left, and missing values go left if m is 1.
   * For one that asks about a category: where its set begins in `categorySets`. 0 for a leaf.
   */
  readonly nodeSplits: Uint32Array;
  /** For each node its right child; for a leaf, the number of its vector in `leafValues`. */
  readonly nodeRights: Uint32Array;
  /** Sets of codes that go left: code c is bit c % 32 of word c / 32 after the set's first; (k + 2) bits, whole words. */
  readonly categorySets: Uint32Array;
  readonly leafValues: Float64Array;
  /** Under LINEAR_MARGINS, else absent. */
  readonly slopes?: LeafSlopes;
  /**
   * For each leaf, in the order of the nodes, how many training rows end in it, of an even sample of them. No prediction depends
   * on it: it is what contributions are measured against. Absent in files of versions that did not count, and of huge models.
   */
  readonly leafRows?: Uint32Array;
}

/**
 * Lines in leaves: to its value a leaf adds for each of its slopes, in order, slope * (b - middle), where b is the bin of the row's
 * feature, but at least `lowest` and at most `highest`; nothing where the feature is missing. Bins stand for values: lines are as
 * straight as the bins are evenly wide, no value is so far out that it could move a prediction further than those of the
 * leaf's training rows, and all that predicts has bins alone.
 */
export interface LeafSlopes {
  /** For each vector of `leafValues` where its slopes end in the arrays below; they begin where those before end. */
  readonly ends: Uint32Array;
  /** No categories. */
  readonly features: Uint16Array;
  /** lowest + 256 * middle + 65,536 * highest. */
  readonly bins: Uint32Array;
  readonly values: Float64Array;
}

/** In `nodeFeatures`: this node is a leaf, without a split. */
export const LEAF = 0xffff;

/** Most features of a model: a node has 16 bits for the number of one. */
export const MAX_FEATURES = LEAF - 1;

/**
 * Many deep trees: output[k] = background[k] + (1 - the sum of background) * the mean of the trees' leaves' vectors. Nodes as in TreesModel, but a leaf's vector, numbered by
 * `nodeRights`, holds only the labels that occur in it, and leaves of equal vectors share one. The file leaves
 * `nodeRights` out: the order of the nodes tells them.
 */
export interface ForestModel
  extends Pick<
    TreesModel,
    'edges' | 'roots' | 'nodeFeatures' | 'nodeSplits' | 'nodeRights' | 'categorySets' | 'leafRows'
  > {
  readonly kind: 'FOREST';
  readonly slopes?: never;
  /**
   * For each label the probability that it has in every row; what is left to 1 is divided by the trees. No label is
   * impossible, then, because no tree has seen it among a few rows. Empty for regression.
   */
  readonly prior: Float64Array;
  /** For each vector where it ends in the two arrays below; it begins where the one before ends. Empty for regression. */
  readonly leafEnds: Uint32Array;
  /** The numbers of the labels in a vector, ascending. Empty for regression. */
  readonly leafLabels: Uint16Array;
  /** For each of those its probability; for regression one value for each vector. */
  readonly leafValues: Float64Array;
}

/** A model that is not made of others. */
export type MemberModel = ConstantModel | LinearModel | TreesModel | ForestModel;

/**
 * Several models of the same features: output[k] = the sum over the members of weight * the member's output[k]. For classification
 * the probabilities then become p[k]^(1 / temperature), divided by their sum.
 */
export interface BlendModel {
  readonly kind: 'BLEND';
  /** From MIN_TEMPERATURE to MAX_TEMPERATURE; 1 leaves the probabilities as they are. 1 for regression. */
  readonly temperature: number;
  /** One at least. */
  readonly members: readonly BlendMember[];
}

/** Beyond, all labels would be equally probable, or one certain. */
export const MIN_TEMPERATURE = 0.01;
export const MAX_TEMPERATURE = 100;

export interface BlendMember {
  /** At least 0; those of all members sum to 1. */
  readonly weight: number;
  readonly model: MemberModel;
}

export type EstimatorModel = MemberModel | BlendModel;

/**
 * Around each predicted value: value - radius to value + radius holds the actual value of a new row about so often as
 * `coverage` says. From the errors of rows that the model, or others by its parameters, had not seen.
 */
export interface PredictionInterval {
  /** Above 0 and below 1. */
  readonly coverage: number;
  /** In the unit of the target, at least 0. */
  readonly radius: number;
}

export interface Model {
  readonly task: ModelTask;
  readonly algorithm: string;
  readonly target: string;
  /** The class labels, in the order of the outputs; null for regression. */
  readonly labels: readonly string[] | null;
  readonly features: readonly ModelFeature[];
  /** How texts of new rows are read; its version is that of the model file. */
  readonly reading: CellReading;
  readonly estimator: EstimatorModel;
  /** Of each column that the model reads, in the order of their first features. Absent in files of versions that made none. */
  readonly profile?: readonly ColumnProfile[];
  /** Of a regressor that was trained with folds; else absent. */
  readonly interval?: PredictionInterval;
}

/** How many outputs the model has for a row: one for each label, or one value. */
export function outputCount(model: Model): number {
  return model.labels === null ? 1 : model.labels.length;
}

/**
 * The number of margins of a model with this many outputs: two labels need one (the second label's), more labels one each;
 * regression has one.
 */
export function marginCountOf(outputs: number): number {
  return outputs <= 2 ? 1 : outputs;
}
