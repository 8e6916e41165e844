import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { toMetrics } from '../../training/runs/metrics.type.ts';
import { MetricsFilter } from './history.input.ts';
import type { HistoryService } from './history.service.ts';
import type { HistoryPoint, HistoryQuery, HistorySummary, MetricStatistics } from './history.store.ts';
import { type MetricStatsType, MetricsSummaryType, MetricTrendPointType } from './history.type.ts';
import { lowerIsBetter, SUMMARY_FIELDS, type SummaryField } from './summary-fields.ts';

const LIMIT = 'Maximum number of runs, 1 to 1,000.';

@Resolver()
export class HistoryResolver {
  readonly #history: HistoryService;

  constructor(history: HistoryService) {
    this.#history = history;
  }

  @Query(() => [MetricTrendPointType], {
    nullable: true,
    description: 'The metrics of the latest successful runs, newest first, without archived runs.',
  })
  async metricTrends(
    @Arg('filter', () => MetricsFilter, { defaultValue: {} }) filter: MetricsFilter,
    @Arg('limit', () => Int, { defaultValue: 50, description: LIMIT }) limit: number,
    @Ctx() context: Context,
  ): Promise<MetricTrendPointType[]> {
    const points = await this.#history.trends(context.caller.viewer, toQuery(filter), limit);
    return points.map(toTrendPoint);
  }

  @Cost({ isPageOfListWithin: true })
  @Query(() => MetricsSummaryType, {
    nullable: true,
    description: 'Statistics of the latest successful runs, without archived runs.',
  })
  async metricsSummary(
    @Arg('filter', () => MetricsFilter, { defaultValue: {} }) filter: MetricsFilter,
    @Arg('limit', () => Int, { defaultValue: 50, description: LIMIT }) limit: number,
    @Ctx() context: Context,
  ): Promise<MetricsSummaryType> {
    const summary = await this.#history.summary(context.caller.viewer, toQuery(filter), limit);
    return { ...toSummary(summary), datasetName: filter.datasetName ?? null };
  }
}

function toQuery({ task, datasetName, algorithm }: MetricsFilter): HistoryQuery {
  return { task: task ?? null, datasetName: datasetName ?? null, algorithm: algorithm ?? null };
}

function toTrendPoint({ metrics, ...point }: HistoryPoint): MetricTrendPointType {
  return { ...point, metrics: toMetrics(metrics) };
}

function toSummary({ statistics, points, ...counts }: HistorySummary): Omit<MetricsSummaryType, 'datasetName'> {
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
