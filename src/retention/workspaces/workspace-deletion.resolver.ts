import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { userOf } from '../../auth/viewer.ts';
import type { WorkspaceDeletions } from './workspace-deletion.service.ts';
import { DeletedWorkspaceType } from './workspace-deletion.type.ts';

@Resolver()
export class WorkspaceDeletionResolver {
  readonly #deletions: WorkspaceDeletions;

  constructor(deletions: WorkspaceDeletions) {
    this.#deletions = deletions;
  }

  @Mutation(() => DeletedWorkspaceType, {
    nullable: true,
    description:
      'Deletes a workspace that the viewer owns, with all that is in it: it cannot be restored. Trainings are cancelled, API keys and invitations end, and sockets close. The viewer must belong to another workspace.',
  })
  async deleteWorkspace(@Arg('id', () => ID) id: string, @Ctx() { caller }: Context): Promise<DeletedWorkspaceType> {
    await this.#deletions.delete(userOf(caller.viewer), id);
    return { id, status: 'DELETING' };
  }
}
