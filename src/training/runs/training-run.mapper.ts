import type { RunErrorType } from '../../jobs/job.type.ts';
import type { QueueForecast } from '../../jobs/queue/queue-forecast.ts';
import { METRIC_FIELDS, metricValue } from '../../ml/evaluation/metric-fields.ts';
import { HIGHER_IS_BETTER, type Metrics, PRIMARY_METRIC } from '../../ml/evaluation/metrics.ts';
import type { ParametersType } from '../algorithms/parameters.type.ts';
import { toCandidate } from '../candidates/candidate.mapper.ts';
import type { TrainingEventRow } from '../events/training-event.store.ts';
import type { ClassificationMetricsType, MetricValueType, RegressionMetricsType } from './metrics.type.ts';
import type { TrainingRunRow } from './training-run.store.ts';
import type { ResourcesType, TrainingEventType, TrainingRunType } from './training-run.type.ts';
import type { LargeParts, ListedRun } from './training-run-list.store.ts';

/** The large parts of a run, where they were read too. */
type PartsRead = { readonly [Part in keyof LargeParts]?: LargeParts[Part] | null };

/** A run's row as the API shows it, with its large parts and its forecast where these were read. */
export function toRun(row: ListedRun & PartsRead, forecast: QueueForecast | null = null): TrainingRunType {
  return {
    ...row,
    importedFrom: row.imported?.format ?? null,
    importedModel: row.imported,
    retryOfId: row.retryOf,
    resources: toResources(row),
    forecast,
    // Of the kinds that their names have: they were checked when the run was queued.
    settings: row.parameters as ParametersType,
    parameters: Object.entries(row.parameters).flatMap(([name, value]) =>
      value === null ? [] : [{ name, value: String(value) }],
    ),
    split: { ...row.split, trainRows: row.trainRows, testRows: row.testRows },
    error: toError(row),
    durationSeconds:
      row.startedAt === null ? null : ((row.finishedAt ?? new Date()).getTime() - row.startedAt.getTime()) / 1000,
    metrics: row.metrics && toMetrics(row.metrics),
    baseline: row.baseline && toMetrics(row.baseline),
  };
}

function toResources({ cpuSeconds, peakMemoryBytes, rowsPerSecond }: ListedRun): ResourcesType | null {
  return cpuSeconds === null || peakMemoryBytes === null ? null : { cpuSeconds, peakMemoryBytes, rowsPerSecond };
}

/** An event's row as the API shows it. */
export function toEvent(row: TrainingEventRow): TrainingEventType {
  const { candidate } = row;
  return { ...row, candidate: candidate && toCandidate(row.runId, candidate), error: toError(row) };
}

function toError(row: Pick<TrainingRunRow, 'errorCode' | 'errorMessage' | 'errorHint'>): RunErrorType | null {
  const { errorCode, errorMessage, errorHint } = row;
  return errorCode === null || errorMessage === null
    ? null
    : { code: errorCode, message: errorMessage, hint: errorHint };
}

/** A run's metrics as the API shows them. */
export function toMetrics(metrics: Metrics): ClassificationMetricsType | RegressionMetricsType {
  const name = PRIMARY_METRIC[metrics.task];
  const value = metrics.task === 'CLASSIFICATION' ? metrics.accuracy : metrics.r2;
  // Runs of earlier versions, and some metrics, have no interval.
  const { low, high } = metrics.interval ?? { low: null, high: null };
  const primary = value === null ? null : { name, value, low, high, higherIsBetter: HIGHER_IS_BETTER[name] };
  return { ...metrics, primary, values: [...(primary === null ? [] : [primary]), ...otherValues(metrics)] };
}

/** The metrics beside the primary one, which have no interval. */
function otherValues(metrics: Metrics): MetricValueType[] {
  return METRIC_FIELDS.flatMap(({ name }) => {
    const value = name === PRIMARY_METRIC[metrics.task] ? null : metricValue(metrics, name);
    return value === null ? [] : [{ name, value, low: null, high: null, higherIsBetter: HIGHER_IS_BETTER[name] }];
  });
}
