import { Arg, Ctx, Int, Query, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { MetricsFilter } from './history.input.ts';
import { toSummary, toTrendPoint } from './history.mapper.ts';
import type { HistoryService } from './history.service.ts';
import type { HistoryQuery } from './history.store.ts';
import { MetricsSummaryType, MetricTrendPointType } from './history.type.ts';

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
