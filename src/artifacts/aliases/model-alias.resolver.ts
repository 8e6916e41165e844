import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { toModelAlias } from './model-alias.mapper.ts';
import type { ModelAliases } from './model-alias.service.ts';
import { ModelAliasType } from './model-alias.type.ts';

@Resolver()
export class ModelAliasResolver {
  readonly #aliases: ModelAliases;

  constructor(aliases: ModelAliases) {
    this.#aliases = aliases;
  }

  @Cost({ items: 20 })
  @Query(() => [ModelAliasType], { nullable: true, description: 'All aliases of the workspace, by name.' })
  async modelAliases(@Ctx() context: Context): Promise<ModelAliasType[]> {
    return (await this.#aliases.list(context.caller.viewer)).map(toModelAlias);
  }

  @Mutation(() => ModelAliasType, {
    nullable: true,
    description:
      'Makes an alias stand for a model, from the next prediction on; without a model the alias is removed, and null returned. A model with an alias is never removed automatically.',
  })
  async setModelAlias(
    @Arg('name', () => String) name: string,
    @Arg('artifactId', () => ID, { nullable: true }) artifactId: string | null | undefined,
    @Ctx() context: Context,
  ): Promise<ModelAliasType | null> {
    const { viewer } = context.caller;
    if (artifactId !== null && artifactId !== undefined) {
      return toModelAlias(await this.#aliases.set(viewer, name, artifactId));
    }
    await this.#aliases.remove(viewer, name);
    return null;
  }
}
