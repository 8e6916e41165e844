import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../../api/graphql/scalars.ts';
import type { Role } from '../workspaces/workspace.table.ts';
import { RoleEnum } from '../workspaces/workspace.type.ts';

@ObjectType('ApiKey', { description: 'A key with which a program uses the API: `authorization: Bearer try_…`.' })
export class ApiKeyType {
  @Field(() => ID)
  id!: string;

  @Field(() => String)
  name!: string;

  @Field(() => String, { description: 'How the key begins, to tell keys apart.' })
  prefix!: string;

  @Field(() => RoleEnum, { description: 'A key never gives more than whoever made it has.' })
  role!: Role;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'To about a minute.' })
  lastUsedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Null: never.' })
  expiresAt!: Date | null;
}

@ObjectType('NewApiKey')
export class NewApiKeyType {
  @Field(() => String, { description: 'The key itself. It is shown only here: the server keeps a hash.' })
  key!: string;

  @Field(() => ApiKeyType)
  apiKey!: ApiKeyType;
}

@ObjectType('RevokedApiKey')
export class RevokedApiKeyType {
  @Field(() => ID)
  id!: string;
}
