import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { BatchedLookup } from '../api/graphql/batched-lookup.ts';
import type { Context } from '../api/graphql/context.ts';
import { Cost } from '../api/graphql/field-cost.ts';
import { TrainingRunType } from '../training/runs/training-run.type.ts';

/** The field of a run that tells of its model, for people. */
@Resolver(() => TrainingRunType)
export class ModelCardResolver {
  readonly #cards: BatchedLookup<string>;

  constructor(cards: BatchedLookup<string>) {
    this.#cards = cards;
  }

  @Cost({ weight: 200 })
  @FieldResolver(() => String, {
    nullable: true,
    description:
      'Markdown: what the model was made from, how good it is, and how to make the very same again. Null until SUCCEEDED.',
  })
  modelCard(@Root() { id }: TrainingRunType, @Ctx() context: Context): Promise<string | null> {
    return this.#cards.load(context, id);
  }
}
