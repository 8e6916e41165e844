import type { Task } from '../task.ts';

export const METRIC_NAMES = [
  'ACCURACY',
  'PRECISION',
  'RECALL',
  'F1',
  'LOG_LOSS',
  'ROC_AUC',
  'R2',
  'MSE',
  'RMSE',
  'MAE',
  'MAPE',
  'WEIGHTED_PRECISION',
  'WEIGHTED_RECALL',
  'WEIGHTED_F1',
  'AVERAGE_PRECISION',
  'BRIER',
] as const;

export type MetricName = (typeof METRIC_NAMES)[number];

export const HIGHER_IS_BETTER: Readonly<Record<MetricName, boolean>> = {
  ACCURACY: true,
  PRECISION: true,
  RECALL: true,
  F1: true,
  LOG_LOSS: false,
  ROC_AUC: true,
  R2: true,
  MSE: false,
  RMSE: false,
  MAE: false,
  MAPE: false,
  WEIGHTED_PRECISION: true,
  WEIGHTED_RECALL: true,
  WEIGHTED_F1: true,
  AVERAGE_PRECISION: true,
  BRIER: false,
};

/** The metric that stands for a model at a glance. */
export const PRIMARY_METRIC: Readonly<Record<Task, MetricName>> = { CLASSIFICATION: 'ACCURACY', REGRESSION: 'R2' };

export interface UndefinedMetric {
  readonly name: MetricName;
  readonly reason: string;
}

/** Where a metric would lie for other test rows of the same kind, with 95 % confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** How well a classifier did on `nSamples` rows that it was not fitted to. */
export interface ClassificationMetrics {
  readonly task: 'CLASSIFICATION';
  readonly nSamples: number;
  readonly nFeatures: number;
  readonly accuracy: number;
  /** Means over the labels that occur among the actual or the predictions, each label counting alike. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** The same, each label counting by its test rows. */
  readonly weightedPrecision: number;
  readonly weightedRecall: number;
  readonly weightedF1: number;
  readonly logLoss: number | null;
  readonly rocAuc: number | null;
  /** Of two labels, one of which was chosen as the positive one. */
  readonly averagePrecision: number | null;
  readonly brier: number | null;
  /** Of the accuracy. */
  readonly interval: Interval | null;
  /** Why a metric is null: one entry for each that is. */
  readonly undefinedMetrics: readonly UndefinedMetric[];
}

/** How well a regressor did on `nSamples` rows that it was not fitted to. Null where a number would not be finite. */
export interface RegressionMetrics {
  readonly task: 'REGRESSION';
  readonly nSamples: number;
  readonly nFeatures: number;
  readonly r2: number | null;
  readonly mse: number | null;
  readonly rmse: number | null;
  readonly mae: number | null;
  /** The mean of |error / actual|, as a ratio. */
  readonly mape: number | null;
  /** Of R2. */
  readonly interval: Interval | null;
  /** Why a metric is null: one entry for each that is. */
  readonly undefinedMetrics: readonly UndefinedMetric[];
}

export type Metrics = ClassificationMetrics | RegressionMetrics;
