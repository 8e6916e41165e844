import { Field, InputType } from 'type-graphql';
import { DateTime } from '../../api/graphql/scalars.ts';
import type { Role } from '../workspaces/workspace.table.ts';
import { RoleEnum } from '../workspaces/workspace.type.ts';

@InputType()
export class CreateApiKeyInput {
  @Field(() => String, { description: 'At most 200 characters.' })
  name!: string;

  @Field(() => RoleEnum, { nullable: true, defaultValue: 'EDITOR' })
  role!: Role;

  @Field(() => DateTime, { nullable: true, description: 'Default: never.' })
  expiresAt?: Date | null;
}
