import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { toRun } from '../../training/runs/training-run.mapper.ts';
import type { RunComparisonService, Significance } from './run-comparison.service.ts';
import { ComparedMetricType, RunComparisonType } from './run-comparison.type.ts';

@Resolver(() => ComparedMetricType)
export class RunComparisonResolver {
  readonly #comparisons: RunComparisonService;

  constructor(comparisons: RunComparisonService) {
    this.#comparisons = comparisons;
  }

  @Cost({ items: 20 })
  @Query(() => RunComparisonType, {
    nullable: true,
    description: 'Compares 1 to 20 different runs. See docs/comparing-runs.md.',
  })
  async compareRuns(@Arg('ids', () => [ID]) ids: string[], @Ctx() context: Context): Promise<RunComparisonType> {
    const { viewer } = context.caller;
    const comparison = await this.#comparisons.compare(viewer, ids);
    let significance: Promise<Significance> | null = null;
    // Only if requested, and then once for all metrics: it reads the predictions.
    const test = () => (significance ??= this.#comparisons.significance(viewer, comparison));
    const { runs, metrics, parameters, warnings } = comparison;
    return {
      runs: runs.map((run) => toRun(run)),
      metrics: metrics.map(({ ranking: [best], ...metric }) => ({
        ...metric,
        bestRunId: best === undefined ? null : (runs[best]?.id ?? null),
        isSignificant: async () => (await test()).get(metric.name) ?? null,
      })),
      parameters,
      warnings,
    };
  }

  @Cost({ weight: 250 })
  @FieldResolver(() => Boolean, {
    nullable: true,
    description:
      'Whether the best run differs significantly from the second best (p < 0.05), by a paired test on their common test rows. Null if that cannot be tested: a single run, different test rows, no stored predictions, or no test for the metric.',
  })
  significant(@Root() { isSignificant }: ComparedMetricType): Promise<boolean | null> {
    return isSignificant();
  }
}
