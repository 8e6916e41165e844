import {
  type ClassificationMetrics,
  HIGHER_IS_BETTER,
  type MetricName,
  type RegressionMetrics,
} from '../ml/evaluation/metrics.ts';

/** The metrics that are summed up: where each stands in the metrics of a run, and of which task's runs it is. */
export const METRIC_FIGURES = [
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

/** What is summed up of runs: their metrics, and how long they took. */
export type Figure = (typeof METRIC_FIGURES)[number]['field'] | 'durationSeconds';

export const FIGURES: readonly Figure[] = [...METRIC_FIGURES.map(({ field }) => field), 'durationSeconds'];

const LOWER_IS_BETTER: ReadonlySet<Figure> = new Set([
  'durationSeconds',
  ...METRIC_FIGURES.filter(({ name }) => !HIGHER_IS_BETTER[name]).map(({ field }) => field),
]);

/** Whether the best run is the one with the lowest value. */
export function lowerIsBetter(figure: Figure): boolean {
  return LOWER_IS_BETTER.has(figure);
}
