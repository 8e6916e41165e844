import { Arg, Ctx, FieldResolver, Float, Int, Resolver, Root } from 'type-graphql';
import type { BatchLoader } from '../api/graphql/batch-loader.ts';
import type { Context } from '../api/graphql/context.ts';
import { Cost } from '../api/graphql/field-cost.ts';
import { badInput } from '../errors.ts';
import type { RowExplanation } from '../runtime/contributions/explain-row.ts';
import { toContributions } from './prediction.mapper.ts';
import type { ExplanationKey } from './prediction.service.ts';
import { ContributionType, PredictionType } from './prediction.type.ts';

/** What moved a prediction. */
@Resolver(() => PredictionType)
export class ContributionsResolver {
  readonly #explanations: BatchLoader<ExplanationKey, RowExplanation | null>;

  constructor(explanations: BatchLoader<ExplanationKey, RowExplanation | null>) {
    this.#explanations = explanations;
  }

  @Cost({ weight: 60 })
  @FieldResolver(() => [ContributionType], {
    nullable: true,
    description:
      'The columns that moved the prediction most, the largest effect first. All of them and the base sum to the value, to the margin of the label (LINEAR, GRADIENT_BOOSTING) or to its probability. Null for models that were trained before contributions existed. docs/predictions.md names the methods.',
  })
  async contributions(
    @Root() { query }: PredictionType,
    @Arg('limit', () => Int, { defaultValue: 5 }) limit: number,
    @Arg('label', () => String, { nullable: true, description: 'Default: the predicted one.' })
    label: string | undefined,
    @Ctx() context: Context,
  ): Promise<ContributionType[] | null> {
    if (limit < 1) throw badInput('limit', 'limit must be at least 1.');
    const explanation = await this.#explanations.load(context, { ...query, label: label ?? null });
    return explanation && toContributions(explanation, query.row, limit);
  }

  @Cost({ weight: 10 })
  @FieldResolver(() => Float, {
    nullable: true,
    description: 'The prediction where nothing is known of the row. Null where `contributions` is.',
  })
  async base(
    @Root() { query }: PredictionType,
    @Arg('label', () => String, { nullable: true, description: 'Default: the predicted one.' })
    label: string | undefined,
    @Ctx() context: Context,
  ): Promise<number | null> {
    return (await this.#explanations.load(context, { ...query, label: label ?? null }))?.base ?? null;
  }
}
