import { Field, InputType } from 'type-graphql';
import type { Role } from './workspace.table.ts';
import { RoleEnum } from './workspace.type.ts';

@InputType()
export class InviteMemberInput {
  @Field(() => String)
  email!: string;

  @Field(() => RoleEnum, { nullable: true, defaultValue: 'EDITOR' })
  role!: Role;
}
