import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../../api/graphql/scalars.ts';
import type { Role } from './workspace.table.ts';
import { RoleEnum } from './workspace.type.ts';

@ObjectType('Invitation', { description: 'An open invitation to a workspace. It can be accepted once.' })
export class InvitationType {
  @Field(() => ID)
  id!: string;

  @Field(() => String, { description: 'Only an account with this address can accept it.' })
  email!: string;

  @Field(() => RoleEnum)
  role!: Role;

  @Field(() => String, {
    nullable: true,
    description: 'A link with the token after `#token=`; only in the answer of inviteMember.',
  })
  url!: string | null;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  expiresAt!: Date;
}

@ObjectType('RevokedInvitation')
export class RevokedInvitationType {
  @Field(() => ID)
  id!: string;
}
