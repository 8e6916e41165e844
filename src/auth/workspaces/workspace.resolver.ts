import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { userOf } from '../viewer.ts';
import { toWorkspace } from './membership.mapper.ts';
import { WorkspaceType } from './workspace.type.ts';
import type { Workspaces } from './workspaces.service.ts';

@Resolver()
export class WorkspaceResolver {
  readonly #workspaces: Workspaces;

  constructor(workspaces: Workspaces) {
    this.#workspaces = workspaces;
  }

  @Mutation(() => WorkspaceType, {
    nullable: true,
    description: 'Makes a workspace, of which the viewer is the OWNER; selectWorkspace changes to it.',
  })
  async createWorkspace(
    @Arg('name', () => String, { description: 'At most 200 characters.' }) name: string,
    @Ctx() { caller }: Context,
  ): Promise<WorkspaceType> {
    return toWorkspace(await this.#workspaces.create(userOf(caller.viewer), name), 'OWNER');
  }
}
