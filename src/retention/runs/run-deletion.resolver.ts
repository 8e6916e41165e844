import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import type { RunDeletions } from './run-deletion.service.ts';
import { DeletedTrainingRunType } from './run-deletion.type.ts';

@Resolver()
export class RunDeletionResolver {
  readonly #deletions: RunDeletions;

  constructor(deletions: RunDeletions) {
    this.#deletions = deletions;
  }

  @Mutation(() => DeletedTrainingRunType, {
    nullable: true,
    description: 'Deletes a run that has ended, with its model, metrics, evaluation and events.',
  })
  async deleteTrainingRun(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DeletedTrainingRunType> {
    return { id, deleted: true, ...(await this.#deletions.delete(context.caller.viewer, id)) };
  }
}
