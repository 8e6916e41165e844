import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { userOf } from '../viewer.ts';
import { InviteMemberInput } from './invitation.input.ts';
import { toInvitation } from './invitation.mapper.ts';
import type { Invitations } from './invitation.service.ts';
import { InvitationType, RevokedInvitationType } from './invitation.type.ts';
import { WorkspaceType } from './workspace.type.ts';

@Resolver(() => WorkspaceType)
export class InvitationResolver {
  readonly #invitations: Invitations;

  constructor(invitations: Invitations) {
    this.#invitations = invitations;
  }

  @Cost({ items: 20 })
  @FieldResolver(() => [InvitationType], {
    nullable: true,
    description: 'The open invitations, newest first. Null unless the viewer is an OWNER.',
  })
  async invitations(@Root() { id: workspaceId, viewerRole: role }: WorkspaceType): Promise<InvitationType[] | null> {
    if (role !== 'OWNER') return null;
    const rows = await this.#invitations.list({ workspaceId, role });
    return rows.map((row) => toInvitation(row));
  }

  @Mutation(() => InvitationType, {
    nullable: true,
    description:
      'Invites an e-mail address to the workspace, and mails the link. An earlier invitation of the address ends.',
  })
  async inviteMember(
    @Arg('input', () => InviteMemberInput) input: InviteMemberInput,
    @Ctx() { caller, origin }: Context,
  ): Promise<InvitationType> {
    const { invitation, token } = await this.#invitations.invite(userOf(caller.viewer), input);
    // After the #, browsers keep it to themselves: it is in no log and no Referer header.
    return toInvitation(invitation, `${origin}/accept-invitation#token=${token}`);
  }

  @Mutation(() => RevokedInvitationType, { nullable: true })
  async revokeInvitation(@Arg('id', () => ID) id: string, @Ctx() { caller }: Context): Promise<RevokedInvitationType> {
    await this.#invitations.revoke(caller.viewer, id);
    return { id };
  }
}
