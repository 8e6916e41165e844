import { toMetrics } from '../../training/runs/training-run.mapper.ts';
import type { HistoryPoint, HistorySummary, MetricStatistics } from './history.store.ts';
import type { MetricStatsType, MetricsSummaryType, MetricTrendPointType } from './history.type.ts';
import { lowerIsBetter, SUMMARY_FIELDS, type SummaryField } from './summary-fields.ts';

export function toTrendPoint({ metrics, ...point }: HistoryPoint): MetricTrendPointType {
  return { ...point, metrics: toMetrics(metrics) };
}

export function toSummary({ statistics, points, ...counts }: HistorySummary): Omit<MetricsSummaryType, 'datasetName'> {
  const stats = SUMMARY_FIELDS.map((field) => [field, toStats(field, statistics[field])] as const);
  return {
    ...counts,
    ...(Object.fromEntries(stats) as Record<SummaryField, MetricStatsType | null>),
    trends: points.map(toTrendPoint),
  };
}

function toStats(field: SummaryField, statistics: MetricStatistics | undefined): MetricStatsType | null {
  if (statistics === undefined) return null;
  const { lowest, highest, ...others } = statistics;
  return lowerIsBetter(field)
    ? { ...others, best: lowest, worst: highest }
    : { ...others, best: highest, worst: lowest };
}
