import { METRIC_FIELDS, metricValue } from '../../ml/evaluation/metric-fields.ts';
import { HIGHER_IS_BETTER, type MetricName } from '../../ml/evaluation/metrics.ts';
import type { TrainingRunRow } from '../../training/runs/training-run.store.ts';

/** One metric across several runs. */
export interface ComparedMetric {
  readonly name: MetricName;
  readonly higherIsBetter: boolean;
  /** In the order of the runs; null for runs without the metric. */
  readonly values: readonly (number | null)[];
  /** Indices of the runs that have it, best first, ties in the order of the runs. Empty if the runs have different tasks. */
  readonly ranking: readonly number[];
}

/** Every metric of at least one run, those of classification first. */
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
