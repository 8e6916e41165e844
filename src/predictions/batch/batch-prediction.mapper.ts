import type { QueueForecast } from '../../jobs/queue/queue-forecast.ts';
import { toEvaluation } from '../../training/evaluations/evaluation.mapper.ts';
import { toMetrics } from '../../training/runs/training-run.mapper.ts';
import type { BatchRow } from './batch-prediction.store.ts';
import type { BatchPredictionType } from './batch-prediction.type.ts';

/** A batch prediction's row as the API shows it. */
export function toBatchPrediction(row: BatchRow, forecast: QueueForecast | null = null): BatchPredictionType {
  const { errorCode, errorMessage, errorHint } = row;
  return {
    ...row,
    queuePosition: null,
    error:
      errorCode === null || errorMessage === null ? null : { code: errorCode, message: errorMessage, hint: errorHint },
    preview: row.preview.map(({ low = null, high = null, ...shown }) => ({ ...shown, low, high })),
    warnings: [...row.warnings],
    metrics: row.metrics && toMetrics(row.metrics),
    evaluation: row.evaluation && toEvaluation(row.evaluation),
    forecast,
  };
}
