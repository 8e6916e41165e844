import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { BatchLookup } from '../api/graphql/batch-lookup.ts';
import type { Context } from '../api/graphql/context.ts';
import { Cost } from '../api/graphql/field-cost.ts';
import { TrainingRunType } from '../training/runs/training-run.type.ts';

/** The model card of a run. */
@Resolver(() => TrainingRunType)
export class ModelCardResolver {
  readonly #cards: BatchLookup<string>;

  constructor(cards: BatchLookup<string>) {
    this.#cards = cards;
  }

  @Cost({ weight: 200 })
  @FieldResolver(() => String, {
    nullable: true,
    description:
      'A model card in Markdown: the data, the metrics, and how to reproduce the model. Null until SUCCEEDED.',
  })
  modelCard(@Root() { id }: TrainingRunType, @Ctx() context: Context): Promise<string | null> {
    return this.#cards.load(context, id);
  }
}
