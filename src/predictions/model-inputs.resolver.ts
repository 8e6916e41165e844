import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { BatchLookup } from '../api/graphql/batch-lookup.ts';
import type { Context } from '../api/graphql/context.ts';
import { Cost } from '../api/graphql/field-cost.ts';
import { ArtifactType } from '../artifacts/artifact.type.ts';
import { badInput } from '../errors.ts';
import { ModelInputType } from './model-input.type.ts';
import type { DescribedModel } from './model-inputs.service.ts';
import { toModelInput } from './prediction.mapper.ts';

/** What a model asks for, and what it can answer. */
@Resolver(() => ArtifactType)
export class ModelInputsResolver {
  readonly #models: BatchLookup<DescribedModel>;

  constructor(models: BatchLookup<DescribedModel>) {
    this.#models = models;
  }

  @Cost({ weight: 200, items: 50 })
  @FieldResolver(() => [ModelInputType], {
    description:
      'What a form that asks the model needs, in the order of the dataset’s columns; also when the dataset is gone. The model file is read for it.',
  })
  async inputs(@Root() { id }: ArtifactType, @Ctx() context: Context): Promise<ModelInputType[]> {
    return (await this.#models.load(context, id))?.inputs.map(toModelInput) ?? [];
  }

  @Cost({ weight: 200 })
  @FieldResolver(() => [String], {
    nullable: true,
    description: 'Classification: the labels that the model tells apart. The model file is read for it.',
  })
  async labels(@Root() { id }: ArtifactType, @Ctx() context: Context): Promise<readonly string[] | null> {
    return (await this.#models.load(context, id))?.labels ?? null;
  }
}

@Resolver(() => ModelInputType)
export class ModelInputResolver {
  @FieldResolver(() => [String], {
    description: 'The texts that the model tells apart, most frequent first. Empty for numbers and dates.',
  })
  categories(
    @Root() { allCategories }: ModelInputType,
    @Arg('limit', () => Int, { defaultValue: 50 }) limit: number,
  ): readonly string[] {
    if (limit < 1) throw badInput('limit', 'limit must be at least 1.');
    return allCategories.slice(0, limit);
  }
}
