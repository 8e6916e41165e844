import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { toDataset } from '../../datasets/dataset.mapper.ts';
import { DatasetType } from '../../datasets/dataset.type.ts';
import { toDeletion } from './dataset-deletion.mapper.ts';
import type { ActiveRunsPolicy, DatasetDeletions } from './dataset-deletion.service.ts';
import { ActiveRunsPolicyEnum, DatasetDeletionType } from './dataset-deletion.type.ts';

@Resolver()
export class DatasetDeletionResolver {
  readonly #deletions: DatasetDeletions;

  constructor(deletions: DatasetDeletions) {
    this.#deletions = deletions;
  }

  @Mutation(() => DatasetDeletionType, {
    nullable: true,
    description:
      'Deletes a dataset with its runs and models: no query shows them any more, and their files are removed, or can be restored for as long as the server is set to keep them.',
  })
  async deleteDataset(
    @Arg('id', () => ID) id: string,
    @Arg('activeRuns', () => ActiveRunsPolicyEnum, { defaultValue: 'REFUSE' }) activeRuns: ActiveRunsPolicy,
    @Arg('permanent', () => Boolean, { defaultValue: false, description: 'True: it cannot be restored.' })
    permanent: boolean,
    @Ctx() context: Context,
  ): Promise<DatasetDeletionType> {
    return toDeletion(await this.#deletions.delete(context.caller.viewer, id, { activeRuns, permanent }));
  }

  @Mutation(() => DatasetType, {
    nullable: true,
    description: 'Restores a dataset that is RESTORABLE, with its runs and models.',
  })
  async restoreDataset(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DatasetType> {
    return toDataset(await this.#deletions.restore(context.caller.viewer, id));
  }

  @Query(() => DatasetDeletionType, {
    nullable: true,
    description: 'What has become of a deleted dataset, by its id; for 30 days after the end.',
  })
  async datasetDeletion(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<DatasetDeletionType> {
    return toDeletion(await this.#deletions.find(context.caller.viewer, id));
  }
}
