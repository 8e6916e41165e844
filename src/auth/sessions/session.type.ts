import { Field, ID, ObjectType } from 'type-graphql';
import { Cost } from '../../api/graphql/field-cost.ts';
import { DateTime } from '../../api/graphql/scalars.ts';
import { UserType } from '../users/user.type.ts';
import type { Role } from '../workspaces/workspace.table.ts';
import { MembershipType, RoleEnum, WorkspaceType } from '../workspaces/workspace.type.ts';

@ObjectType('Viewer', { description: 'The signed-in user in a workspace.' })
export class ViewerType {
  @Field(() => ID, { description: 'Id of the membership, or of the API key.' })
  id!: string;

  @Field(() => UserType, { nullable: true, description: 'The signed-in user; null for a program.' })
  user!: UserType | null;

  @Field(() => WorkspaceType, { description: 'The workspace that the token is for.' })
  workspace!: WorkspaceType;

  @Field(() => RoleEnum, { description: 'What the user may do in this workspace.' })
  role!: Role;

  @Cost({ items: 10 })
  @Field(() => [MembershipType], { description: 'All workspaces of the user, oldest first.' })
  memberships!: MembershipType[];
}

@ObjectType('Session')
export class SessionType {
  @Field(() => String, {
    description: 'For the header "authorization: Bearer …", and for connectionParams.authorization of subscriptions.',
  })
  accessToken!: string;

  @Field(() => DateTime)
  accessTokenExpiresAt!: Date;

  @Field(() => String, {
    nullable: true,
    description: 'For refreshSession, once; null if it was set as a cookie, or the client has a newer one.',
  })
  refreshToken!: string | null;

  @Field(() => ViewerType, { description: 'Who has signed in.' })
  viewer!: ViewerType;
}

@ObjectType('SignedOut')
export class SignedOutType {
  @Field(() => Boolean, { description: 'Whether all sessions of the user were ended.' })
  everywhere!: boolean;
}
