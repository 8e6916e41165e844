import type { Interval, MetricName, Metrics } from './metrics.ts';

/** The stored results of a test beside its metrics: where the model is right, and where it is wrong. */
export type Evaluation = ClassificationEvaluation | RegressionEvaluation;

export interface ClassificationEvaluation extends OfFolds {
  readonly task: 'CLASSIFICATION';
  /** Null for more than 500 labels, as is `perClass`. */
  readonly confusionMatrix: ConfusionMatrix | null;
  /** In the order of the matrix's labels. */
  readonly perClass: readonly ClassScores[] | null;
  /** Of two labels the one that was chosen; null for more, as are the three below. */
  readonly positiveClass: string | null;
  /** Null too where the test rows all have the same label, as is the next. At most 200 points, thinned where there are more. */
  readonly rocCurve: readonly RocPoint[] | null;
  readonly precisionRecallCurve: readonly PrecisionRecallPoint[] | null;
  readonly calibration: readonly CalibrationBin[] | null;
  /** Of rows that folds have predicted, never of test rows; left out without folds, and for more labels than two. */
  readonly thresholds?: readonly ThresholdPoint[];
}

export interface RegressionEvaluation extends OfFolds {
  readonly task: 'REGRESSION';
  /** At most 500, evenly drawn. */
  readonly residuals: readonly ResidualPoint[];
  /** Left out where the model has no interval. */
  readonly interval?: IntervalCoverage;
}

/** What the interval around predictions promises, and what it holds on the test rows. */
export interface IntervalCoverage extends Interval {
  /** How often an actual value is to lie within it, 0 to 1. */
  readonly level: number;
  /** Half its width, in the unit of the target. */
  readonly radius: number;
  /** The share of test rows that do; `low` and `high` are its 95 % confidence interval. */
  readonly coverage: number;
}

interface OfFolds {
  /** Left out where there were no folds. */
  readonly crossValidation?: CrossValidation;
}

/** How models by the same parameters did on training rows that they were not fitted to. */
export interface CrossValidation {
  /** How many were asked for; the values of `scores` are of those that were finished. */
  readonly folds: number;
  /** Of all rows that were predicted, together. */
  readonly metrics: Metrics;
  /** Every metric of the task. */
  readonly scores: readonly FoldScore[];
}

export interface FoldScore {
  readonly name: MetricName;
  /** For each finished fold; null where it is undefined there. */
  readonly values: readonly (number | null)[];
  /** Of the values that are defined; null where there are none. */
  readonly mean: number | null;
  /** Standard deviation of a sample; null for fewer than two values. */
  readonly stddev: number | null;
}

/** What counting the rows of at least this probability as positive comes to. */
export interface ThresholdPoint {
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly accuracy: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** Labels are the model's, in its order, then those that only test rows have. `counts[actual][predicted]`. */
export interface ConfusionMatrix {
  readonly labels: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

export interface ClassScores {
  readonly label: string;
  /** 0 where the label was never predicted. */
  readonly precision: number;
  /** 0 where no test row has the label. */
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
}

/** For the rows whose probability of the positive class is at least the threshold; null: no rows. */
export interface RocPoint {
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
  readonly threshold: number | null;
}

export interface PrecisionRecallPoint {
  readonly recall: number;
  readonly precision: number;
  readonly threshold: number | null;
}

/** Rows of about the same probability: its mean, and the share of them that are positive. */
export interface CalibrationBin {
  readonly predicted: number;
  readonly observed: number;
  readonly count: number;
}

export interface ResidualPoint {
  readonly actual: number;
  readonly predicted: number;
}
