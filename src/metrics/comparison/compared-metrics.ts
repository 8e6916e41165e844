import { METRIC_FIELDS, metricValue } from '../../ml/evaluation/metric-fields.ts';
import { HIGHER_IS_BETTER, type MetricName } from '../../ml/evaluation/metrics.ts';
import type { TrainingRunRow } from '../../training/runs/training-run.store.ts';

/** One metric of several runs. */
export interface ComparedMetric {
  readonly name: MetricName;
  readonly higherIsBetter: boolean;
  /** In the order of the runs; null where a run does not have it. */
  readonly values: readonly (number | null)[];
  /** The places of the runs that have it, best first, equal ones in their order. Empty where the runs do different tasks. */
  readonly ranking: readonly number[];
}

/** Every metric that at least one of the runs has, those of classification first. */
export function compareMetrics(runs: readonly Pick<TrainingRunRow, 'task' | 'metrics'>[]): readonly ComparedMetric[] {
  const isMixed = new Set(runs.map(({ task }) => task)).size > 1;
  return METRIC_FIELDS.map(({ name }) => {
    const values = runs.map(({ metrics }) => metrics && metricValue(metrics, name));
    const higherIsBetter = HIGHER_IS_BETTER[name];
    return { name, higherIsBetter, values, ranking: isMixed ? [] : rank(values, higherIsBetter) };
  }).filter(({ values }) => values.some((value) => value !== null));
}

function rank(values: readonly (number | null)[], higherIsBetter: boolean): number[] {
  const sign = higherIsBetter ? -1 : 1;
  return values
    .flatMap((value, ordinal) => (value === null ? [] : [{ value, ordinal }]))
    .sort((a, b) => sign * (a.value - b.value) || a.ordinal - b.ordinal)
    .map(({ ordinal }) => ordinal);
}
