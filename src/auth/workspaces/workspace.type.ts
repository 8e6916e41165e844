import { Field, ID, ObjectType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';
import { DateTime } from '../../api/graphql/scalars.ts';
import { UserType } from '../users/user.type.ts';
import { ROLES, type Role } from './workspace.table.ts';

export const RoleEnum = registerEnum(ROLES, 'Role', 'What a member may do in a workspace.', {
  OWNER: 'Everything.',
  EDITOR: 'Upload, train and delete.',
  READER: 'Read everything.',
});

@ObjectType('Workspace', {
  description: 'The tenant that owns datasets, runs and artifacts. Workspaces are isolated from each other.',
})
export class WorkspaceType {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  /** The role of whoever it is shown to: some fields are not for everybody. */
  viewerRole!: Role;
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
