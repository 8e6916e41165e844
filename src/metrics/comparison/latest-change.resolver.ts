import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { MetricsSummaryType } from '../history/history.type.ts';
import type { LatestChangeService } from './latest-change.service.ts';
import { LatestChangeType } from './latest-change.type.ts';

/** The field of a summary that compares its newest run with the one before it. */
@Resolver(() => MetricsSummaryType)
export class LatestChangeResolver {
  readonly #changes: LatestChangeService;

  constructor(changes: LatestChangeService) {
    this.#changes = changes;
  }

  @Cost({ weight: 5_000 })
  @FieldResolver(() => LatestChangeType, {
    nullable: true,
    description:
      'Whether the newest run is significantly better or worse than the previous run of the same task. Null if the filter names no dataset, or no task has two runs.',
  })
  async latestChange(
    @Root() { datasetName, trends }: MetricsSummaryType,
    @Ctx() context: Context,
  ): Promise<LatestChangeType | null> {
    if (datasetName === null) return null;
    const listed = trends.map(({ runId, metrics: { task } }) => ({ runId, task }));
    return await this.#changes.latest(context.caller.viewer, listed);
  }
}
