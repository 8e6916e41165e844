import type { ClassificationMetrics, MetricName, Metrics, RegressionMetrics } from './metrics.ts';

/** Where each metric stands in `Metrics`, and of which task it is; in the order in which they are shown. */
export const METRIC_FIELDS = [
  { name: 'ACCURACY', field: 'accuracy', task: 'CLASSIFICATION' },
  { name: 'PRECISION', field: 'precision', task: 'CLASSIFICATION' },
  { name: 'RECALL', field: 'recall', task: 'CLASSIFICATION' },
  { name: 'F1', field: 'f1', task: 'CLASSIFICATION' },
  { name: 'WEIGHTED_PRECISION', field: 'weightedPrecision', task: 'CLASSIFICATION' },
  { name: 'WEIGHTED_RECALL', field: 'weightedRecall', task: 'CLASSIFICATION' },
  { name: 'WEIGHTED_F1', field: 'weightedF1', task: 'CLASSIFICATION' },
  { name: 'LOG_LOSS', field: 'logLoss', task: 'CLASSIFICATION' },
  { name: 'ROC_AUC', field: 'rocAuc', task: 'CLASSIFICATION' },
  { name: 'AVERAGE_PRECISION', field: 'averagePrecision', task: 'CLASSIFICATION' },
  { name: 'BRIER', field: 'brier', task: 'CLASSIFICATION' },
  { name: 'R2', field: 'r2', task: 'REGRESSION' },
  { name: 'MSE', field: 'mse', task: 'REGRESSION' },
  { name: 'RMSE', field: 'rmse', task: 'REGRESSION' },
  { name: 'MAE', field: 'mae', task: 'REGRESSION' },
  { name: 'MAPE', field: 'mape', task: 'REGRESSION' },
] as const satisfies readonly (
  | { name: MetricName; field: keyof ClassificationMetrics; task: 'CLASSIFICATION' }
  | { name: MetricName; field: keyof RegressionMetrics; task: 'REGRESSION' }
)[];

/** The figure of that name; null where the metrics have none, such as an R2 of a classifier. */
export function metricValue(metrics: Metrics, name: MetricName): number | null {
  const field = METRIC_FIELDS.find((metric) => metric.name === name)?.field;
  // Metrics of runs of earlier versions lack some fields.
  const values: Readonly<Partial<Record<string, unknown>>> = { ...metrics };
  const value = field === undefined ? null : values[field];
  return typeof value === 'number' ? value : null;
}
