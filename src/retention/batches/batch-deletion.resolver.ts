import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { DeletedBatchPredictionType } from '../../predictions/batch/batch-prediction.type.ts';
import type { BatchDeletions } from './batch-deletion.service.ts';

@Resolver()
export class BatchDeletionResolver {
  readonly #deletions: BatchDeletions;

  constructor(deletions: BatchDeletions) {
    this.#deletions = deletions;
  }

  @Mutation(() => DeletedBatchPredictionType, {
    nullable: true,
    description: 'Deletes a batch prediction that has ended, with its file.',
  })
  async deleteBatchPrediction(
    @Arg('id', () => ID) id: string,
    @Ctx() context: Context,
  ): Promise<DeletedBatchPredictionType> {
    await this.#deletions.delete(context.caller.viewer, id);
    return { id, deleted: true };
  }
}
