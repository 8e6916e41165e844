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
};

/** The metric that stands for a model at a glance. */
export const PRIMARY_METRIC: Readonly<Record<Task, MetricName>> = { CLASSIFICATION: 'ACCURACY', REGRESSION: 'R2' };

export interface UndefinedMetric {
  readonly name: MetricName;
  readonly reason: string;
}

/** How well a classifier did on `nSamples` rows that it was not fitted to. */
export interface ClassificationMetrics {
  readonly task: 'CLASSIFICATION';
  readonly nSamples: number;
  readonly nFeatures: number;
  readonly accuracy: number;
  /** Means over the labels that occur in the truth or in the predictions, each label counting alike. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly logLoss: number | null;
  readonly rocAuc: number | null;
  /** Why a metric is null. */
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
  readonly undefinedMetrics: readonly UndefinedMetric[];
}

export type Metrics = ClassificationMetrics | RegressionMetrics;
