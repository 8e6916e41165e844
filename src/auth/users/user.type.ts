import { Field, ID, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { DateTime } from '../../api/graphql/scalars.ts';
import { ROLES, type Role } from './user.table.ts';

const RoleEnum = registerEnum(ROLES, 'Role', 'What a member may do in a workspace.', {
  OWNER: 'Everything.',
  EDITOR: 'Upload, train and delete.',
  READER: 'Read everything.',
});

@ObjectType('User')
export class UserType {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { nullable: true })
  email!: string | null;

  @Field(() => String, { nullable: true })
  name!: string | null;

  @Field(() => DateTime)
  createdAt!: Date;
}

@ObjectType('Workspace', {
  description: 'The tenant that owns datasets, runs and artifacts. Workspaces are isolated from each other.',
})
export class WorkspaceType {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;
}

@ObjectType('Membership')
export class MembershipType {
  @Field(() => ID)
  id!: string;

  @Field(() => UserType)
  user!: UserType;

  @Field(() => WorkspaceType)
  workspace!: WorkspaceType;

  @Field(() => RoleEnum)
  role!: Role;

  @Field(() => DateTime)
  createdAt!: Date;
}

@ObjectType('Viewer', { description: 'The signed-in user in a workspace.' })
export class ViewerType {
  @Field(() => ID, { description: 'Id of the membership.' })
  id!: string;

  @Field(() => UserType, { nullable: true, description: 'The signed-in user.' })
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

  @Field(() => ViewerType, { description: 'Who has signed in.' })
  viewer!: ViewerType;
}

@ObjectType('SignedOut')
export class SignedOutType {
  @Field(() => Boolean, { description: 'Whether all sessions of the user were ended.' })
  everywhere!: boolean;
}
