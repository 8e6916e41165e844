import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { DeletedArtifactType } from '../../artifacts/artifact.type.ts';
import type { ModelRemoval } from './model-removal.service.ts';

@Resolver()
export class ModelRemovalResolver {
  readonly #removal: ModelRemoval;

  constructor(removal: ModelRemoval) {
    this.#removal = removal;
  }

  @Mutation(() => DeletedArtifactType, {
    nullable: true,
    description: 'Deletes a model and its file; the run and its metrics stay.',
  })
  async deleteArtifact(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DeletedArtifactType> {
    return { id, deleted: true, ...(await this.#removal.delete(context.caller.viewer, id)) };
  }
}
